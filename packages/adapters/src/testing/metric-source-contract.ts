import type { MetricReader, Reading } from '@headgate/core/ports'
import { describe, expect, test } from 'vitest'

/** A source whose other side can be set. Every case of the contract builds a fresh one. */
export interface MetricSourceCase {
  readonly source: MetricReader<AbortSignal>
  /** A query that the other side can answer. */
  readonly query: string
  readonly close: () => Promise<void>
}

export interface MetricSourceHarness {
  /** The other side answers this number. */
  readonly answering: (value: number) => Promise<MetricSourceCase>
  /** The other side says no, or something else than a number. */
  readonly refusing: () => Promise<MetricSourceCase>
  /** The other side takes the call and says nothing. */
  readonly silent: () => Promise<MetricSourceCase>
  /** Nobody is there. */
  readonly absent: () => Promise<MetricSourceCase>
}

/** What every metric source must hold (port `MetricReader`). */
export function describeMetricSource(name: string, harness: MetricSourceHarness): void {
  describe(`${name} as a metric source`, () => {
    test.each([0, 1, -3.25, 12_345_678])('answers the number %d as it is', async (value) => {
      const reading = await readOnce(await harness.answering(value))
      expect(reading).toMatchObject({ kind: 'value', value })
    })

    test.each(['refusing', 'silent', 'absent'] as const)(
      '%s: the reading is missing, with a reason, and nothing throws',
      async (side) => {
        const reading = await readOnce(await harness[side]())
        expect(reading.kind).toBe('missing')
        expect(reading.kind === 'missing' && reading.reason.length > 0).toBe(true)
      },
    )

    test('an abort ends the read as a missing reading', async () => {
      const controller = new AbortController()
      const reading = readOnce(await harness.silent(), controller.signal)
      controller.abort()
      expect((await reading).kind).toBe('missing')
    })

    test('a signal that has aborted already is a missing reading', async () => {
      expect((await readOnce(await harness.answering(1), AbortSignal.abort())).kind).toBe('missing')
    })
  })
}

async function readOnce(given: MetricSourceCase, signal = new AbortController().signal): Promise<Reading> {
  try {
    return await given.source.read(given.query, signal)
  } finally {
    await given.close()
  }
}
