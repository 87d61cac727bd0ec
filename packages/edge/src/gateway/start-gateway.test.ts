import { mkdtemp, rm, writeFile } from 'node:fs/promises'
import { createServer } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import type { Snapshot } from '@headgate/core/exposure'
import { buildExposure, buildSnapshot } from '@headgate/testkit/snapshot'
import { afterEach, describe, expect, test } from 'vitest'
import { recordingLog } from '../link/testing/scripted-link.ts'
import { ask, Closing, listening, portOf, startUpstream } from '../proxy/testing/sockets.ts'
import { defaultLimits, defaultPools, type GatewayConfig } from './gateway-config.ts'
import { startGateway } from './start-gateway.ts'

const closing = new Closing()
afterEach(() => closing.closeAll())

async function configOf(text: string, overrides: Partial<GatewayConfig> = {}): Promise<GatewayConfig> {
  const folder = await mkdtemp(join(tmpdir(), 'headgate-gateway-'))
  closing.add(() => rm(folder, { recursive: true, force: true }))
  const path = join(folder, 'given.json')
  await writeFile(path, text)
  return {
    gateway: 'gateway-1',
    listen: { host: '127.0.0.1', port: 0 },
    admin: undefined,
    source: { kind: 'file', path },
    dataFolder: join(folder, 'data'),
    controlSocket: undefined,
    shop: undefined,
    hostPolicy: 'client',
    trustedProxies: [],
    limits: defaultLimits,
    pools: defaultPools,
    drainMs: 100,
    flushMs: 100,
    ...overrides,
  }
}

const log = recordingLog()

async function snapshotText(overrides: Partial<Snapshot> = {}): Promise<string> {
  const upstream = await startUpstream(
    closing,
    (asked, response) => void response.end(String(asked.headers['headgate-arm'])),
  )
  const components = {
    legacy: { upstream: upstream.url },
    next: { upstream: upstream.url },
    api: { upstream: upstream.url },
  }
  const lease = { expiresAt: 0, durationMs: 1, onExpiry: 'stay' } as const
  const exposures = [buildExposure({ visitorBasisPoints: 10_000, urlBasisPoints: 10_000, lease })]
  return JSON.stringify(buildSnapshot({ components, exposures, ...overrides }))
}

describe('a snapshot file', () => {
  test('is obeyed without any control plane', async () => {
    const gateway = await startGateway(await configOf(await snapshotText()), { log })
    closing.add(() => gateway.close())
    expect(gateway.version()).toBe(1)
    expect(gateway.adminUrl).toBeUndefined()
    expect((await ask(gateway.address.port, '/p/1')).body).toBe('candidate')
    expect((await ask(gateway.address.port, '/')).body).toBe('control')
  })

  test('of version 1 replaces that of an earlier run', async () => {
    const config = await configOf(await snapshotText({ version: 7 }))
    await (await startGateway(config, { log })).close()
    const again = await configOf(await snapshotText(), { dataFolder: config.dataFolder })
    const gateway = await startGateway(again, { log })
    closing.add(() => gateway.close())
    expect(gateway.version()).toBe(1)
  })

  test.each([
    ['that is no JSON', '{'],
    ['that is no snapshot', '{"version":1}'],
  ])('%s is refused with its name', async (_, text) => {
    const config = await configOf(text)
    await expect(startGateway(config, { log })).rejects.toMatchObject({
      code: 'SNAPSHOT_REFUSED',
      message: expect.stringContaining('given.json'),
    })
  })

  test('that is not there is refused with its name', async () => {
    const config = await configOf('', { source: { kind: 'file', path: '/nowhere/snapshot.json' } })
    await expect(startGateway(config, { log })).rejects.toMatchObject({
      code: 'SNAPSHOT_REFUSED',
      message: 'the snapshot file /nowhere/snapshot.json cannot be read',
    })
  })

  test('of another shop is refused where the shop is configured', async () => {
    const config = await configOf(await snapshotText(), { shop: 'other' })
    await expect(startGateway(config, { log })).rejects.toMatchObject({ code: 'SNAPSHOT_REFUSED' })
  })
})

test('an address that is taken is a conflict, and nothing stays open', async () => {
  const server = createServer()
  await listening(server)
  closing.add(() => new Promise((resolve) => server.close(resolve)))
  const config = await configOf(await snapshotText(), { listen: { host: '127.0.0.1', port: portOf(server) } })
  await expect(startGateway(config, { log })).rejects.toMatchObject({ code: 'CONFLICT' })
})

test('a trusted proxy that is no address is invalid', async () => {
  const config = await configOf(await snapshotText(), { trustedProxies: ['10.0.0.0/33'] })
  await expect(startGateway(config, { log })).rejects.toMatchObject({ code: 'INVALID_INPUT' })
})

test('closing twice is closing once', async () => {
  const gateway = await startGateway(await configOf(await snapshotText()), { log })
  expect(gateway.close()).toBe(gateway.close())
  await gateway.close()
})
