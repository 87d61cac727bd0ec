import { createTestDatabase, fakeClock, type TestDatabase } from '@headgate/testkit'
import { afterEach, beforeEach, describe, expect, test } from 'vitest'
import type { Principal } from '../http/index.ts'
import { createAccess, type Access } from './access.ts'

const by: Principal = { name: 'admin@example.com', tokenId: 't', scopes: ['admin'] }
let database: TestDatabase
let access: Access
let clock = fakeClock()

beforeEach(async () => {
  clock = fakeClock()
  database = await createTestDatabase()
  access = createAccess(database.db, clock.now)
})
afterEach(() => database.drop())

async function createToken(expiresInMs?: number): Promise<{ token: string; id: string }> {
  const request = {
    name: 'gw',
    principal: 'gateways',
    scopes: ['gateway' as const],
    ...(expiresInMs && { expiresInMs }),
  }
  const { token, view } = await access.create(request, by)
  return { token, id: view.id }
}

function authenticate(token: string, from = '10.0.0.1'): Promise<Principal> {
  return access.authenticate(`Bearer ${token}`, from)
}

function attempt(from: string): Promise<string> {
  return access.authenticate('Bearer guess', from).then(
    () => 'let in',
    (error: { code: string }) => error.code,
  )
}

describe('authenticate', () => {
  test('knows the principal and the scopes of a token', async () => {
    const { token, id } = await createToken()
    expect(await authenticate(token)).toEqual({ name: 'gateways', tokenId: id, scopes: ['gateway'] })
  })

  test('stores no secret', async () => {
    const { token } = await createToken()
    const row = await database.db.selectFrom('token').selectAll().executeTakeFirstOrThrow()
    expect(JSON.stringify(row)).not.toContain(token.split('_').slice(2).join('_'))
    expect(row.secret_hash).toHaveLength(32)
  })

  test.each([
    ['no token', undefined],
    ['another scheme', 'Basic aGc6aGc='],
    ['a malformed token', 'Bearer hg_x_y'],
    ['an unknown id', `Bearer hg_0123456789abcdef_${'A'.repeat(43)}`],
    ['a NUL in the token', 'Bearer hg_\u0000'],
  ])('refuses %s', async (_, authorization) => {
    await expect(access.authenticate(authorization, '10.0.0.1')).rejects.toMatchObject({ code: 'UNAUTHENTICATED' })
  })

  test('refuses the right id with a wrong secret', async () => {
    const { token } = await createToken()
    const forged = token.slice(0, -1) + (token.endsWith('A') ? 'B' : 'A')
    await expect(authenticate(forged)).rejects.toMatchObject({ code: 'UNAUTHENTICATED' })
  })

  test('refuses a token from the moment it is revoked', async () => {
    const { token, id } = await createToken()
    await access.revoke(id)
    await expect(authenticate(token)).rejects.toThrow('was revoked')
    await expect(access.revoke(id)).rejects.toMatchObject({ code: 'NOT_FOUND' })
  })

  test('refuses a token from the moment it expires', async () => {
    const { token } = await createToken(1_000)
    clock.advance(999)
    await expect(authenticate(token)).resolves.toBeDefined()
    clock.advance(1)
    await expect(authenticate(token)).rejects.toThrow('has expired')
  })

  test('limits failures per address, and still lets valid tokens through from there', async () => {
    const { token } = await createToken()
    for (let index = 0; index < 20; index += 1) expect(await attempt('10.0.0.1')).toBe('UNAUTHENTICATED')
    expect(await attempt('10.0.0.1')).toBe('RATE_LIMITED')
    expect(await attempt('10.0.0.2')).toBe('UNAUTHENTICATED')
    await expect(authenticate(token)).resolves.toMatchObject({ name: 'gateways' })
    clock.advance(60_000)
    expect(await attempt('10.0.0.1')).toBe('UNAUTHENTICATED')
  })

  test('notes when a token was last used, at most once a minute', async () => {
    const { token } = await createToken()
    await authenticate(token)
    const first = clock.now()
    clock.advance(59_000)
    await authenticate(token)
    expect((await access.list())[0]?.lastUsedAt).toBe(first)
    clock.advance(1_000)
    await authenticate(token)
    expect((await access.list())[0]?.lastUsedAt).toBe(first + 60_000)
  })
})

describe('bootstrap', () => {
  test('its secret makes one administrator, once, however many try at the same time', async () => {
    const offer = await access.offerBootstrap()
    const attempts = Array.from({ length: 6 }, () =>
      access.bootstrap(offer?.secret ?? '', 'lead@example.com', '10.0.0.1'),
    )
    const settled = await Promise.allSettled(attempts)
    expect(settled.filter(({ status }) => status === 'fulfilled')).toHaveLength(1)
    expect(await access.list()).toMatchObject([{ principal: 'lead@example.com', scopes: ['admin'] }])
    expect(await access.offerBootstrap()).toBeUndefined()
  })

  test('using one offer voids the offers of other servers', async () => {
    const [one, other] = [await access.offerBootstrap(), await access.offerBootstrap()]
    await access.bootstrap(one?.secret ?? '', 'admin', '10.0.0.1')
    await expect(access.bootstrap(other?.secret ?? '', 'admin', '10.0.0.1')).rejects.toMatchObject({
      code: 'UNAUTHENTICATED',
    })
  })

  test('an offer ends after an hour', async () => {
    const offer = await access.offerBootstrap()
    clock.advance(60 * 60_000)
    await expect(access.bootstrap(offer?.secret ?? '', 'admin', '10.0.0.1')).rejects.toThrow('has expired')
  })

  test('a configured secret that was used stays used after a restart', async () => {
    const secret = 'configured-secret-of-the-lab'
    await access.offerBootstrap(secret)
    const { view } = await access.bootstrap(secret, 'admin', '10.0.0.1')
    await access.revoke(view.id)
    expect(await access.offerBootstrap(secret)).toBeDefined()
    await expect(access.bootstrap(secret, 'admin', '10.0.0.1')).rejects.toMatchObject({ code: 'UNAUTHENTICATED' })
  })

  test('is offered again when every administrator was revoked', async () => {
    const offer = await access.offerBootstrap()
    const { view } = await access.bootstrap(offer?.secret ?? '', 'admin', '10.0.0.1')
    await access.revoke(view.id)
    expect(await access.offerBootstrap()).toBeDefined()
  })
})
