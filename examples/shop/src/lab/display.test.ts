import { expect, test } from 'vitest'
import { clock, createDisplay } from './display.ts'
import type { LabIo } from './lab-io.ts'
import { createRecorder } from './recorder.ts'
import { aView, faultAtTime, pageAt, viewAt } from './testing/records.ts'
import type { World } from './world.ts'

const io = (out: string[]): LabIo => ({
  out: (line) => out.push(line),
  err: () => undefined,
  json: false,
  isLive: false,
  draw: () => undefined,
  keep: () => undefined,
  signal: new AbortController().signal,
  now: () => 0,
  program: 'main.ts',
  views: {
    screen: () => [],
    changes: (before, after) => (before?.phase === after.phase ? [] : [`is ${after.phase}`]),
    incident: () => [],
    span: String,
  },
})

const nowhere: World = {
  get addresses(): never {
    throw new Error('lines need no world')
  },
  get admin(): never {
    throw new Error('lines need no world')
  },
  get people(): never {
    throw new Error('lines need no world')
  },
  setFaults: () => Promise.resolve(),
  setRate: () => Promise.resolve(),
  killServer: () => Promise.resolve(),
  restartServer: () => Promise.resolve(),
  shoppers: () => Promise.reject(new Error('lines need no world')),
  failure: new Promise(() => undefined),
  close: () => Promise.resolve(),
}

test('without a terminal a run is lines with times: what changed, and what the lab did', () => {
  const lines: string[] = []
  const recorder = createRecorder()
  const display = createDisplay({ scenario: 'x', world: nowhere, recorder, startedAt: 1_000 }, io(lines))
  recorder.add(viewAt(1_000, aView()))
  recorder.add(viewAt(2_000, aView({ revision: 9 })))
  recorder.add(pageAt(3_000, 'candidate'))
  recorder.add(faultAtTime(62_000, 'coupon-silent'))
  recorder.add({ kind: 'link-lost', at: 63_000, reason: 'ECONNREFUSED' })
  recorder.add({ kind: 'link-lost', at: 64_000, reason: 'ECONNREFUSED' })
  recorder.add(viewAt(70_000, aView({ phase: 'live' })))
  display.end()
  recorder.add(viewAt(80_000, aView({ phase: 'closed' })))
  expect(lines).toEqual([
    '0:00  is ramping',
    '1:01  the lab breaks the shop: coupon-silent',
    '1:02  link to the server lost: ECONNREFUSED',
    '1:09  is live',
  ])
})

test.each([
  [0, '0:00'],
  [59_999, '0:59'],
  [187_000, '3:07'],
])('%i ms on the clock are %s', (ms, text) => expect(clock(ms)).toBe(text))
