import type { Notice } from '@headgate/core/ports'
import { shopModel } from '@headgate/testkit/operating-model'
import { expect, test } from 'vitest'
import { createSend } from './send.ts'

const notice: Notice = { id: 'next/7/0/0', to: 'hook:checkout', topic: 'held', subject: 'next: held', message: 'blind' }
const never = new AbortController().signal

/** What was sent, as `<kind> <to>`. */
function recording(notifiers = shopModel().notifiers) {
  const sent: string[] = []
  const send = createSend({
    model: () => Promise.resolve(shopModel({ notifiers })),
    createNotifier: (kind) => ({ send: async ({ to }) => void sent.push(`${kind} ${to}`) }),
  })
  return { sent, send }
}

test('a channel is served by the notifier that it names', async () => {
  const { sent, send } = recording({ hook: { kind: 'webhook', options: { url: 'https://hooks.example/x' } } })
  await send(notice, never)
  expect(sent).toEqual(['webhook checkout'])
})

test('a channel that no notifier serves, and a plain name, are written to the log', async () => {
  const { sent, send } = recording({})
  await send(notice, never)
  await send({ ...notice, to: 'checkout' }, never)
  await send({ ...notice, to: 'constructor:x' }, never)
  expect(sent).toEqual(['log hook:checkout', 'log checkout', 'log constructor:x'])
})

test('what the other side does not accept is thrown, so that the outbox tries again', async () => {
  const send = createSend({
    model: () => Promise.resolve(undefined),
    createNotifier: () => ({ send: () => Promise.reject(new Error('503')) }),
  })
  await expect(send(notice, never)).rejects.toThrow('503')
})
