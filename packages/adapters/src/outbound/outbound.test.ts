import type { LookupFunction } from 'node:net'
import { describe, expect, test } from 'vitest'
import { startLoopbackServer } from '../testing/loopback-server.ts'
import { createOutbound, type OutboundOptions, type OutboundRequest } from './outbound.ts'

function request(url: string): OutboundRequest {
  return { method: 'GET', url, headers: {}, timeoutMs: 2_000, maxBytes: 1_000 }
}

async function call(url: string, options: OutboundOptions) {
  return await createOutbound(options)(request(url), new AbortController().signal)
}

function resolvingTo(...addresses: string[]): LookupFunction {
  return (_host, options, callback) => {
    const entries = addresses.map((address) => ({ address, family: address.includes(':') ? 6 : 4 }))
    if (options.all === true) callback(null, entries)
    else callback(null, entries[0]?.address ?? '', entries[0]?.family)
  }
}

describe('outgoing calls', () => {
  test.each([
    'http://127.0.0.1/',
    'http://[::1]/',
    'http://169.254.169.254/latest/meta-data',
    'http://0x7f.1/',
    'http://2130706433/',
  ])('refuse %s without connecting', async (url) => {
    await expect(call(url, { privateTargets: [] })).rejects.toMatchObject({ code: 'INVALID_INPUT' })
  })

  test('refuse a name that resolves to a private address, even beside a public one', async () => {
    const server = await startLoopbackServer((_request, response) => response.end('secret'))
    const url = server.url.replace('127.0.0.1', 'internal.example')
    for (const lookup of [resolvingTo('127.0.0.1'), resolvingTo('93.184.216.34', '10.0.0.1'), resolvingTo('::1')]) {
      await expect(call(url, { privateTargets: [], lookup })).rejects.toThrow(/not on the public internet/)
    }
    await server.close()
  })

  test('reach a private host that the operator allows, by name or by address and port', async () => {
    const server = await startLoopbackServer((_request, response) => response.end('hello'))
    const named = server.url.replace('127.0.0.1', 'metrics.internal')
    expect(await call(server.url, { privateTargets: [server.host] })).toEqual({ status: 200, body: 'hello' })
    expect(await call(named, { privateTargets: ['metrics.internal'], lookup: resolvingTo('127.0.0.1') })).toMatchObject(
      {
        body: 'hello',
      },
    )
    await expect(call(server.url, { privateTargets: ['127.0.0.1:1'] })).rejects.toThrow(/public internet/)
    await server.close()
  })

  test('answer with the redirect itself and never follow it', async () => {
    let calls = 0
    const server = await startLoopbackServer((_request, response) => {
      calls += 1
      response.writeHead(301, { location: '/next' }).end()
    })
    expect(await call(server.url, { privateTargets: [server.host] })).toMatchObject({ status: 301 })
    expect(calls).toBe(1)
    await server.close()
  })

  test.each(['ftp://x.example/', 'file:///etc/passwd', 'not a url'])('refuse %s, which is no http URL', async (url) => {
    await expect(call(url, { privateTargets: [] })).rejects.toMatchObject({ code: 'INVALID_INPUT' })
  })
})
