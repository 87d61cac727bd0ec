import { fc, test as property } from '@fast-check/vitest'
import type { ServerResponse } from 'node:http'
import { describe, expect, test } from 'vitest'
import { createOutbound } from '../../outbound/index.ts'
import { describeMetricSource, type MetricSourceCase } from '../../testing/metric-source-contract.ts'
import { startLoopbackServer } from '../../testing/loopback-server.ts'
import { createMetricSource } from '../registry.ts'
import { readPointer } from './json-pointer.ts'

const now = 1_700_000_000_000

async function sourceAgainst(
  answer: (response: ServerResponse, url: string) => unknown,
  options: Record<string, unknown> = {},
): Promise<MetricSourceCase> {
  const server = await startLoopbackServer((request, response) => answer(response, request.url ?? ''))
  return { ...sourceAt(server.url, server.host, options), close: server.close }
}

function sourceAt(url: string, host: string, options: Record<string, unknown> = {}): MetricSourceCase {
  const source = createMetricSource(
    'http-json',
    { url: `${url}/now?name={query}`, value: '/value', timeoutMs: 200, ...options },
    {
      outbound: createOutbound({ privateTargets: [host] }),
      secrets: (name) => (name === 'HEADGATE_SECRET_SHOP' ? 'Bearer 123' : undefined),
      now: () => now,
    },
  )
  return { source, query: 'error rate/5m', close: () => Promise.resolve() }
}

describeMetricSource('http-json', {
  answering: async (value) => await sourceAgainst((response) => response.end(JSON.stringify({ value }))),
  refusing: async () => await sourceAgainst((response) => response.writeHead(500).end('{"value":1}')),
  silent: async () => await sourceAgainst(() => undefined),
  absent: () => Promise.resolve(sourceAt('http://127.0.0.1:1', '127.0.0.1:1')),
})

async function read(given: MetricSourceCase) {
  const reading = await given.source.read(given.query, new AbortController().signal)
  await given.close()
  return reading
}

describe('http-json', () => {
  test('puts the query into the URL percent-encoded, and sends its headers with secrets filled in', async () => {
    const seen: unknown[] = []
    const server = await startLoopbackServer((request, response) => {
      seen.push(request.url, request.headers.authorization)
      response.end('{"value":1}')
    })
    await read({
      ...sourceAt(server.url, server.host, { headers: { authorization: { secret: 'HEADGATE_SECRET_SHOP' } } }),
      close: server.close,
    })
    expect(seen).toEqual(['/now?name=error%20rate%2F5m', 'Bearer 123'])
  })

  test('puts the query into the pointer as it is, so that one document can hold many numbers', async () => {
    const server = await startLoopbackServer((_request, response) => response.end('{"shop":{"errors":0.02}}'))
    const { source } = sourceAt(server.url, server.host, { url: `${server.url}/all`, value: '{query}' })
    expect(await source.read('/shop/errors', new AbortController().signal)).toEqual({
      kind: 'value',
      value: 0.02,
      at: now,
    })
    await server.close()
  })

  test.each([
    ['ms', 1_699_999_990_000],
    ['s', 1_699_999_990],
    ['iso', '2023-11-14T22:13:10.000Z'],
  ])('takes the time of the measurement in %s', async (atUnit, at) => {
    const given = await sourceAgainst((response) => response.end(JSON.stringify({ value: 1, at })), {
      at: '/at',
      atUnit,
    })
    expect(await read(given)).toEqual({ kind: 'value', value: 1, at: 1_699_999_990_000 })
  })

  test.each([
    ['no JSON', 'oops', /not JSON/],
    ['a number as text', '{"value":"1"}', /no number at "\/value" but a string/],
    ['null', '{"value":null}', /but null/],
    ['a list', '{"value":[1]}', /but a list/],
    ['nothing there', '{}', /but nothing/],
    ['a number beyond all numbers', '{"value":1e999}', /but a number/],
    ['a time that is none', '{"value":1,"at":"yesterday"}', /no time at "\/at"/],
  ])('%s is a missing reading that says so', async (_what, body, reason) => {
    const given = await sourceAgainst((response) => response.end(body), { at: '/at' })
    const reading = await read(given)
    expect(reading.kind === 'missing' ? reading.reason : reading).toMatch(reason)
  })

  test('an answer larger than its limit is missing', async () => {
    const given = await sourceAgainst((response) => response.end(`{"value":1,"x":"${'x'.repeat(5_000)}"}`), {
      maxBytes: 1_000,
    })
    expect(await read(given)).toEqual({ kind: 'missing', reason: 'The answer is larger than 1000 bytes.' })
  })

  test.each([
    ['no {query} anywhere', { url: 'https://x.example/', value: '/v' }, /must contain \{query\}/],
    ['a word it does not know', { url: 'https://x.example/{query}', value: '/v', pointer: '/v' }, /pointer/],
    [
      'a secret in place of its name',
      { url: 'https://x.example/{query}', value: '/v', headers: { authorization: { secret: 'DATABASE_URL' } } },
      /HEADGATE_SECRET_/,
    ],
  ])('refuses options with %s', (_what, options, message) => {
    const deps = { outbound: createOutbound({ privateTargets: [] }), secrets: () => undefined, now: () => now }
    expect(() => createMetricSource('http-json', options, deps)).toThrow(message)
  })

  test('an unknown kind lists the known ones', () => {
    const deps = { outbound: createOutbound({ privateTargets: [] }), secrets: () => undefined, now: () => now }
    expect(() => createMetricSource('prometeus', {}, deps)).toThrow(
      'There is no metric source "prometeus"; known: http-json.',
    )
  })
})

describe('a JSON pointer', () => {
  property.prop([fc.jsonValue(), fc.string()])(
    'never throws and never finds what is only inherited',
    (document, pointer) => {
      expect(typeof readPointer(document, pointer)).not.toBe('function')
    },
  )

  property.prop([fc.array(fc.string(), { maxLength: 4 }), fc.double({ noNaN: true })])(
    'finds what was put at any keys, escaped as RFC 6901 says',
    (keys, value) => {
      const usable = keys.filter((key) => key !== '__proto__')
      const document = usable.reduceRight<unknown>((inner, key) => ({ [key]: inner }), value)
      const pointer = usable.map((key) => `/${key.replaceAll('~', '~0').replaceAll('/', '~1')}`).join('')
      expect(readPointer(document, pointer)).toBe(value)
    },
  )
})
