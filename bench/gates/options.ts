import { parseArgs } from 'node:util'

export interface BenchOptions {
  readonly isQuick: boolean
  readonly isTuning: boolean
  readonly only?: string
  readonly seed: number
  /** Off: Headgate and the oracle only. */
  readonly hasPeers: boolean
  readonly resume?: string
  readonly experiments?: string
  /** Write the page and its pictures. */
  readonly writes: boolean
  readonly runs?: number
}

/** First seed of the reported runs. */
const reportedSeed = 1_000_000
/** Tuning has seeds of its own; no reported run may ever use one of them. */
export const tuningSeed = 1

export function parseOptions(args: readonly string[]): BenchOptions {
  const { values } = parseArgs({
    args: [...args],
    allowNegative: true,
    options: {
      quick: { type: 'boolean', default: false },
      tuning: { type: 'boolean', default: false },
      only: { type: 'string' },
      seed: { type: 'string' },
      peers: { type: 'boolean', default: true },
      resume: { type: 'string' },
      experiments: { type: 'string' },
      write: { type: 'boolean', default: false },
      runs: { type: 'string' },
    },
  })
  const seed = values.seed === undefined ? reportedSeed : wholeNumber('seed', values.seed)
  if (!values.tuning && seed < reportedSeed) {
    throw new Error(`--seed ${seed} is a tuning seed; reported runs take ${reportedSeed} or more, or use --tuning`)
  }
  return {
    isQuick: values.quick,
    isTuning: values.tuning,
    hasPeers: values.peers && !values.tuning,
    writes: values.write || (values.only === undefined && !values.quick && !values.tuning),
    seed: values.tuning ? tuningSeed : seed,
    ...(values.only === undefined ? {} : { only: values.only }),
    ...(values.resume === undefined ? {} : { resume: values.resume }),
    ...(values.experiments === undefined ? {} : { experiments: values.experiments }),
    ...(values.runs === undefined ? {} : { runs: wholeNumber('runs', values.runs) }),
  }
}

function wholeNumber(name: string, text: string): number {
  const value = Number(text)
  if (!Number.isSafeInteger(value) || value < 1)
    throw new Error(`--${name} must be a whole number above 0, not ${text}`)
  return value
}
