import type { Notice, Notifier } from '@headgate/core/ports'
import { describe, expect, test } from 'vitest'

export interface NotifierCase {
  readonly notifier: Notifier<AbortSignal>
  /** Everything the other side took, in order. */
  readonly taken: () => readonly Notice[]
  readonly close: () => Promise<void>
}

export interface NotifierHarness {
  readonly accepting: () => Promise<NotifierCase>
  /** The other side refuses; absent for notifiers that have no other side. */
  readonly refusing?: () => Promise<NotifierCase>
}

const notice: Notice = {
  id: 'n-1',
  to: 'checkout',
  topic: 'stopped',
  subject: 'next stopped',
  message: 'Coupon orders fail: 0 of 41 — "größer" als\nerlaubt.',
  url: 'http://127.0.0.1:4400/releases/next',
}

/** What every notifier must hold (port `Notifier`). */
export function describeNotifier(name: string, harness: NotifierHarness): void {
  const { refusing } = harness

  describe(`${name} as a notifier`, () => {
    test('hands over the whole notice, with the id that lets a receiver drop repeats', async () => {
      const given = await harness.accepting()
      await given.notifier.send(notice, new AbortController().signal)
      await given.notifier.send(notice, new AbortController().signal)
      expect(given.taken()).toEqual([notice, notice])
      await given.close()
    })

    test('a signal that has aborted already sends nothing', async () => {
      const given = await harness.accepting()
      await expect(given.notifier.send(notice, AbortSignal.abort())).rejects.toBeInstanceOf(Error)
      expect(given.taken()).toEqual([])
      await given.close()
    })

    test.runIf(refusing !== undefined)(
      'throws when the other side does not accept, so that the outbox tries again',
      async () => {
        const given = await refusing?.()
        await expect(given?.notifier.send(notice, new AbortController().signal)).rejects.toBeInstanceOf(Error)
        await given?.close()
      },
    )
  })
}
