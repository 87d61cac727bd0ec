import { createHash } from 'node:crypto'
import type { ServerResponse } from 'node:http'
import { afterEach, describe, expect, test } from 'vitest'
import { sendControlCommand } from '../control/index.ts'
import { ask, Closing, open, readUntil } from '../proxy/testing/sockets.ts'
import { openShop, Shopper, visitorIn } from './testing/shop.ts'

const closing = new Closing()
afterEach(() => closing.closeAll())

describe('who gets which arm', () => {
  test('a visitor with a cookie gets the arm of its bucket, and no other cookie twice', async () => {
    const shop = await openShop(closing)
    await shop.expose()
    const inside = new Shopper(shop.gateway, visitorIn('candidate'))
    const outside = new Shopper(shop.gateway, visitorIn('control'))
    expect((await inside.ask('/p/1')).body).toBe('next')
    expect((await outside.ask('/p/1')).body).toBe('legacy')
    expect(shop.next.seen[0]?.headers).toMatchObject({ 'headgate-arm': 'candidate', 'headgate-release': 'r1' })
    expect(shop.legacy.seen[0]?.headers).toMatchObject({ 'headgate-arm': 'control', 'headgate-release': 'r1' })
    expect(inside.cookies.get('hgs')).toBe('r1.2')
    expect((await inside.ask('/p/2')).headers).not.toHaveProperty('set-cookie')
  })

  test('a new visitor of a page behind the search gets an id that counts at once and stays', async () => {
    const shop = await openShop(closing)
    await shop.expose()
    const shopper = new Shopper(shop.gateway)
    const first = await shopper.ask('/checkout/help')
    expect(first.headers['set-cookie']).toEqual([
      expect.stringMatching(/^hgv=[\w-]{22}; Path=\/; Max-Age=31536000; HttpOnly; SameSite=Lax$/),
    ])
    for (let i = 0; i < 5; i += 1) expect((await shopper.ask('/checkout/help')).body).toBe(first.body)
  })

  test.each(['short', 'visitor0000000000000001; x', 'visitor00000000000000$1', 'x'.repeat(23)])(
    'an id that we never gave (%s) is replaced',
    async (id) => {
      const shop = await openShop(closing)
      await shop.expose()
      const reply = await ask(shop.gateway.address.port, '/checkout', { headers: { cookie: `hgv=${id}` } })
      expect(reply.headers['set-cookie']?.join()).toMatch(/hgv=[\w-]{22};/)
    },
  )

  test('cookies are Secure where the trusted proxy in front speaks https', async () => {
    const shop = await openShop(closing, { config: { trustedProxies: ['127.0.0.0/8'] } })
    await shop.expose()
    const reply = await ask(shop.gateway.address.port, '/checkout', { headers: { 'x-forwarded-proto': 'https' } })
    expect(reply.headers['set-cookie']?.join()).toMatch(/SameSite=Lax; Secure$/)
  })

  test('a crawlable page without cookie is decided by its URL, the same for every agent', async () => {
    const shop = await openShop(closing)
    await shop.expose({ urlBasisPoints: 5_000 })
    const arms = new Set<string>()
    for (let page = 0; page < 20; page += 1) {
      const first = await ask(shop.gateway.address.port, `/p/${page}`)
      const bot = await ask(shop.gateway.address.port, `/p/${page}`, { headers: { 'user-agent': 'Googlebot/2.1' } })
      expect(bot.body).toBe(first.body)
      arms.add(first.body)
    }
    expect([...arms].toSorted()).toEqual(['legacy', 'next'])
  })

  test('a path that could be read in two ways is refused, and no storefront sees it', async () => {
    const shop = await openShop(closing)
    await shop.expose()
    for (const path of [
      '/p/%2e%2e/admin',
      '/p/a%2Fb',
      '/p/a%5Cb',
      '/p\\..\\admin',
      '/p/%00',
      '/p/%zz',
      '/../admin',
      '/p/%252e%252e/x',
    ]) {
      expect((await ask(shop.gateway.address.port, path)).status).toBe(400)
    }
    expect([...shop.legacy.seen, ...shop.next.seen]).toEqual([])
  })

  test('storefronts see the path that was classified, with the query as it was', async () => {
    const shop = await openShop(closing)
    await shop.expose()
    await ask(shop.gateway.address.port, '//p/./%61?x=%2F..&y')
    expect(shop.legacy.seen.map(({ url }) => url)).toEqual(['/p/a?x=%2F..&y'])
  })
})

describe('caches', () => {
  test('a page that shared caches may keep stays theirs, without an id, while the URL decides', async () => {
    const shop = await openShop(closing, {
      legacy: (_, response) => void response.setHeader('cache-control', 'public, max-age=60').end('legacy'),
    })
    await shop.expose()
    const { headers } = await ask(shop.gateway.address.port, '/p/1')
    expect(headers).toMatchObject({ 'cache-control': 'public, max-age=60', vary: 'Cookie' })
    expect(headers).not.toHaveProperty('set-cookie')
  })

  test('the same page is private for a visitor, and for everybody of another stage it is left alone', async () => {
    const shop = await openShop(closing, {
      legacy: (_, response) => void response.setHeader('cache-control', 'public, max-age=60').end('legacy'),
    })
    await shop.expose()
    const shopper = new Shopper(shop.gateway, visitorIn('control'))
    expect((await shopper.ask('/p/1')).headers).toMatchObject({
      'cache-control': 'private, max-age=60',
      vary: 'Cookie',
    })
    await shop.expose({ mode: 'evict' })
    const { headers } = await shopper.ask('/p/1')
    expect(headers['cache-control']).toBe('public, max-age=60')
    expect(headers).not.toHaveProperty('vary')
  })

  test('a page that says nothing becomes private and carries the new id', async () => {
    const shop = await openShop(closing)
    await shop.expose()
    const { headers } = await ask(shop.gateway.address.port, '/p/1')
    expect(headers).toMatchObject({ 'cache-control': 'private', vary: 'Cookie' })
    expect(headers['set-cookie']?.join()).toMatch(/^hgv=/)
  })

  test('without any release pages pass as they are', async () => {
    const shop = await openShop(closing)
    shop.plane.publish(shop.snapshot({ flows: [] }))
    await shop.gateway.waitForVersion(1)
    const { headers } = await ask(shop.gateway.address.port, '/checkout')
    for (const name of ['set-cookie', 'cache-control', 'vary']) expect(headers).not.toHaveProperty(name)
  })
})

describe('journeys', () => {
  test('an arm is pinned from the cart on, whatever the exposure becomes, and upstreams can report on the journey', async () => {
    const shop = await openShop(closing)
    await shop.expose()
    const shopper = new Shopper(shop.gateway, visitorIn('candidate'))
    await shopper.ask('/cart', { method: 'POST', body: 'sku=1' })
    expect(shopper.cookies.get('hgj_purchase')).toMatch(/^1\.r1\.n\./)
    await shop.expose({ visitorBasisPoints: 0 })
    expect((await shopper.ask('/checkout')).body).toBe('next')
    expect(shop.next.seen.at(-1)?.headers['headgate-journey']).toMatch(/^1\.r1\.n\..*\.s\./)
    expect((await new Shopper(shop.gateway, visitorIn('candidate')).ask('/checkout')).body).toBe('legacy')
  })

  test('a forged pin changes nothing', async () => {
    const shop = await openShop(closing)
    await shop.expose()
    const shopper = new Shopper(shop.gateway, visitorIn('control'))
    await shopper.ask('/cart', { method: 'POST', body: 'sku=1' })
    const genuine = shopper.cookies.get('hgj_purchase') ?? ''
    shopper.cookies.set('hgj_purchase', genuine.replace('1.r1.c.', '1.r1.n.'))
    expect((await shopper.ask('/checkout')).body).toBe('legacy')
    shopper.cookies.set('hgj_purchase', `${genuine}x`)
    expect((await shopper.ask('/checkout')).body).toBe('legacy')
  })

  test('starts, completions and failures arrive at the control plane as cells', async () => {
    const shop = await openShop(closing, {
      next: (asked, response) => {
        asked.resume()
        response.writeHead(asked.url === '/checkout/pay' ? 402 : 200).end('next')
      },
    })
    await shop.expose()
    const buyer = new Shopper(shop.gateway, visitorIn('control'))
    const refused = new Shopper(shop.gateway, visitorIn('candidate'))
    for (const shopper of [buyer, refused]) {
      await shopper.ask('/cart', { method: 'POST' })
      await shopper.ask('/checkout/coupon')
      await shopper.ask('/checkout/pay', { method: 'POST' })
    }
    await buyer.ask('/order/1')
    const journeys = (): object[] => shop.plane.cells().filter(({ kind }) => kind === 'journey')
    await shop.plane.until(() => journeys().length === 4)
    const common = { release: 'r1', flow: 'purchase', path: 'coupon', share: 5_000, count: 1 }
    expect(journeys()).toEqual(
      expect.arrayContaining([
        expect.objectContaining({ ...common, arm: 'control', outcome: 'started' }),
        expect.objectContaining({ ...common, arm: 'control', outcome: 'completed' }),
        expect.objectContaining({ ...common, arm: 'candidate', outcome: 'started' }),
        expect.objectContaining({ ...common, arm: 'candidate', outcome: 'failed' }),
      ]),
    )
  })
})

describe('evidence', () => {
  test('registered traffic is served and pinned like any other, is no evidence, and is counted by itself', async () => {
    const shop = await openShop(closing)
    const sha256 = createHash('sha256').update('secret of the probe').digest('hex')
    await shop.expose(
      {},
      {
        identities: [
          { id: 'probe', kind: 'synthetic', header: 'x-probe', sha256 },
          { id: 'crawler', kind: 'bot', userAgents: ['Examplebot/'] },
        ],
      },
    )
    const known = [{ 'x-probe': 'secret of the probe' }, { 'user-agent': 'Examplebot/1.0' }]
    for (const [index, headers] of known.entries()) {
      const shopper = new Shopper(shop.gateway, visitorIn('candidate', index))
      expect((await shopper.ask('/p/1', { headers })).body).toBe('next')
      await shopper.ask('/cart', { method: 'POST', headers })
      expect((await shopper.ask('/checkout', { headers })).body).toBe('next')
      await shopper.ask('/order/1', { headers })
      expect(shopper.cookies.get('hgj_purchase')).toContain('.p.')
      expect(shopper.cookies.get('hgv')).toBe(visitorIn('candidate', index))
    }
    const stranger = new Shopper(shop.gateway, visitorIn('candidate', 2))
    await stranger.ask('/p/1', { headers: { 'x-probe': 'a guess' } })
    await shop.plane.until(() => shop.plane.cells().some(({ kind }) => kind === 'page'))
    expect(shop.plane.cells()).toMatchObject([
      { kind: 'visit', count: 1 },
      { kind: 'page', count: 1 },
    ])
    const excluded = new Map<string, number>()
    for (const { identity, requests } of shop.plane.batches.flatMap((batch) => batch.excluded ?? [])) {
      excluded.set(identity, (excluded.get(identity) ?? 0) + requests)
    }
    expect(excluded).toEqual(
      new Map([
        ['probe', 4],
        ['crawler', 4],
      ]),
    )
    const metrics = await fetch(`${shop.gateway.adminUrl}/metrics`)
    expect(await metrics.text()).toContain('headgate_gateway_excluded_total{identity="probe"} 4')
  })

  test('a visitor with many requests, journeys and orders adds one unit of each kind', async () => {
    const shop = await openShop(closing)
    await shop.expose()
    const shopper = new Shopper(shop.gateway, visitorIn('control'))
    for (let round = 0; round < 5; round += 1) {
      await shopper.ask(`/p/${round}`)
      await shopper.ask('/cart', { method: 'POST' })
      await shopper.ask('/checkout')
      await shopper.ask('/checkout/coupon')
      await shopper.ask('/checkout/pay', { method: 'POST' })
      await shopper.ask(`/order/${round}`)
    }
    await shop.plane.until(() => shop.plane.cells().length >= 5)
    const units = shop.plane.cells().map((cell) => ({
      kind: cell.kind,
      of: cell.kind === 'journey' ? cell.outcome : cell.kind === 'page' ? cell.route : '',
      count: cell.count,
    }))
    expect(units).toHaveLength(5)
    expect(units).toEqual(
      expect.arrayContaining([
        { kind: 'visit', of: '', count: 1 },
        { kind: 'page', of: 'product', count: 1 },
        { kind: 'page', of: 'checkout', count: 1 },
        { kind: 'journey', of: 'started', count: 1 },
        { kind: 'journey', of: 'completed', count: 1 },
      ]),
    )
  })

  test('a masked failure counts as a failed page and a failed journey of the candidate', async () => {
    const shop = await openShop(closing, { next: (_, response) => void response.writeHead(503).end() })
    await shop.expose()
    const shopper = new Shopper(shop.gateway, visitorIn('candidate'))
    expect(await shopper.ask('/checkout')).toMatchObject({ status: 200, body: 'legacy' })
    await shop.plane.until(() => shop.plane.cells().length === 4)
    expect(shop.plane.cells()).toEqual(
      expect.arrayContaining([
        expect.objectContaining({ kind: 'visit', arm: 'candidate', share: 5_000, count: 1 }),
        expect.objectContaining({ kind: 'page', route: 'checkout', arm: 'candidate', outcome: 'error', count: 1 }),
        expect.objectContaining({ kind: 'journey', arm: 'candidate', outcome: 'started' }),
        expect.objectContaining({ kind: 'journey', arm: 'candidate', outcome: 'failed' }),
      ]),
    )
    const traffic = shop.plane.batches.flatMap((batch) => batch.traffic)
    expect(traffic).toEqual([
      expect.objectContaining({ route: 'checkout', arm: 'candidate', requests: 1, errors: 1, masked: 1 }),
    ])
  })

  test('a page that breaks off counts as a failed page', async () => {
    const shop = await openShop(closing, {
      next: (_, response) => {
        response.writeHead(200, { 'content-length': '100' })
        response.write('half', () => response.destroy())
      },
    })
    await shop.expose()
    await expect(new Shopper(shop.gateway, visitorIn('candidate')).ask('/p/1')).rejects.toThrow('aborted')
    await shop.plane.until(() => shop.plane.cells().some(({ kind }) => kind === 'page'))
    expect(shop.plane.cells()).toContainEqual(
      expect.objectContaining({ kind: 'page', arm: 'candidate', outcome: 'error' }),
    )
  })

  test('visitors who never return the cookie are no evidence', async () => {
    const shop = await openShop(closing)
    await shop.expose()
    for (let i = 0; i < 5; i += 1) await ask(shop.gateway.address.port, '/checkout')
    await shop.plane.until(() => shop.plane.batches.some(({ traffic }) => traffic.length > 0))
    expect(shop.plane.cells()).toEqual([])
  })

  test('pages that the browser fetches ahead are no evidence', async () => {
    const shop = await openShop(closing)
    await shop.expose()
    const shopper = new Shopper(shop.gateway, visitorIn('candidate'))
    await shopper.ask('/checkout', { headers: { 'sec-purpose': 'prefetch;prerender' } })
    await shop.plane.until(() => shop.plane.batches.some(({ traffic }) => traffic.length > 0))
    expect(shop.plane.cells()).toEqual([])
  })

  test('what was counted last is sent before the gateway is closed', async () => {
    const shop = await openShop(closing, { surroundings: { deltaIntervalMs: 3_600_000 } })
    await shop.expose()
    await new Shopper(shop.gateway, visitorIn('candidate')).ask('/p/1')
    await shop.gateway.close()
    expect(
      shop.plane
        .cells()
        .map(({ kind }) => kind)
        .toSorted(),
    ).toEqual(['page', 'visit'])
  })
})

describe('the control plane', () => {
  test('before the first snapshot shoppers get 503, and readiness says why', async () => {
    const shop = await openShop(closing)
    const reply = await ask(shop.gateway.address.port, '/')
    expect(reply).toMatchObject({ status: 503, headers: { 'retry-after': '1', 'cache-control': 'no-store' } })
    expect(reply.body).toContain('not received its snapshot')
    const ready = await fetch(`${shop.gateway.adminUrl}/_headgate/ready`)
    expect([ready.status, await ready.json()]).toEqual([
      503,
      { status: 'not ready', reason: 'no snapshot yet', snapshotVersion: 0 },
    ])
    expect((await fetch(`${shop.gateway.adminUrl}/_headgate/health`)).status).toBe(200)
  })

  test('a snapshot is acknowledged with this run’s name', async () => {
    const shop = await openShop(closing)
    await shop.expose()
    await shop.plane.until(() => shop.plane.acknowledged.length > 0)
    expect(shop.plane.acknowledged[0]).toMatchObject({ gateway: 'gateway-1', source: shop.gateway.source, version: 1 })
    expect((await fetch(`${shop.gateway.adminUrl}/_headgate/ready`)).status).toBe(200)
  })

  test('a stop is obeyed by the next request, pinned shoppers included', async () => {
    const shop = await openShop(closing)
    await shop.expose()
    const shopper = new Shopper(shop.gateway, visitorIn('candidate'))
    await shopper.ask('/cart', { method: 'POST' })
    expect((await shopper.ask('/checkout')).body).toBe('next')
    await shop.expose({ mode: 'evict' })
    expect((await shopper.ask('/checkout')).body).toBe('legacy')
  })

  test('when it is gone the gateway serves on, until the lease is over', async () => {
    let now = Date.now()
    const shop = await openShop(closing, { surroundings: { wallClock: () => now, steadyClock: () => now } })
    await shop.expose({ lease: { expiresAt: now + 60_000, durationMs: 15_000, onExpiry: 'control' } })
    await shop.plane.stop()
    const shopper = new Shopper(shop.gateway, visitorIn('candidate'))
    now += 14_999
    expect((await shopper.ask('/p/1')).body).toBe('next')
    now += 1
    expect((await shopper.ask('/p/1')).body).toBe('legacy')
  })

  test('a restart without it serves by the snapshot on disk', async () => {
    const shop = await openShop(closing)
    await shop.expose()
    await shop.gateway.close()
    await shop.plane.stop()
    const gateway = await shop.restart()
    expect(gateway.version()).toBe(1)
    expect((await new Shopper(gateway, visitorIn('candidate')).ask('/p/1')).body).toBe('next')
  })

  test('a stop through the local socket works without it, and is reported when it is back', async () => {
    const shop = await openShop(closing)
    await shop.expose()
    const shopper = new Shopper(shop.gateway, visitorIn('candidate'))
    expect((await shopper.ask('/p/1')).body).toBe('next')
    const stop = { kind: 'stop', release: 'r1', mode: 'evict', by: 'sre@example.com', reason: 'prices wrong' } as const
    expect(await sendControlCommand(shop.config.controlSocket ?? '', stop)).toMatchObject({ ok: true })
    expect((await shopper.ask('/p/1')).body).toBe('legacy')
    await shop.plane.until(() => shop.plane.localStops.length > 0)
    expect(shop.plane.localStops[0]).toMatchObject({ release: 'r1', mode: 'evict', by: 'sre@example.com' })
  })

  test('waiting for a version ends with the signal', async () => {
    const shop = await openShop(closing)
    const impatient = AbortSignal.abort(new Error('too late'))
    await expect(shop.gateway.waitForVersion(9, impatient)).rejects.toThrow('too late')
  })
})

describe('the admin pages', () => {
  test('metrics count requests, failures and refusals in Prometheus text', async () => {
    const shop = await openShop(closing, { next: (_, response) => void response.writeHead(503).end() })
    await shop.expose()
    await new Shopper(shop.gateway, visitorIn('candidate')).ask('/p/1')
    await ask(shop.gateway.address.port, '/p/%2f')
    const reply = await fetch(`${shop.gateway.adminUrl}/metrics`)
    const text = await reply.text()
    expect(reply.headers.get('content-type')).toContain('version=0.0.4')
    for (const line of [
      'headgate_gateway_ready 1',
      'headgate_gateway_snapshot_version 1',
      'headgate_gateway_requests_total{route="product",arm="candidate"} 1',
      'headgate_gateway_errors_total{route="product",arm="candidate"} 1',
      'headgate_gateway_masked_total{route="product",arm="candidate"} 1',
      'headgate_gateway_first_byte_seconds_bucket{route="product",arm="candidate",le="+Inf"} 1',
      'headgate_gateway_first_byte_seconds_count{route="product",arm="candidate"} 1',
      'headgate_gateway_upstream_failures_total{route="product",arm="candidate",kind="error-status"} 1',
      'headgate_gateway_refused_total{cause="target"} 1',
      'headgate_gateway_internal_errors_total 0',
    ]) {
      expect(text.split('\n')).toContain(line)
    }
    expect(text).toMatch(/^([a-z_]+(\{[^}]*\})? [\d.e+-]+|# (HELP|TYPE) .+|)$/m)
  })

  test('none of them is on the shop’s port', async () => {
    const shop = await openShop(closing)
    await shop.expose()
    for (const path of ['/_headgate/health', '/_headgate/ready', '/metrics']) {
      expect((await ask(shop.gateway.address.port, path)).body).toBe('legacy')
    }
  })

  test('readiness says that the gateway closes', async () => {
    let answer: ServerResponse | undefined
    const shop = await openShop(closing, { legacy: (_, response) => void (answer = response).write('begun') })
    await shop.expose()
    const client = await open(shop.gateway.address.port)
    client.write('GET / HTTP/1.1\r\nHost: a\r\n\r\n')
    await readUntil(client, 'begun')
    const closed = shop.gateway.close()
    const reply = await fetch(`${shop.gateway.adminUrl}/_headgate/ready`)
    expect([reply.status, await reply.json()]).toMatchObject([503, { reason: 'closing' }])
    answer?.end()
    await closed
  })

  test('other pages do not exist', async () => {
    const shop = await openShop(closing)
    expect((await fetch(`${shop.gateway.adminUrl}/`)).status).toBe(404)
  })
})

describe('errors of the gateway itself', () => {
  test('an error that nobody caught is counted and logged, and shoppers are served on', async () => {
    const shop = await openShop(closing)
    await shop.expose()
    shop.gateway.reportUncaught(new Error('bug'))
    expect((await ask(shop.gateway.address.port, '/')).status).toBe(200)
    expect(await (await fetch(`${shop.gateway.adminUrl}/metrics`)).text()).toContain('internal_errors_total 1')
    expect(shop.log.lines).toContainEqual(
      expect.objectContaining({ level: 'error', message: 'an error of the gateway itself' }),
    )
  })

  test('an upstream that is down is logged once a second, however many requests fail', async () => {
    const shop = await openShop(closing, {
      next: (_, response) => void response.writeHead(503).end(),
      surroundings: { steadyClock: () => 0 },
    })
    await shop.expose()
    const shopper = new Shopper(shop.gateway, visitorIn('candidate'))
    for (let i = 0; i < 10; i += 1) await shopper.ask('/p/1')
    const warnings = shop.log.lines.filter(({ message }) => message === 'an upstream failed a request')
    expect(warnings).toMatchObject([{ fields: { route: 'product', arm: 'candidate', kind: 'error-status' } }])
  })
})
