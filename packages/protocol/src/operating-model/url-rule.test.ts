import { UrlMatcher } from '@headgate/core/exposure'
import { fc, test } from '@fast-check/vitest'
import { describe, expect } from 'vitest'
import { parseUrlRule, urlRule } from './url-rule.ts'

describe('parseUrlRule', () => {
  test.each([
    ['/', { path: '/' }],
    ['/p/:slug', { path: '/p/:slug' }],
    ['/checkout/*', { path: '/checkout/*' }],
    ['/shops/*/offers', { path: '/shops/*/offers' }],
    ['/damen-möbel', { path: '/damen-möbel' }],
    ['POST /cart', { method: 'POST', path: '/cart' }],
    ['GET /s?q=a%20b&sort=', { method: 'GET', path: '/s', query: { q: 'a b', sort: '' } }],
  ])('reads %s', (text, rule) => {
    expect(parseUrlRule(text)).toEqual(rule)
  })

  test.each([
    '',
    'p',
    'get /p',
    'FETCH /p',
    '/p#top',
    '/a//b',
    '/a/../b',
    '/a/%2e%2e/b',
    '/a/%2Fb',
    '/a*',
    '/a/:',
    '/a/:b-c',
    '/a b',
    '/a?',
    '/a?x=1&x=2',
    '/a?__proto__=1',
    `/${'a'.repeat(600)}`,
    'https://example.com/p',
    '/a\u0000',
  ])('refuses "%s"', (text) => {
    expect(parseUrlRule(text)).toBeUndefined()
    expect(urlRule.safeParse(text).success).toBe(false)
  })

  test('names the methods when one is misspelt', () => {
    expect(urlRule.safeParse('get /p').error?.issues[0]?.message).toContain('unknown method "get"')
  })

  test.prop([fc.webPath(), fc.constantFrom('', 'GET ', 'POST ')])(
    'a rule without parameters matches the path it was written as',
    (path, method) => {
      const rule = parseUrlRule(`${method}${path}`)
      if (rule === undefined || /[*:]/.test(path)) return
      expect(new UrlMatcher([[rule]]).match(rule.method ?? 'GET', rule.path, '')).toBe(0)
    },
  )
})
