import { CommanderError } from 'commander'
import type { connect as Connect } from './context/connect.ts'
import { exitCodes, type ExitCode } from './exit-code.ts'
import type { Host } from './host.ts'
import type { Io } from './io.ts'
import { createProgram, type ProgramParts } from './program/program.ts'

/** Surroundings of one run; `json` is known only once the command line is read. */
export interface Surroundings extends Omit<Io, 'json'> {
  readonly version: string
  readonly program: string
  readonly readInput: Host['readInput']
  readonly onUncaught: Host['onUncaught']
  readonly connect?: Host['connect'] | undefined
}

/** Run one command line to its exit code. Never throws and never exits: main.ts does that. */
export async function run(args: readonly string[], surroundings: Surroundings): Promise<ExitCode> {
  let code: ExitCode = exitCodes.done
  let isJson = args.includes('--json')
  const program = createProgram(await programParts(args, surroundings.version), {
    onEnd: (ended) => {
      code = ended
    },
    hostFor: (input) => {
      isJson = input.options['json'] === true
      return hostFor(surroundings, isJson)
    },
    out: (text) => surroundings.out(text.trimEnd()),
    err: (text) => surroundings.err(text.trimEnd()),
  })
  try {
    await program.parseAsync([...args], { from: 'user' })
    return code
  } catch (error) {
    if (error instanceof CommanderError) return error.exitCode === 0 ? exitCodes.done : exitCodes.invalid
    if (surroundings.signal.aborted) return exitCodes.interrupted
    const { tellError } = await import('./tell-error.ts')
    return tellError(error, { err: surroundings.err, json: isJson })
  }
}

/** The flags of a gateway are its own affair: they are asked for only where they are needed. */
async function programParts(args: readonly string[], version: string): Promise<ProgramParts> {
  if (args[0] !== 'gateway') return { version, gatewayOptions: [] }
  const { gatewaySettings } = await import('@headgate/edge')
  return {
    version,
    gatewayOptions: gatewaySettings.map(({ flag: name, placeholder, env, help }) => ({
      flags: `--${name} <${placeholder}>`,
      description: `${help} (${env})`,
    })),
  }
}

function hostFor(surroundings: Surroundings, json: boolean): Host {
  const io: Io = { ...surroundings, json }
  const { program, readInput, onUncaught } = surroundings
  return {
    io,
    program,
    readInput,
    onUncaught,
    connect: surroundings.connect ?? (async (input) => await connectLazily(input, io)),
  }
}

async function connectLazily(...call: Parameters<typeof Connect>): ReturnType<typeof Connect> {
  const { connect } = await import('./context/connect.ts')
  return await connect(...call)
}
