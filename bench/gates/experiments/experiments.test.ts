import { mkdtempSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import path from 'node:path'
import { describe, expect, test } from 'vitest'
import { readExperiments, type Comparison } from './checkpoints.ts'
import { readers } from './readers.ts'

const head = 'experiment_id,variant_id,metric_id,time_since_start,count_c,count_t,mean_c,mean_t,variance_c,variance_t'

function fileOf(...lines: readonly string[]): string {
  const file = path.join(mkdtempSync(path.join(tmpdir(), 'experiments-')), 'experiments.csv')
  writeFileSync(file, [head, ...lines].join('\n'))
  return file
}

function sample(units: number, mean: number): Comparison['checkpoints'][number]['control'] {
  return { units, mean, variance: mean * (1 - mean) }
}

/** Twenty checkpoints of 10,000 more units in each arm, at a rate of 20 % and its `factor`. */
function steady(factor: number): Comparison {
  const checkpoints = Array.from({ length: 20 }, (_, index) => {
    const units = 10_000 * (index + 1)
    return { time: index + 1, control: sample(units, 0.2), treatment: sample(units, 0.2 * factor) }
  })
  return { experiment: 'e', variant: '1', metric: 1, checkpoints }
}

describe('checkpoints of experiments', () => {
  test('are read by experiment, variant and metric, in order of time', () => {
    const found = readExperiments(
      fileOf('a,1,1,2.5,20,20,0.5,0.4,0.25,0.24', 'a,1,1,1.5,10,10,0.5,0.5,0.25,0.25', 'a,1,2,1.5,9,9,1,1,1,1'),
    )
    expect(found?.map(({ metric, checkpoints }) => [metric, checkpoints.length])).toEqual([
      [1, 2],
      [2, 1],
    ])
    expect(found?.[0]?.checkpoints[0]?.time).toBe(1.5)
  })

  test('a missing file is no error, a malformed line names its place', () => {
    expect(readExperiments('/nowhere/experiments.csv')).toBeUndefined()
    expect(() => readExperiments(fileOf('a,1,1,2.5,20'))).toThrow(/experiments\.csv, line 2, row: expected 10 columns/)
  })

  test.each(readers)('$title stops a drop of 20 % and lets a rise go on', ({ stopOf }) => {
    expect(stopOf(steady(0.8))).toBeDefined()
    expect(stopOf(steady(1.05))).toBeUndefined()
  })
})
