import type { Client } from '@headgate/client'
import { HeadgateError, type Problem } from '@headgate/core/model'
import { CommanderError } from 'commander'
import { resolveContext } from './context/context.ts'
import { exitCodeOf, exitCodes, type ExitCode } from './exit-code.ts'
import type { Host } from './host.ts'
import { flag, textOption, type Input } from './input.ts'
import type { Io } from './io.ts'
import { createProgram, type ProgramParts } from './program/program.ts'
import { printable } from './view/line.ts'

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
      isJson = flag(input, 'json')
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
    tellError(error, isJson, surroundings)
    return await exitCodeOf(error)
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
    connect: surroundings.connect ?? (async (input) => await connect(input, io)),
  }
}

async function connect(input: Input, io: Io): Promise<Client> {
  const flags = { server: textOption(input, 'server'), token: textOption(input, 'token') }
  const { server, token } = await resolveContext(flags, io)
  const { createClient } = await import('@headgate/client')
  return createClient({ baseUrl: server, token })
}

/** One sentence, the places where it goes wrong, and the next step. */
function tellError(error: unknown, isJson: boolean, { err }: Pick<Surroundings, 'err'>): void {
  if (!(error instanceof HeadgateError)) {
    err(
      `headgate failed, which it should not: ${error instanceof Error ? (error.stack ?? error.message) : String(error)}`,
    )
    return
  }
  if (isJson) {
    err(JSON.stringify({ code: error.code, detail: error.message, problems: error.problems }))
    return
  }
  err(printable(error.message))
  for (const problem of error.problems) err(`  ${placeOf(problem)}  ${printable(problem.message)}`)
  const next = nextSteps[error.code]
  if (next !== undefined) err(next)
}

function placeOf({ file, line, column, path }: Problem): string {
  const place = [file, line, column].filter((part) => part !== undefined).join(':')
  return printable(place === '' ? path : place)
}

const nextSteps: Readonly<Partial<Record<HeadgateError['code'], string>>> = {
  UNAUTHENTICATED: 'Set HEADGATE_TOKEN or run: headgate login',
  FORBIDDEN: 'Who may: headgate who can <right> <domain>',
  UNAVAILABLE: 'Is the server up? Start one with: headgate serve. To stop a release without it: headgate stop-local',
}
