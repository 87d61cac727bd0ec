import { spawnSync } from 'node:child_process'
import { fileURLToPath } from 'node:url'

/** What one tick of a large gate costs. */
export interface Cost {
  readonly observeMs: number
  readonly judgeMs: number
  readonly stateKib: number
}

/** Runs bench/judge.ts and reads its lower quartiles; undefined, loudly, when it does not answer as expected. */
export function measureCost(): Cost | undefined {
  const script = fileURLToPath(new URL('../judge.ts', import.meta.url))
  const { stdout, stderr } = spawnSync(process.execPath, [script], { encoding: 'utf8', timeout: 300_000 })
  const [observe, judge, state] = ['observe', 'judge', 'state'].map((name) =>
    Number(new RegExp(`^ *${name} +([0-9.]+)`, 'm').exec(stdout)?.[1]),
  )
  if (observe === undefined || judge === undefined || state === undefined || !(observe + judge + state > 0)) {
    console.error(`bench/judge.ts did not answer as expected, so the page has no cost:\n${stdout}${stderr}`)
    return undefined
  }
  return { observeMs: observe, judgeMs: judge, stateKib: state }
}
