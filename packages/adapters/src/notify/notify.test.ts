import type { Notice } from '@headgate/core/ports'
import { createHmac } from 'node:crypto'
import { text } from 'node:stream/consumers'
import { describe, expect, test } from 'vitest'
import { createOutbound } from '../outbound/index.ts'
import { startLoopbackServer } from '../testing/loopback-server.ts'
import { describeNotifier, type NotifierCase } from '../testing/notifier-contract.ts'
import { createNotifier, type NotifierDeps } from './index.ts'

const now = 1_700_000_000_999
const key = Buffer.from('0123456789abcdef0123456789abcdef')
const secret = `whsec_${key.toString('base64')}`

function depsFor(privateTargets: readonly string[], writeLine: (line: string) => void = () => undefined): NotifierDeps {
  return {
    outbound: createOutbound({ privateTargets }),
    secrets: (name) => (name === 'HEADGATE_SECRET_HOOK' ? secret : undefined),
    now: () => now,
    writeLine,
  }
}

function logCase(): NotifierCase {
  const lines: string[] = []
  return {
    notifier: createNotifier(
      'log',
      {},
      depsFor([], (line) => lines.push(line)),
    ),
    taken: () =>
      lines.map((line) => {
        const { kind, ...notice }: Notice & { kind: string } = JSON.parse(line)
        expect(kind).toBe('notice')
        return notice
      }),
    close: () => Promise.resolve(),
  }
}

interface Delivery {
  readonly headers: Readonly<Record<string, unknown>>
  readonly body: string
}

async function webhookCase(status: number): Promise<NotifierCase & { readonly deliveries: readonly Delivery[] }> {
  const deliveries: Delivery[] = []
  const server = await startLoopbackServer(async (request, response) => {
    deliveries.push({ headers: request.headers, body: await text(request) })
    response.writeHead(status, status === 302 ? { location: '/elsewhere' } : {}).end()
  })
  const options = { url: `${server.url}/hook`, secret: 'HEADGATE_SECRET_HOOK', timeoutMs: 1_000 }
  return {
    notifier: createNotifier('webhook', options, depsFor([server.host])),
    taken: () => deliveries.map(({ body }): Notice => JSON.parse(body).data),
    close: server.close,
    deliveries,
  }
}

describeNotifier('log', { accepting: () => Promise.resolve(logCase()) })
describeNotifier('webhook', {
  accepting: async () => await webhookCase(204),
  refusing: async () => await webhookCase(500),
})

const notice: Notice = { id: 'n-7', to: 'sre', topic: 'held', subject: 's', message: 'm' }

describe('a webhook', () => {
  test('is signed as Standard Webhooks over id, time and the very bytes of the body', async () => {
    const given = await webhookCase(200)
    await given.notifier.send(notice, new AbortController().signal)
    const [delivery] = given.deliveries
    const expected = createHmac('sha256', key).update(`n-7.1700000000.${delivery?.body}`).digest('base64')
    expect(delivery?.headers).toMatchObject({
      'webhook-id': 'n-7',
      'webhook-timestamp': '1700000000',
      'webhook-signature': `v1,${expected}`,
      'content-type': 'application/json',
    })
    await given.close()
  })

  test('does not follow a redirect: it counts as not accepted', async () => {
    const given = await webhookCase(302)
    await expect(given.notifier.send(notice, new AbortController().signal)).rejects.toThrow(/answered 302/)
    expect(given.deliveries).toHaveLength(1)
    await given.close()
  })

  test('a secret that the server was not given is found when the notifier is built, not when harm is on', () => {
    const options = { url: 'https://hooks.example/x', secret: 'HEADGATE_SECRET_OTHER' }
    expect(() => createNotifier('webhook', options, depsFor([]))).toThrow(/HEADGATE_SECRET_OTHER/)
  })

  test('an unknown kind lists the known ones', () => {
    expect(() => createNotifier('slak', {}, depsFor([]))).toThrow('There is no notifier "slak"; known: log, webhook.')
  })
})
