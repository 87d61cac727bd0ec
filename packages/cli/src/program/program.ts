import { Command, type CommanderError } from 'commander'
import { exitCodeTexts, type ExitCode } from '../exit-code.ts'
import type { Host } from '../host.ts'
import type { Input } from '../input.ts'
import { commandTree, commonOptions, exampleLine, serverOptions } from './commands.ts'
import type { CommandSpec, GroupSpec, OptionSpec } from './spec.ts'

export interface ProgramEnd {
  /** Hears the exit code of the command that ran. */
  readonly onEnd: (code: ExitCode) => void
  /** Makes the host once the flags of the call are known. */
  readonly hostFor: (input: Input) => Host
  readonly out: (text: string) => void
  readonly err: (text: string) => void
}

export interface ProgramParts {
  readonly version: string
  /** Empty unless the gateway command is asked for: its options come with its package. */
  readonly gatewayOptions: readonly OptionSpec[]
}

/** The whole command line as commander knows it. Nothing of a command is loaded before it runs, so that help is instant. */
export function createProgram({ version, gatewayOptions }: ProgramParts, end: ProgramEnd): Command {
  const program = new Command('headgate')
    .description(
      'Release control for headless commerce: raise exposure when the gate passes, stop when harm is evident.',
    )
    .version(version, '-V, --version', 'print the version')
    .helpOption('-h, --help', 'show help with examples')
    .showSuggestionAfterError(true)
    .showHelpAfterError('(see: headgate --help)')
    .configureOutput({ writeOut: end.out, writeErr: end.err })
    .exitOverride(rethrow)
  for (const entry of commandTree(gatewayOptions)) {
    if ('commands' in entry) addGroup(program, entry, end)
    else addCommand(program, entry, end)
  }
  program.addHelpText('after', exitCodeHelp)
  return program
}

const exitCodeHelp = `
Exit codes: ${Object.entries(exitCodeTexts)
  .map(([code, text]) => `${code} ${text}`)
  .join(', ')}.
Start here:  headgate lab`

function rethrow(error: CommanderError): never {
  throw error
}

function addGroup(program: Command, group: GroupSpec, end: ProgramEnd): void {
  const parent = program.command(group.name).description(group.summary).exitOverride(rethrow)
  for (const spec of group.commands) addCommand(parent, spec, end)
}

function addCommand(parent: Command, spec: CommandSpec, end: ProgramEnd): void {
  const command = parent.command(spec.usage).description(spec.summary).exitOverride(rethrow)
  if (spec.details !== undefined) command.addHelpText('after', `\n${spec.details}`)
  for (const option of spec.options ?? []) addOption(command, option)
  for (const option of [...(spec.usesServer === true ? serverOptions : []), ...commonOptions])
    addOption(command, option)
  command.addHelpText('after', exampleHelp(spec.examples))
  command.action(async () => {
    const input: Input = { args: command.args, options: optionsOf(command) }
    const run = await spec.load()
    end.onEnd(await run(input, end.hostFor(input)))
  })
}

function addOption(command: Command, option: OptionSpec): void {
  if (option.isRepeatable === true) command.option(option.flags, option.description, collect, [])
  else command.option(option.flags, option.description)
}

function collect(value: string, before: readonly string[]): readonly string[] {
  return [...before, value]
}

/** commander writes `--no-wait` as `wait: false`; commands read it as `noWait: true`. */
function optionsOf(command: Command): Readonly<Record<string, unknown>> {
  const options: Readonly<Record<string, unknown>> = command.opts()
  const negated = Object.entries(options)
    .filter(([, value]) => value === false)
    .map(([name]) => [`no${name.charAt(0).toUpperCase()}${name.slice(1)}`, true] as const)
  return { ...options, ...Object.fromEntries(negated) }
}

function exampleHelp(examples: readonly string[]): string {
  return `\nExamples:\n${examples.map((example) => `  $ ${exampleLine(example)}`).join('\n')}`
}
