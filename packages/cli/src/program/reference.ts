import { exitCodeTexts } from '../exit-code.ts'
import { commandTree, commonOptions, exampleLine, serverOptions } from './commands.ts'
import type { CommandSpec, GroupSpec, OptionSpec } from './spec.ts'

/** Environment variables that the command line itself reads; a test compares them with the sources. */
export const environment: Readonly<Record<string, string>> = {
  HEADGATE_URL: 'control plane, where `--server` is not given',
  HEADGATE_TOKEN: 'token, where `--token` is not given',
  HEADGATE_CONTROL_SOCKET: 'control sockets for `stop-local` and `local-status`, separated by commas',
  USER: 'who stops, where `stop-local` has no `--by`',
  XDG_CONFIG_HOME: 'folder of `headgate/context.json`, which `login` writes (default `~/.config`)',
  NO_COLOR: 'any value but the empty one: no colours',
  FORCE_COLOR: 'colours where output is no terminal, too; `0` or `false`: none',
  TERM: '`dumb`: neither a live view nor colours',
  LC_ALL: 'a UTF-8 locale allows more than ASCII; asked before `LC_CTYPE` and `LANG`',
  LC_CTYPE: 'see `LC_ALL`',
  LANG: 'see `LC_ALL`',
  WT_SESSION: 'without any locale: a terminal that shows more than ASCII',
  TERM_PROGRAM: 'see `WT_SESSION`',
}

/** The text of docs/reference/cli.md, from the tables that `--help` reads. */
export function cliReference(): string {
  const tree = commandTree([])
  const commands = tree.flatMap((entry) => ('commands' in entry ? groupSection(entry) : [section('##', entry)]))
  return `${[intro, exitCodeSection(), environmentSection(), ...commands].join('\n\n')}\n`
}

const intro = `# The command line

<!-- Made by: node scripts/generate-cli-reference.ts -->

\`headgate <command> --help\` shows the same in the terminal; in a checkout it is \`npm run headgate -- <command> --help\`.
Times are in UTC. Every command takes:

${optionTable([...commonOptions, { flags: '-h, --help', description: 'show help with examples' }])}

A command that talks to a control plane also takes:

${optionTable(serverOptions)}`

function exitCodeSection(): string {
  const rows = Object.entries(exitCodeTexts).map(([code, text]) => `| ${code} | ${text} |`)
  return ['## Exit codes', '', 'The same for every command.', '', '| code | meaning |', '|---|---|', ...rows].join('\n')
}

function environmentSection(): string {
  const rows = Object.entries(environment).map(([name, text]) => `| \`${name}\` | ${text} |`)
  const others =
    'The settings of a control plane are in [configuration.md](configuration.md), those of a gateway in [gateway.md](gateway.md).'
  return ['## Environment', '', others, '', '| variable | meaning |', '|---|---|', ...rows].join('\n')
}

function groupSection({ name, summary, commands }: GroupSpec): readonly string[] {
  return [`## headgate ${name}\n\n${sentence(summary)}`, ...commands.map((spec) => section('###', spec, name))]
}

function section(mark: string, spec: CommandSpec, group?: string): string {
  const { usage, summary, details, options = [], usesServer = false, examples } = spec
  const name = ['headgate', ...(group === undefined ? [] : [group]), usage].join(' ')
  return [
    `${mark} ${escaped(name)}`,
    [sentence(summary), ...(details === undefined ? [] : [escaped(details)])].join('\n'),
    ...(usesServer ? ['Talks to a control plane.'] : []),
    ...(options.length === 0 ? [] : [optionTable(options)]),
    ['```sh', ...examples.map(exampleLine), '```'].join('\n'),
  ].join('\n\n')
}

function optionTable(options: readonly OptionSpec[]): string {
  const rows = options.map(
    ({ flags, description, isRepeatable }) =>
      `| \`${flags}\` | ${escaped(description)}${isRepeatable === true ? '; may be repeated' : ''} |`,
  )
  return ['| option | meaning |', '|---|---|', ...rows].join('\n')
}

function sentence(text: string): string {
  return `${escaped(text.charAt(0).toUpperCase() + text.slice(1))}.`
}

/** Markdown reads `<release>` as a tag, and `|` ends a cell. */
function escaped(text: string): string {
  return text.replaceAll('<', '&lt;').replaceAll('|', '\\|')
}
