import { mkdtemp, readFile, rm, stat, writeFile, mkdir } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import path from 'node:path'
import { afterEach, beforeEach, describe, expect, test } from 'vitest'
import { problemAnswer, runWith, watchAnswer } from './testing/fake-surroundings.ts'
import { aRelease, aStop, anEvent, anIncident } from './testing/views.ts'

const release = '/api/v1/releases/storefront-next'
const evicted = { visitorBasisPoints: 0, urlBasisPoints: 0, mode: 'evict' as const }
const stopping = aRelease({ phase: 'stopping', stop: aStop(), exposure: evicted, confirmed: { gateways: 1, of: 2 } })
const stopped = aRelease({ phase: 'stopped', stop: aStop({ inEffectAt: 1_020_042 }), exposure: evicted })

let folder = ''

beforeEach(async () => {
  folder = await mkdtemp(path.join(tmpdir(), 'headgate-cli-'))
})

afterEach(async () => {
  await rm(folder, { recursive: true, force: true })
})

function contextFile(): string {
  return path.join(folder, 'headgate', 'context.json')
}

describe('help and usage', () => {
  test.each([[['--help']], [['release', '--help']], [['release', 'stop', '--help']], [['--version']]])(
    '%j ends with 0',
    async (args) => expect((await runWith(args)).code).toBe(0),
  )

  test.each([
    [['releas'], 'Did you mean release?'],
    [['release', 'stpo'], 'Did you mean stop?'],
    [['release', 'list', '--jsno'], 'Did you mean --json?'],
  ])('%j is wrong usage and gets the nearest word', async (args, hint) => {
    const { code, err } = await runWith(args)
    expect(code).toBe(2)
    expect(err.join('\n')).toContain(hint)
  })

  test.each([[[]], [['release']], [['release', 'stop']], [['release', 'show', 'a', 'b']]])(
    '%j is incomplete or too much, and wrong usage',
    async (args) => expect((await runWith(args)).code).toBe(2),
  )
})

describe('errors', () => {
  test.each([
    [400, 'INVALID_INPUT', 2],
    [401, 'UNAUTHENTICATED', 4],
    [403, 'FORBIDDEN', 4],
    [404, 'NOT_FOUND', 2],
    [409, 'ILLEGAL_TRANSITION', 1],
    [503, 'UNAVAILABLE', 5],
  ])('an answer %i %s prints its sentence and ends with %i', async (status, problem, expected) => {
    const { code, err } = await runWith(['release', 'raise', 'storefront-next', '-r', 'x'], {
      [`POST ${release}/raise`]: problemAnswer(status, problem, 'Because of this.'),
    })
    expect(code).toBe(expected)
    expect(err[0]).toBe('Because of this.')
  })

  test('with --json an error is JSON on standard error', async () => {
    const { out, err } = await runWith(['release', 'show', 'nope', '--json'])
    expect(out).toEqual([])
    expect(JSON.parse(err.join(''))).toMatchObject({ code: 'NOT_FOUND' })
  })

  test('a server that is not there is unavailable, and the way without it is named', async () => {
    const { code, err } = await runWith(
      ['release', 'list', '--server', 'http://127.0.0.1:1'],
      {},
      { connect: undefined },
    )
    expect(code).toBe(5)
    expect(err.join('\n')).toContain('headgate stop-local')
  })

  test('an error message cannot control the terminal', async () => {
    const { err } = await runWith(['release', 'show', 'storefront-next'], {
      [`GET ${release}`]: problemAnswer(404, 'NOT_FOUND', 'gone \u001b[2J'),
    })
    expect(err[0]).toBe('gone  [2J')
  })
})

describe('release stop', () => {
  test('asks at once, waits for the gateways, and says how long each took', async () => {
    const { code, out, sent } = await runWith(['release', 'stop', 'storefront-next', '-r', 'coupons', '-m', 'evict'], {
      [`POST ${release}/stop`]: stopping,
      [`GET ${release}/watch`]: watchAnswer(stopping, stopped),
    })
    expect(code).toBe(0)
    expect(sent).toEqual([[`POST ${release}/stop`, { reason: 'coupons', mode: 'evict' }]])
    expect(out[1]).toBe('accepted   after 5 ms  storefront-next is stopping, nobody stays')
    expect(out[2]).toBe('in effect  after 10 ms  on 2/2 gateways')
  })

  test('needs no reason: nothing may stand in its way', async () => {
    const { code, sent } = await runWith(['release', 'stop', 'storefront-next', '--no-wait'], {
      [`POST ${release}/stop`]: stopping,
    })
    expect(code).toBe(0)
    expect(sent).toEqual([[`POST ${release}/stop`, { reason: 'stopped by hand' }]])
  })

  test('says which gateways are missing when not all confirm in time, and ends with 5', async () => {
    const { code, err } = await runWith(['release', 'stop', 'storefront-next', '--timeout', '10ms'], {
      [`POST ${release}/stop`]: stopping,
      [`GET ${release}/watch`]: watchAnswer(stopping),
    })
    expect(code).toBe(5)
    expect(err.join('\n')).toContain('only 1 of 2 gateways confirmed')
  })

  test('with --json it is one document with the times', async () => {
    const { out } = await runWith(['release', 'stop', 'storefront-next', '--json'], {
      [`POST ${release}/stop`]: stopped,
    })
    expect(JSON.parse(out.join('\n'))).toMatchObject({ acceptedMs: 5, inEffectMs: 10, release: { phase: 'stopped' } })
  })

  test('an unknown mode lists the known ones and asks nothing of the server', async () => {
    const { code, err, sent } = await runWith(['release', 'stop', 'storefront-next', '--mode', 'kill'])
    expect([code, err[0], sent]).toEqual([2, '--mode must be one of hold, eject, evict, not "kill".', []])
  })
})

describe('acts', () => {
  test('an approval quotes the hash of what the server shows, and says who is still missing', async () => {
    const raise = [{ domain: 'checkout', quorum: 2, teams: ['checkout', 'commerce'] }]
    const approvals = [{ by: 'a@example.com', at: 1, expiresAt: 2, planHash: 'p', evidenceHash: 'e', toStage: 2 }]
    const { code, out, sent } = await runWith(['release', 'approve', 'storefront-next', '-r', 'looked'], {
      [`GET ${release}`]: aRelease({ approvalHash: 'abc', raise }),
      [`POST ${release}/approve`]: aRelease({ raise, approvals }),
    })
    expect(code).toBe(0)
    expect(sent).toEqual([[`POST ${release}/approve`, { reason: 'looked', approvalHash: 'abc' }]])
    expect(out[1]).toBe('checkout: 1 of 2 people of checkout, commerce')
  })

  test('an approval of a release that waits for none is refused with the next step', async () => {
    const { code, err } = await runWith(['release', 'approve', 'storefront-next', '-r', 'x'], {
      [`GET ${release}`]: aRelease(),
    })
    expect(code).toBe(1)
    expect(err[0]).toContain('waits for no approval')
  })

  test.each(['start', 'raise', 'resume', 'close', 'approve'])('%s wants a reason for the record', async (verb) => {
    const { code, err } = await runWith(['release', verb, 'storefront-next'])
    expect([code, err[0]?.startsWith('--reason is missing')]).toEqual([2, true])
  })

  test('a revision travels along, so that a release that moved on is not touched', async () => {
    const { sent } = await runWith(['release', 'hold', 'storefront-next', '--revision', '7'], {
      [`POST ${release}/hold`]: aRelease(),
    })
    expect(sent).toEqual([[`POST ${release}/hold`, { revision: 7, reason: 'held by hand' }]])
  })
})

describe('release watch', () => {
  test.each([
    [aRelease({ phase: 'live' }), 0],
    [stopped, 1],
    [aRelease({ phase: 'closed' }), 0],
  ])('ends with the release and with its exit code (%#)', async (view, expected) => {
    const { code } = await runWith(['release', 'watch', 'storefront-next', '--exit-on-end'], {
      [`GET ${release}/watch`]: watchAnswer(aRelease(), view),
    })
    expect(code).toBe(expected)
  })

  test('gives up undecided when its time is over', async () => {
    const { code, out } = await runWith(['release', 'watch', 'storefront-next', '--exit-on-end', '--timeout', '1s'], {
      [`GET ${release}/watch`]: watchAnswer(aRelease()),
    })
    expect(code).toBe(3)
    expect(out[0]).toMatch(/^\d\d:\d\d:\d\dZ {2}storefront-next ramping half/)
  })

  test('on a terminal it draws the release with its newest events, and again only what is new', async () => {
    const terminal = {
      isLive: true,
      width: () => 90,
      height: () => 40,
      hasColour: false,
      hasUnicode: true,
      keep: () => undefined,
    }
    const drawn: string[] = []
    const { code } = await runWith(
      ['release', 'watch', 'storefront-next', '--exit-on-end'],
      {
        [`GET ${release}/watch`]: watchAnswer(aRelease(), stopped),
        [`GET ${release}/events`]: { events: [anEvent(3)] },
      },
      { terminal: { ...terminal, draw: (lines) => drawn.push(lines.join('\n')) } },
    )
    expect(code).toBe(1)
    expect(drawn.at(-1)).toContain('STOPPED')
    expect(drawn.some((screen) => screen.includes('because 3'))).toBe(true)
  })

  test('with --json every view is one line', async () => {
    const { out } = await runWith(['release', 'watch', 'storefront-next', '--exit-on-end', '--json'], {
      [`GET ${release}/watch`]: watchAnswer(aRelease(), stopped),
    })
    expect(out.map((line) => JSON.parse(line).phase)).toEqual(['ramping', 'stopped'])
  })
})

describe('looking', () => {
  test('an empty list says what to do next', async () => {
    expect((await runWith(['release', 'list'], { 'GET /api/v1/releases': { releases: [] } })).out[0]).toContain(
      'headgate apply',
    )
  })

  test('a verification that fails ends with 1 and names the place', async () => {
    const broken = { what: 'event', seq: 4, reason: 'its hash does not follow' }
    const answer = { release: 'r', ok: false, events: 9, frames: 3, verdicts: 2, head: 'x', broken }
    const { code, err } = await runWith(['verify', 'r'], { 'GET /api/v1/releases/r/verification': answer })
    expect([code, err[0]]).toEqual([1, 'r does not verify at event 4: its hash does not follow'])
  })

  test('an incident is shown as a report', async () => {
    const { out } = await runWith(['incident', 'show', 'storefront-next-1'], {
      'GET /api/v1/incidents/storefront-next-1': anIncident(),
    })
    expect(out.join('\n')).toContain('orders lost')
  })

  test('a gateway that was taken out of service is forgotten before the rest is listed', async () => {
    const { code, sent } = await runWith(['gateways', '--forget', 'gateway-3'], {
      'DELETE /api/v1/gateways/gateway-3': new Response(null, { status: 204 }),
      'GET /api/v1/gateways': { gateways: [] },
    })
    expect([code, sent]).toEqual([0, [['DELETE /api/v1/gateways/gateway-3', undefined]]])
  })

  test('a new token stands alone on standard output', async () => {
    const view = { id: 't1', name: 'n', principal: 'gw', scopes: ['gateway'], createdAt: 1 }
    const { out, sent } = await runWith(
      ['token', 'create', '--for', 'gw', '--scope', 'gateway', '--expires', '1d12h'],
      {
        'POST /api/v1/tokens': { token: 'hg_secret', view },
      },
    )
    expect(out).toEqual(['hg_secret'])
    const expected = { principal: 'gw', name: 'gw', scopes: ['gateway'], expiresInMs: 129_600_000 }
    expect(sent).toEqual([['POST /api/v1/tokens', expected]])
  })
})

describe('apply', () => {
  test('sends headgate.yaml and the releases, by paths that read the same everywhere', async () => {
    await mkdir(path.join(folder, 'releases'))
    await writeFile(path.join(folder, 'headgate.yaml'), 'shop: {}\n')
    await writeFile(path.join(folder, 'releases', 'a.yaml'), 'release: a\n')
    await writeFile(path.join(folder, 'notes.md'), 'x')
    const { code, out, sent } = await runWith(['apply', folder], {
      'PUT /api/v1/model': { version: 3, hash: 'h', appliedAt: 1, appliedBy: 'x', files: [], findings: [] },
    })
    expect(code).toBe(0)
    expect(out).toEqual(['model version 3 is in force, 0 files'])
    expect(sent).toEqual([
      [
        'PUT /api/v1/model',
        {
          files: [
            { path: 'headgate.yaml', text: 'shop: {}\n' },
            { path: 'releases/a.yaml', text: 'release: a\n' },
          ],
        },
      ],
    ])
  })

  test('findings of the server are shown with their places, and what blocks exposure is counted', async () => {
    await writeFile(path.join(folder, 'headgate.yaml'), 'shop: {}\n')
    const gap = { code: 'gate-without-owner', severity: 'error', path: '/releases/a/gates/b', message: 'no owner' }
    const findings = [
      { ...gap, file: 'releases/a.yaml', line: 3, column: 5 },
      { ...gap, severity: 'warning' },
    ]
    const files = [{ path: 'releases/a.yaml', text: '' }]
    const { out } = await runWith(['apply', folder], {
      'PUT /api/v1/model': { version: 4, hash: 'h', appliedAt: 1, appliedBy: 'x', files, findings },
    })
    expect(out).toEqual([
      'error  releases/a.yaml:3:5  no owner (gate-without-owner)',
      'warning  /releases/a/gates/b  no owner (gate-without-owner)',
      'model version 4 is in force, 1 file; exposure is blocked by 1 error',
    ])
  })

  test('a folder without headgate.yaml is named', async () => {
    const { code, err } = await runWith(['apply', folder])
    expect([code, err[0]?.includes(folder)]).toEqual([2, true])
  })
})

describe('server and token of a call', () => {
  test('a broken context file is named, with the way out', async () => {
    await mkdir(path.dirname(contextFile()), { recursive: true })
    await writeFile(contextFile(), '{')
    const env = { XDG_CONFIG_HOME: folder }
    const { code, err } = await runWith(['release', 'list'], {}, { connect: undefined, env })
    expect([code, err[0]]).toEqual([2, `${contextFile()} is not a login context; remove it and run: headgate login`])
  })

  test('what login writes is readable by its owner alone, and the token of one server never goes to another', async () => {
    const { readContext, writeContext } = await import('./context/context-file.ts')
    const { resolveContext } = await import('./context/context.ts')
    await writeContext(contextFile(), { server: 'http://a.example', token: 'secret' })
    expect((await stat(contextFile())).mode & 0o777).toBe(0o600)
    expect(await readContext(contextFile())).toEqual({ server: 'http://a.example', token: 'secret' })
    expect(await readFile(contextFile(), 'utf8')).toContain('secret')
    const io = { env: { XDG_CONFIG_HOME: folder }, home: '/nowhere' }
    expect(await resolveContext({}, io)).toEqual({ server: 'http://a.example', token: 'secret' })
    expect(await resolveContext({ server: 'http://b.example' }, io)).toEqual({ server: 'http://b.example' })
    const named = { ...io, env: { ...io.env, HEADGATE_URL: 'http://b.example', HEADGATE_TOKEN: 'other' } }
    expect(await resolveContext({}, named)).toEqual({ server: 'http://b.example', token: 'other' })
  })
})
