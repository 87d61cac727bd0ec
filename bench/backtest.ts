import { spawnSync } from 'node:child_process'
import { createWriteStream } from 'node:fs'
import { mkdtemp, rm, stat, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import path from 'node:path'
import { Readable } from 'node:stream'
import { pipeline } from 'node:stream/promises'
import { recordingOf, type EvidenceCell } from '@headgate/core/gate'
import { writeEnd, writeHeader, writeRecord } from '@headgate/protocol/evidence'
import {
  completionCriterion,
  labSimulation,
  simulate,
  simulatedModel,
  simulatedPlan,
  simulatedStage,
  simulationStart,
} from '../packages/core/src/gate/simulation.test-support.ts'

/**
 * A day of a shop through the command line.
 *
 *   node bench/backtest.ts [days]
 *
 * Method: 8,640 ticks of ten seconds a day, 200 checkout starts and 1,200 first requests a minute at a share of 50 %, six paths, a horizon of
 * 30 minutes, one gate of four criteria. The file is written first, as plain lines; then `headgate backtest` runs over it in a process of
 * its own, from its start to its end. Memory is the largest resident set of that process.
 */
const days = Number(process.argv[2] ?? '1')
const horizonMs = 30 * 60_000
const tickMs = 10_000
const pages = { perMinute: 1_200, errorShare: 0.002, candidateErrorShare: 0.002, slowDown: 1 }
const simulation = { ...labSimulation, tickMs, horizonMs, startsPerMinute: 200, orderDelayMs: 180_000, pages }
const stage = simulatedStage(5_000, [completionCriterion], { minMs: 3_600_000, maxMs: days * 86_400_000 })
const plan = simulatedPlan([stage], { tickMs })

function* lines(): Generator<string> {
  yield `${writeHeader({ recording: recordingOf(plan, simulatedModel(undefined, horizonMs)) })}\n`
  const ticks = (days * 86_400_000) / tickMs
  for (const frame of simulate(simulation)) {
    yield `${writeRecord({ frame: { ...frame, cells: frame.cells.toSorted(byPlace) }, mark: { stage: 0, at: simulationStart }, judged: 0 }).join('\n')}\n`
    if (frame.seq >= ticks) break
  }
  yield `${writeEnd(ticks)}\n`
}

/** As the server records them. */
function byPlace(a: EvidenceCell, b: EvidenceCell): number {
  const [first, second] = [a, b].map((cell) =>
    cell.kind === 'journey'
      ? `${cell.path} ${cell.arm} ${cell.outcome} ${cell.startedAt}`
      : cell.kind === 'page'
        ? `${cell.route} ${cell.arm} ${cell.outcome} ${String(cell.bucket).padStart(4, '0')}`
        : cell.arm,
  )
  return `${a.kind} ${first}` < `${b.kind} ${second}` ? -1 : 1
}

const folder = await mkdtemp(path.join(tmpdir(), 'headgate-bench-'))
try {
  const file = path.join(folder, 'day.jsonl')
  const gate = path.join(folder, 'gate.yaml')
  await pipeline(Readable.from(lines()), createWriteStream(file))
  await writeFile(
    gate,
    `criteria:
  - { signal: completion, flow: purchase, margin: 3% }
  - { signal: errors, routes: [product, checkout], margin: 1% }
  - { signal: latency, routes: [product], tolerance: 10% }
  - { signal: split }
`,
  )
  const cli = path.join(import.meta.dirname, '../packages/cli/src/main.ts')
  const measured = `process.on('exit', () => process.stderr.write('rss ' + process.resourceUsage().maxRSS + '\\n'))`
  const before = performance.now()
  const run = spawnSync(
    process.execPath,
    [
      '--import',
      `data:text/javascript,${encodeURIComponent(measured)}`,
      cli,
      'backtest',
      '--gate',
      gate,
      '--evidence',
      file,
    ],
    { encoding: 'utf8' },
  )
  const seconds = (performance.now() - before) / 1_000
  const rss = /rss (\d+)/.exec(run.stderr)?.[1] ?? 'unknown'
  if (run.status === 2) throw new Error(run.stderr)
  const size = (await stat(file)).size
  console.log(`${days} day(s) of ticks of 10 s: ${(size / 1e6).toFixed(0)} MB of lines`)
  console.log(
    `  ${seconds.toFixed(1)} s, ${(size / 1e6 / seconds).toFixed(0)} MB/s, largest resident set ${Math.round(Number(rss) / 1_024)} MiB`,
  )
  console.log(`  ${run.stdout.trim().split('\n').slice(-2).join(' ')}`)
} finally {
  await rm(folder, { recursive: true, force: true })
}
