import { createHash } from 'node:crypto'
import { fc, test } from '@fast-check/vitest'
import { describe, expect } from 'vitest'
import { createIdentify } from './identities.ts'

const secret = 'm6Q2s0mOuVYJ3e0wq0hQm2cN8Qm6v7yF5T0J1b8r9xA'
const sha256 = createHash('sha256').update(secret).digest('hex')
const identify = createIdentify([
  { id: 'probe', kind: 'synthetic', header: 'x-probe', sha256 },
  { id: 'search', kind: 'bot', userAgents: ['Googlebot/', 'bingbot/', 'a+b (c)'] },
  { id: 'audit', kind: 'bot', userAgents: ['Lighthouse'] },
])

const agent = (text: string): string | undefined => identify({ 'user-agent': text })

describe('who is registered', () => {
  test('a probe is known by its secret, and by nothing less', () => {
    expect(identify({ 'x-probe': secret })).toBe('probe')
    for (const wrong of ['', sha256, secret.slice(1), `${secret} `, secret.toUpperCase()]) {
      expect(identify({ 'x-probe': wrong })).toBeUndefined()
    }
    expect(identify({ 'x-probe': [secret, secret] })).toBeUndefined()
    expect(identify({ 'x-other': secret })).toBeUndefined()
  })

  test('a bot is known by a part of its user agent, which is a text and no pattern', () => {
    expect(agent('Mozilla/5.0 (compatible; Googlebot/2.1; +http://www.google.com/bot.html)')).toBe('search')
    expect(agent('a+b (c)')).toBe('search')
    expect(agent('aab c')).toBeUndefined()
    expect(agent('Chrome-Lighthouse')).toBe('audit')
    expect(agent('googlebot/2.1')).toBeUndefined()
  })

  test.prop([fc.string()])('whatever a stranger sends as the secret, it stays a stranger', (text) => {
    fc.pre(text !== secret)
    expect(identify({ 'x-probe': text })).toBeUndefined()
  })

  test('a shop without identities knows nobody', () => {
    const nobody = createIdentify()
    expect(nobody({ 'x-probe': secret, 'user-agent': 'Googlebot/2.1' })).toBeUndefined()
    expect(createIdentify([{ id: 'probe', kind: 'synthetic', header: 'x-probe', sha256 }])({ 'user-agent': '' })).toBe(
      undefined,
    )
  })
})
