import { fc, test as property } from '@fast-check/vitest'
import type { EvidenceCell, EvidenceRecord, MetricReading } from '@headgate/core/gate'
import { HeadgateError } from '@headgate/core/model'
import { describe, expect, test } from 'vitest'
import { createEvidenceReader, writeEnd, writeHeader, writeRecord, type EvidenceHeader } from './index.ts'

const header: EvidenceHeader = {
  recording: {
    release: 'next',
    tickMs: 1_000,
    currencies: ['EUR'],
    stages: [
      { id: 'fifth', visitorBasisPoints: 2_000, window: { minMs: 25_000, maxMs: 180_000 } },
      { id: 'all', visitorBasisPoints: 10_000, window: { minMs: 0, maxMs: 60_000 } },
    ],
    flows: {
      purchase: {
        horizonMs: 15_000,
        outcomesFrom: 'outcomes',
        paths: { card: { completion: 0.65, share: 0.6 }, guest: {} },
        averageOrder: { amount: 80, currency: 'EUR' },
        items: { 'price-mismatch': { withinMs: 15_000 }, refund: { withinMs: 86_400_000, from: 'erp' } },
      },
    },
    watched: ['purchase'],
    routes: ['product', 'checkout'],
  },
  writtenBy: '0.1.0',
  model: 'abc',
}

const headerText = writeHeader(header)
const tick = (seq: number, more = ''): string => `{"kind":"tick","seq":${seq},"at":${seq * 1_000}${more}}`

function read(lines: readonly string[]) {
  const reader = createEvidenceReader('evidence.jsonl')
  const records = lines.flatMap((line) => reader.take(line) ?? [])
  const { record, isWhole } = reader.end()
  return { header: reader.header, records: record === undefined ? records : [...records, record], isWhole }
}

const arm = fc.constantFrom('control', 'candidate')
const share = fc.integer({ min: 0, max: 10_000 })
const count = fc.integer({ min: 1, max: 1e9 })
const name = fc.constantFrom('purchase', 'card', 'a "quoted" one', '__proto__', 'größer')
const slot = fc.integer({ min: 0, max: 5 }).map((second) => second * 1_000)
const cell: fc.Arbitrary<EvidenceCell> = fc.oneof(
  fc.record({
    kind: fc.constant('journey'),
    flow: name,
    path: name,
    arm,
    share,
    startedAt: slot,
    outcome: fc.constantFrom('started', 'completed', 'failed'),
    count,
  }),
  fc.record({ kind: fc.constant('visit'), arm, share, count }),
  fc.record({
    kind: fc.constant('page'),
    route: name,
    arm,
    share,
    outcome: fc.constantFrom('ok', 'error'),
    bucket: fc.integer({ min: 0, max: 1_023 }),
    count,
  }),
  fc.record({
    kind: fc.constant('order'),
    flow: name,
    path: name,
    arm,
    share,
    startedAt: slot,
    currency: fc.constantFrom('EUR', 'CHF', ''),
    bucket: fc.integer({ min: 0, max: 1_023 }),
    count,
  }),
  fc.record({ kind: fc.constant('item'), flow: name, path: name, item: name, arm, share, startedAt: slot, count }),
)
const at = fc.integer({ min: 0, max: 4e12 })
const reading: fc.Arbitrary<MetricReading> = fc.oneof(
  fc.record({
    kind: fc.constant('value'),
    criterion: name,
    value: fc.double({ noNaN: true, noDefaultInfinity: true }).map((value) => value + 0),
    at,
  }),
  fc.record({ kind: fc.constant('missing'), criterion: name, reason: fc.string({ maxLength: 50 }), at }),
)
const records: fc.Arbitrary<readonly EvidenceRecord[]> = fc
  .array(
    fc.record(
      {
        cells: fc.array(cell, { maxLength: 20 }),
        readings: fc.array(reading, { maxLength: 3 }),
        heard: fc.dictionary(fc.constantFrom('gateways', 'outcomes', 'shop'), at, { noNullPrototype: true }),
        mark: fc.record({ stage: fc.integer({ min: 0, max: 1 }), at }),
        judged: fc.integer({ min: -1, max: 1 }),
        at,
      },
      { requiredKeys: ['cells', 'readings', 'heard', 'at'] },
    ),
    { maxLength: 5 },
  )
  .map((all) =>
    all.map(({ mark, judged, at: instant, ...frame }, index) => ({
      frame: { seq: index + 7, at: instant, ...frame },
      ...(mark === undefined ? {} : { mark }),
      ...(judged === undefined ? {} : { judged }),
    })),
  )

describe('what was written is read', () => {
  property.prop([records])('every record comes back as it was, cells in their order', (all) => {
    const lines = [headerText, ...all.flatMap((record) => writeRecord(record)), writeEnd(all.length)]
    expect(read(lines)).toEqual({ header, records: all, isWhole: true })
  })

  test('cells that differ in start slot or latency bucket only share a line', () => {
    const journey = { kind: 'journey', flow: 'purchase', path: 'card', arm: 'control', share: 2_000 } as const
    const cells: EvidenceCell[] = [
      { ...journey, outcome: 'started', startedAt: 1_000, count: 2 },
      { ...journey, outcome: 'started', startedAt: 2_000, count: 1 },
      { ...journey, outcome: 'failed', startedAt: 1_000, count: 1 },
    ]
    const lines = writeRecord({ frame: { seq: 1, at: 3_000, heard: {}, cells, readings: [] } })
    expect(lines.slice(1)).toEqual([
      '{"kind":"journey","flow":"purchase","path":"card","arm":"control","share":2000,"outcome":"started","counts":[[1000,2],[2000,1]]}',
      '{"kind":"journey","flow":"purchase","path":"card","arm":"control","share":2000,"outcome":"failed","counts":[[1000,1]]}',
    ])
  })

  test('a header may leave out what has a default', () => {
    const { header: short } = read([
      '{"kind":"header","format":"headgate-evidence","version":1,"release":"r","tickMs":1000,"stages":[{"id":"s","visitorBasisPoints":500}]}',
    ])
    expect(short?.recording).toMatchObject({
      stages: [{ window: { minMs: 0, maxMs: 86_400_000 } }],
      watched: [],
      routes: [],
    })
  })

  test('empty lines do not matter, and a file without its end line is known as one', () => {
    expect(read([headerText, '', tick(1), ' ']).isWhole).toBe(false)
  })
})

const journeyLine =
  '{"kind":"journey","flow":"purchase","path":"card","arm":"control","share":2000,"outcome":"started","counts":[[1000,2]]}'

describe('an error names file, line, field and what was expected', () => {
  test.each([
    ['no JSON', ['nonsense'], 'evidence.jsonl, line 1: expected one JSON object, found "nonsense"'],
    [
      'no header',
      [tick(1)],
      'evidence.jsonl, line 1: expected the header {"kind":"header","format":"headgate-evidence","version":1,...}; headgate signal export writes one',
    ],
    [
      'a newer format',
      [headerText.replace('"version":1', '"version":2').replace('0.1.0', '0.9.0')],
      'evidence.jsonl, line 1 at /version: format 2 is newer than 1; it takes Headgate 0.9.0',
    ],
    [
      'a kind of a newer version',
      [headerText, tick(1), '{"kind":"refund"}'],
      /line 3 at \/kind: unknown kind "refund" Known: .*; the file takes Headgate 0\.1\.0 or later/,
    ],
    ['a mistyped kind', [headerText, tick(1), '{"kind":"journy"}'], /unknown kind "journy"\. Did you mean "journey"\?/],
    [
      'a wrong arm',
      [headerText, tick(1), journeyLine.replace('control', 'treatment')],
      'evidence.jsonl, line 3 at /arm: expected one of control, candidate, found "treatment"',
    ],
    [
      'a count of zero',
      [headerText, tick(1), journeyLine.replace('[1000,2]', '[1000,0]')],
      'evidence.jsonl, line 3 at /counts/0/1: expected a whole number above 0, found 0',
    ],
    [
      'a missing field',
      [headerText, tick(1), journeyLine.replace('"share":2000,', '')],
      /line 3 at \/share: expected a share in basis points, 0 to 10000, found nothing/,
    ],
    [
      'an unknown key',
      [headerText, tick(1), journeyLine.replace('"arm"', '"colour":1,"arm"')],
      'evidence.jsonl, line 3: unknown key "colour"',
    ],
    [
      'a cell before any tick',
      [headerText, journeyLine],
      /line 2: a line of kind journey belongs to the tick before it/,
    ],
    [
      'a gap',
      [headerText, tick(1), tick(3)],
      'evidence.jsonl, line 3 at /seq: tick 3 follows tick 1; ticks are numbered without a gap',
    ],
    [
      'a stage that is not in the header',
      [headerText, tick(1, ',"judged":2')],
      'evidence.jsonl, line 2 at /judged: stage 2 is none of the 2 of the header',
    ],
    [
      'a reading of two minds',
      [headerText, tick(1), '{"kind":"reading","criterion":"c","at":1,"value":1,"missing":"x"}'],
      /line 3 at \/value: expected either a value or missing/,
    ],
    [
      'two files in one',
      [headerText, writeEnd(0), headerText],
      'evidence.jsonl, line 3: nothing may follow the end line; were two files put together?',
    ],
    [
      'an end that does not add up',
      [headerText, tick(1), writeEnd(5)],
      'evidence.jsonl, line 3 at /ticks: the end line says 5 ticks, the file has 1',
    ],
    ['an empty file', [], 'evidence.jsonl, line 1: the file is empty; its first line is the header'],
  ])('%s', (_, lines, message) => {
    expect(() => read(lines)).toThrow(message)
  })

  test('as a problem with its place, for editors and scripts', () => {
    const caught = (() => {
      try {
        return read([headerText, tick(1), '{"kind":"visit","arm":"control","share":-1,"count":1}'])
      } catch (error) {
        return error
      }
    })()
    expect(caught).toBeInstanceOf(HeadgateError)
    expect(caught).toMatchObject({
      code: 'INVALID_INPUT',
      problems: [{ path: '/share', file: 'evidence.jsonl', line: 3 }],
    })
  })
})

describe('hostile input', () => {
  const valid = [headerText, tick(1), journeyLine, '{"kind":"visit","arm":"control","share":0,"count":1}', writeEnd(1)]

  property.prop([fc.array(fc.oneof(fc.json(), fc.string(), fc.constantFrom(...valid)), { maxLength: 8 })])(
    'is read or refused as invalid, never anything else',
    (lines) => {
      try {
        read(lines)
      } catch (error) {
        expect(error).toMatchObject({ code: 'INVALID_INPUT' })
      }
    },
  )

  property.prop([fc.nat({ max: valid.length - 1 }), fc.nat(), fc.string({ maxLength: 3 })])(
    'also when a valid file is damaged anywhere',
    (line, place, inserted) => {
      const text = valid[line] ?? ''
      const cut = place % (text.length + 1)
      try {
        read(valid.with(line, text.slice(0, cut) + inserted + text.slice(cut + inserted.length)))
      } catch (error) {
        expect(error).toMatchObject({ code: 'INVALID_INPUT' })
      }
    },
  )
})
