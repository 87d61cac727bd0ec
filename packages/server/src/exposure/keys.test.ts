import { createPublicKey, verify } from 'node:crypto'
import { mkdtempSync, readdirSync, rmSync, statSync } from 'node:fs'
import { tmpdir } from 'node:os'
import path from 'node:path'
import { afterEach, beforeEach, describe, expect, test } from 'vitest'
import { loadKeys } from './keys.ts'

let dataDir: string
beforeEach(() => {
  dataDir = mkdtempSync(path.join(tmpdir(), 'headgate-keys-'))
})
afterEach(() => rmSync(dataDir, { recursive: true, force: true }))

describe('loadKeys', () => {
  test('creates keys once, readable by their owner alone, and finds the same ones again', () => {
    const first = loadKeys({ dataDir })
    const again = loadKeys({ dataDir })
    expect(again.signing.keyId).toBe(first.signing.keyId)
    expect(again.journeyKey).toBe(first.journeyKey)
    const folder = path.join(dataDir, 'keys')
    const modes = readdirSync(folder).map((file) => statSync(path.join(folder, file)).mode & 0o777)
    expect(modes).toEqual([0o600, 0o600])
  })

  test('signs so that the published key verifies it', () => {
    const { signing } = loadKeys({ dataDir })
    const key = createPublicKey({ key: Buffer.from(signing.publicKey, 'base64url'), format: 'der', type: 'spki' })
    const signature = Buffer.from(signing.sign('payload'), 'base64url')
    expect(verify(null, Buffer.from('payload'), key, signature)).toBe(true)
    expect(verify(null, Buffer.from('pay1oad'), key, signature)).toBe(false)
  })

  test.each([
    ['a signing key that is none', { signingKey: 'not a key' }],
    ['a journey key that is too short', { journeyKey: 'c2hvcnQ' }],
    ['a journey key that is not base64url', { journeyKey: `${'x'.repeat(60)}!` }],
  ])('refuses %s', (_, given) => {
    expect(() => loadKeys({ dataDir, ...given })).toThrow(expect.objectContaining({ code: 'INVALID_INPUT' }))
  })
})
