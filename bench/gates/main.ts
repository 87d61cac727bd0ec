import { mkdirSync, writeFileSync } from 'node:fs'
import path from 'node:path'
import { fileURLToPath } from 'node:url'
import { runBench, type BenchResults } from './bench-run.ts'
import { measureCost } from './cost.ts'
import { experimentOutcomes } from './experiments/outcomes.ts'
import { parseOptions, tuningSeed, type BenchOptions } from './options.ts'
import { aims } from './report/aims.ts'
import { benchmarkPage } from './report/page.ts'
import { falseStopsPlot, ordersLostPlot } from './report/plots.ts'
import { printCells } from './report/text.ts'
import { reportView } from './report/view.ts'
import { tuningRunsText } from './runs.ts'

/**
 * Gates side by side on the same simulated days.
 *
 *   npm run bench:gates                          all of it; writes docs/reference/gate-benchmark.md and its pictures
 *   npm run bench:gates -- --quick               a tenth of the runs, under ten minutes; writes nothing
 *   npm run bench:gates -- --only edge-silent    cells whose id (scenario/volume/exposure) contains that
 *   npm run bench:gates -- --tuning              seeds to tune Headgate on: Headgate and the oracle, never reported seeds
 *     --no-peers  --runs N  --seed N (>= 1000000)  --write  --resume FILE  --experiments FILE
 */
const root = fileURLToPath(new URL('../../', import.meta.url))

function writePage(results: BenchResults, options: BenchOptions): void {
  const view = reportView(results)
  const file = path.resolve(root, options.experiments ?? '../shared/data/asos-experiments.csv')
  const page = benchmarkPage(view, {
    command: `npm run bench:gates${options.isQuick ? ' -- --quick --write' : ''}`,
    seed: options.seed,
    tuningSeed,
    tuningRuns: tuningRunsText(options.isQuick),
    outcomes: experimentOutcomes(file),
    cost: measureCost(),
  })
  mkdirSync(path.join(root, 'docs/images'), { recursive: true })
  writeFileSync(path.join(root, 'docs/reference/gate-benchmark.md'), page)
  writeFileSync(path.join(root, 'docs/images/gate-orders-lost.svg'), ordersLostPlot(view, aims))
  writeFileSync(path.join(root, 'docs/images/gate-false-stops.svg'), falseStopsPlot(view))
  console.error('written: docs/reference/gate-benchmark.md, docs/images/gate-*.svg')
}

const options = parseOptions(process.argv.slice(2))
const results = await runBench(options)
printCells(results)
if (options.writes) writePage(results, options)
