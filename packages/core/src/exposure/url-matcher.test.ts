import { fc, test } from '@fast-check/vitest'
import { describe, expect } from 'vitest'
import type { UrlRule } from '../model/index.ts'
import { canonicalPath, UrlMatcher } from './index.ts'

/** The meaning of the rules, without any index: each rule of each class, in order. */
function firstMatch(classes: readonly (readonly UrlRule[])[], method: string, path: string, query: string): number {
  return classes.findIndex((rules) => rules.some((rule) => matches(rule, method, path, query)))
}

function matches(rule: UrlRule, method: string, path: string, query: string): boolean {
  const methods = rule.method === 'GET' ? ['GET', 'HEAD'] : [rule.method ?? method]
  const given = new URLSearchParams(query)
  return (
    methods.includes(method) &&
    Object.entries(rule.query ?? {}).every(([name, value]) => given.getAll(name).includes(value)) &&
    matchesPath(rule.path.split('/').filter(Boolean), path.split('/').filter(Boolean))
  )
}

function matchesPath(pattern: readonly string[], segments: readonly string[]): boolean {
  const rest = pattern.at(-1) === '*'
  const wanted = rest ? pattern.slice(0, -1) : pattern
  if (rest ? segments.length < wanted.length : segments.length !== wanted.length) return false
  return wanted.every((part, index) => part === '*' || part.startsWith(':') || part === segments[index])
}

const word = fc.constantFrom('p', 'product', 'products', 'checkout', 'check', 'a', 'ab', 'b')
const patternPart = fc.oneof({ weight: 4, arbitrary: word }, fc.constantFrom(':slug', '*'))
const rulePath = fc.array(patternPart, { maxLength: 4 }).map((parts) => `/${parts.join('/')}`)
const method = fc.constantFrom('GET', 'HEAD', 'POST')
const rule: fc.Arbitrary<UrlRule> = fc.record(
  { path: rulePath, method, query: fc.constantFrom<Record<string, string>>({ q: '1' }, { q: '2', r: 'x y' }) },
  { requiredKeys: ['path'] },
)
const classes = fc.array(fc.array(rule, { maxLength: 4 }), { maxLength: 12 })
const requestPath = fc
  .tuple(fc.array(word, { maxLength: 5 }), fc.boolean())
  .map(([parts, isDirectory]) => `/${parts.join('/')}${isDirectory && parts.length > 0 ? '/' : ''}`)
const query = fc.constantFrom('', 'q=1', 'q=2&r=x+y', 'r=x%20y&q=2&q=1', 'q=%zz', 'q')

describe('UrlMatcher', () => {
  test.prop([classes, method, requestPath, query], { numRuns: 3_000 })(
    'E14: finds the first class in file order with a matching rule, as reading them one by one would',
    (list, verb, path, search) => {
      expect(new UrlMatcher(list).match(verb, path, search)).toBe(firstMatch(list, verb, path, search))
    },
  )

  test.prop([classes, fc.string(), fc.string({ unit: 'binary' }), fc.string({ unit: 'binary' })])(
    'E18: never throws, whatever the request',
    (list, verb, path, search) => {
      expect(new UrlMatcher(list).match(verb, path, search)).toBeLessThan(Math.max(1, list.length))
    },
  )

  test.prop([fc.array(fc.array(fc.record({ path: fc.string({ unit: 'binary' }).map((text) => `/${text}`) })))])(
    'E18: never throws, whatever the rules',
    (list) => {
      expect(new UrlMatcher(list).match('GET', '/p/shoe', '')).toBeLessThan(Math.max(1, list.length))
    },
  )

  test('a rest matches the path itself, and not a path that merely begins alike', () => {
    const matcher = new UrlMatcher([[{ path: '/checkout/*' }]])
    expect(matcher.match('GET', '/checkout', '')).toBe(0)
    expect(matcher.match('GET', '/checkout/', '')).toBe(0)
    expect(matcher.match('GET', '/checkout/pay/card', '')).toBe(0)
    expect(matcher.match('GET', '/checkouts', '')).toBe(-1)
  })

  test('parameters of segments are no part of the route', () => {
    const matcher = new UrlMatcher([[{ path: '/checkout/pay' }]])
    expect(matcher.match('GET', '/checkout;jsessionid=1/pay;x', '')).toBe(0)
  })

  test('a rule with letters beyond ASCII matches their escaped form, in either case', () => {
    const matcher = new UrlMatcher([[{ path: '/café/:id' }]])
    expect(matcher.match('GET', canonicalPath('/caf%c3%a9/1'), '')).toBe(0)
  })

  test('ten thousand routes answer as one would', () => {
    const many = Array.from({ length: 10_000 }, (_, index) => [{ path: `/route-${index}/:id` }])
    const matcher = new UrlMatcher(many)
    expect(matcher.match('GET', '/route-9999/x', '')).toBe(9_999)
    expect(matcher.match('GET', '/route-10000/x', '')).toBe(-1)
  })
})
