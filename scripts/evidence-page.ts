import { spawnSync } from 'node:child_process'
import { readFileSync } from 'node:fs'
import path from 'node:path'

const root = path.join(import.meta.dirname, '..')
const program = path.join(root, 'packages/cli/src/main.ts')

/** The page with what its commands print today: a `text` block that follows a command on files of the repository is that command's output. */
export function evidencePage(): string {
  const page = readFileSync(path.join(root, 'docs/reference/evidence-format.md'), 'utf8')
  return page.replaceAll(
    /(```sh\nheadgate (backtest .+)\n```\n\n```text\n)[^]*?\n```/g,
    (_, head: string, command: string) => `${head}${outputOf(command.split(' '))}\n\`\`\``,
  )
}

function outputOf(args: readonly string[]): string {
  const { stdout, stderr, status } = spawnSync(process.execPath, [program, ...args], {
    cwd: root,
    encoding: 'utf8',
    env: { PATH: process.env['PATH'] },
  })
  if (status === 2 || stdout === '') throw new Error(`headgate ${args.join(' ')} failed: ${stderr}`)
  return stdout.trimEnd()
}
