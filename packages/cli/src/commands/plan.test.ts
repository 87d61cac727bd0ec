import { mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import path from 'node:path'
import { sightView } from '@headgate/protocol/api'
import { afterEach, beforeEach, describe, expect, test } from 'vitest'
import { type Ran, runWith } from '../testing/fake-surroundings.ts'

const model = `apiVersion: headgate.dev/v1
shop: { name: demo, servedBy: legacy }
teams:
  web: { lead: web-lead@example.com }
domains:
  web:
    owner: web
    rights: { stop: { any: [web] }, raise: { any: [web] } }
    escalation: [{ after: 5m, to: web }]
components:
  legacy: { domain: web, owner: web, upstream: "http://127.0.0.1:1" }
  next: { domain: web, owner: web, upstream: "http://127.0.0.1:2", replaces: legacy }
routes:
  all: { match: "/*" }
flows:
  buy:
    domain: web
    steps: [{ id: start, match: "GET /buy" }, done]
    horizon: 15m
    traffic: { perMinute: 2000, delay: { median: 150s, p95: 9m } }
    averageOrder: { amount: 40, currency: EUR }
    paths: { critical: { share: 90%, completion: 0.7 }, coupon: { share: 10%, completion: 0.6, match: "GET /buy?coupon=1" } }
`
const release = `apiVersion: headgate.dev/v1
release: r1
components: [next]
owner: web
flows: [buy]
budgets: { lostRevenue: { amount: 5000, currency: EUR } }
gates:
  watch:
    respondWithin: 5m
    criteria: [{ signal: completion, flow: buy, margin: 10%, paths: { coupon: 30% } }]
stages:
  - { id: some, visitors: 5%, window: { min: 30m, max: 12h }, exit: watch }
  - { id: all, visitors: 100%, window: { min: 1m, max: 1h }, exit: watch }
`

let folder = ''

beforeEach(async () => {
  folder = await mkdtemp(path.join(tmpdir(), 'headgate-plan-'))
  await write('headgate.yaml', model)
  await write('releases/r1.yaml', release)
})

afterEach(async () => {
  await rm(folder, { recursive: true, force: true })
})

async function write(name: string, content: string): Promise<void> {
  await mkdir(path.dirname(path.join(folder, name)), { recursive: true })
  await writeFile(path.join(folder, name), content)
}

async function plan(args: readonly string[], answers: Readonly<Record<string, unknown>> = {}): Promise<Ran> {
  return await runWith(['plan', 'r1', ...args], answers, { cwd: folder })
}

describe('headgate plan', () => {
  test('reads files alone with --dir, a screen per stage, and ends with 0 when the gates see enough', async () => {
    const { code, out, err } = await plan(['--dir', '.'])
    expect({ code, err }).toEqual({ code: 0, err: [] })
    const text = out.join('\n')
    expect(text).toMatch(/declared: buy starts 2000 times a minute, an order comes after 2:30, worth 40.00 EUR/)
    expect(text).toMatch(/stops at 5,000 EUR/)
    expect(text).toMatch(/STAGE some {2}5 % of visitors, 30:00 to 12h00/)
    expect(text).toMatch(/all paths +100 +-\d+(\.\d)? %( +\d+\S+ \(\d+\))+ +\d/)
    expect(text).toMatch(/nothing is left to compare with; passes on the proof of stage some/)
    expect(out.at(-1)).toBe('The gates see enough.')
    for (const line of out) expect(line.length).toBeLessThanOrEqual(100)
    expect(text).not.toContain('\u001b')
  })

  test('stated rates go before declared ones, and too few of them end with 3, a cure and a way to accept it', async () => {
    await write('quiet.yaml', 'flows: { buy: { perMinute: 5 } }')
    const { code, out } = await plan(['--traffic', 'quiet.yaml'])
    expect(code).toBe(3)
    const text = out.join('\n')
    expect(text).toMatch(/stated: buy starts 5.0 times a minute/)
    expect(text).toMatch(/! coupon: .* It takes /)
    expect(text).toMatch(/Not enough: completion-buy is (blind|underpowered) in stage some/)
    expect(text).toMatch(/signedOff/)
  })

  test('--full names every harm with both ways to show, and money', async () => {
    const { out } = await plan(['--dir', '.', '--full'])
    expect(out.join('\n')).toMatch(/all paths -20 % +\S+ +\S+ +\d+ +\d+ +[\d,.]+ +[\d,.]+$/m)
    expect(out.join('\n')).toMatch(/coupon -100 %, failing/)
  })

  test('--json is the whole report in one document', async () => {
    const { out } = await plan(['--dir', '.', '--json'])
    const report = sightView.parse(JSON.parse(out.join('\n')))
    expect(report.stages[0]?.criteria[0]?.places.map(({ place }) => place)).toEqual(['', 'critical', 'coupon'])
  })

  test('asks the server where no files are named, and takes its records for local files with --recorded', async () => {
    const local = await plan(['--dir', '.', '--json'])
    const answered = JSON.parse(local.out.join('\n'))
    const asked = await plan(['--days', '2'], { 'GET /api/v1/releases/r1/sight?days=2': answered })
    expect(asked).toMatchObject({ code: 0, out: (await plan(['--dir', '.'])).out })
    const recorded = {
      origin: 'recorded',
      recordedMs: 3_600_000,
      flows: { buy: { perMinute: 4, paths: {} } },
      routes: {},
    }
    const own = await plan(['--dir', '.', '--recorded'], { 'GET /api/v1/traffic': recorded })
    expect(own.code).toBe(3)
    expect(own.out.join('\n')).toMatch(/recorded over 1h00: buy starts 4.0 times a minute/)
  })

  test('a file of rates is refused with the place and what was expected', async () => {
    await write('bad.yaml', 'flows:\n  buy: { perMinute: many }\nvistors: 3\n')
    const { code, err } = await plan(['--traffic', 'bad.yaml'])
    expect(code).toBe(2)
    expect(err.join('\n')).toMatch(/bad.yaml:2:\d+ +expected a number above 0, found "many"/)
    expect(err.join('\n')).toMatch(/bad.yaml:3:1 +unknown key "vistors"/)
  })

  test('an unknown release, a missing file and a wrong number end with 2 and the next step', async () => {
    const unknown = await runWith(['plan', 'r2', '--dir', '.'], {}, { cwd: folder })
    expect(unknown).toMatchObject({ code: 2, err: [expect.stringMatching(/No release "r2".*Did you mean "r1"\?/)] })
    expect(await plan(['--traffic', 'none.yaml'])).toMatchObject({
      code: 2,
      err: [expect.stringMatching(/Cannot read/)],
    })
    expect(await plan(['--days', '-1'])).toMatchObject({
      code: 2,
      err: [expect.stringMatching(/--days must be a number/)],
    })
  })

  test('without any figure it says where to write them', async () => {
    await write('headgate.yaml', model.replace(/ {4}traffic: .*\n/, ''))
    const { code, out } = await plan(['--dir', '.'])
    expect(code).toBe(3)
    expect(out.join('\n')).toMatch(/no traffic is known of buy: declare flows.buy.traffic/)
  })
})
