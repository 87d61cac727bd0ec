import { runBench } from './bench-run.ts'
import { parseOptions } from './options.ts'
import { printCells } from './report/text.ts'

const results = await runBench(parseOptions(process.argv.slice(2)))
printCells(results.cells, results.finishes)
