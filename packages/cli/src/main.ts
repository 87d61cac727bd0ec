#!/usr/bin/env node
import { once } from 'node:events'
import { readFileSync } from 'node:fs'
import { homedir } from 'node:os'
import { fileURLToPath } from 'node:url'
import { run } from './run.ts'
import { processTerminal } from './terminal.ts'

const interrupt = new AbortController()
// SIGHUP: the terminal is gone, and with it whoever would end the program later.
for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP'] as const) {
  process.once(signal, () => interrupt.abort(new Error(`ended by ${signal}`)))
}
// A reader that leaves early (`| head`) ends the program like any other of its kind.
process.stdout.on('error', () => process.exit(0))

let input: typeof process.stdin | undefined

process.exitCode = await run(process.argv.slice(2), {
  out: (line) => process.stdout.write(`${line}\n`),
  drained: async () => {
    if (process.stdout.writableNeedDrain) await once(process.stdout, 'drain')
  },
  err: (line) => process.stderr.write(`${line}\n`),
  env: process.env,
  cwd: process.cwd(),
  home: homedir(),
  terminal: processTerminal(process.stdout, process.env),
  signal: interrupt.signal,
  now: () => Date.now(),
  version: versionOf(new URL('../package.json', import.meta.url)),
  program: fileURLToPath(import.meta.url),
  readInput: () => (input ??= process.stdin),
  onUncaught: (listener) => {
    process.on('uncaughtException', listener)
    return () => void process.off('uncaughtException', listener)
  },
})

// An open pipe that is being read would keep a finished program alive until its other end closes.
input?.destroy()

function versionOf(manifest: URL): string {
  const parsed: unknown = JSON.parse(readFileSync(manifest, 'utf8'))
  const hasVersion = typeof parsed === 'object' && parsed !== null && 'version' in parsed
  return hasVersion && typeof parsed.version === 'string' ? parsed.version : 'unknown'
}
