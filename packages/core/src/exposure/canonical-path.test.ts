import { fc, test } from '@fast-check/vitest'
import { describe, expect } from 'vitest'
import { canonicalPath, queryOf } from './index.ts'

/** What upstreams make of a segment, in the ways they differ: decode it once or twice, cut off parameters. */
function readings(segment: string): string[] {
  const once = decode(segment)
  return [segment, once, decode(once)].flatMap((text) => [text, text.replace(/;.*$/s, '')])
}

function decode(text: string): string {
  return text.replaceAll(/%([0-9a-f]{2})/gi, (_, digits: string) => String.fromCharCode(Number.parseInt(digits, 16)))
}

const nastyPiece = fc.constantFrom(
  ...'/ // . .. /../ /./ %2e %2E %2f %2F %5c %00 %25 %252f %252e % %zz %3b %c3%a9 %7e ~'.split(' '),
  ...String.raw`\ ; ;v=1 ..; checkout p é # ? ?q=/../ - _`.split(' '),
  ' ',
)
const nastyTarget = fc.array(nastyPiece, { maxLength: 8 }).map((pieces) => `/${pieces.join('')}`)

describe('canonicalPath', () => {
  test.each([
    ['/', '/'],
    ['/p/shoe?size=42', '/p/shoe'],
    ['//p///shoe', '/p/shoe'],
    ['/a/./b/../c', '/a/c'],
    ['/a/..', '/'],
    ['/a/b/.', '/a/b/'],
    ['/a/', '/a/'],
    ['/%7Euser/%41', '/~user/A'],
    ['/caf%c3%a9', '/caf%C3%A9'],
    ['/.well-known/x', '/.well-known/x'],
    ['/file%2ehtml', '/file.html'],
    ['/50%25-off', '/50%25-off'],
    ['/a?next=/../b%2f', '/a'],
    ['/?', '/'],
  ])('reads %s as %s', (target, path) => {
    expect(canonicalPath(target)).toBe(path)
  })

  test.each([
    '',
    '*',
    'p/shoe',
    'http://shop/p',
    '/..',
    '/a/../../b',
    '/p/%2e%2e/checkout',
    '/p/.%2E/checkout',
    '/p%2fshoe',
    '/p%5Cshoe',
    String.raw`/p\shoe`,
    '/p/%00',
    '/p/%252fcheckout',
    '/p/%252e%252e/checkout',
    '/p/%25252f',
    '/p/..;/checkout',
    '/p/..%3Bv=1/checkout',
    '/;v=1/checkout',
    '/p/%zz',
    '/p/%2',
    '/p#x',
    '/p shoe',
    '/p\tshoe',
    '/é',
  ])('finds %s suspicious', (target) => {
    expect(canonicalPath(target)).toBe('suspicious')
  })

  test.prop([nastyTarget], { numRuns: 2_000 })('E15: has one form only: canonical again is the same', (target) => {
    const path = canonicalPath(target)
    if (path !== 'suspicious') expect(canonicalPath(path)).toBe(path)
  })

  test.prop([nastyTarget], { numRuns: 2_000 })(
    'E15: no upstream can read a canonical path as lying elsewhere',
    (target) => {
      const path = canonicalPath(target)
      if (path === 'suspicious') return
      for (const segment of path.split('/').slice(1, -1)) expect(segment).not.toBe('')
      for (const reading of path.split('/').filter(Boolean).flatMap(readings)) {
        expect(reading).not.toMatch(/[/\\\0]|^\.{0,2}$/)
      }
    },
  )

  test.prop([fc.string({ unit: 'binary' })])('E18: answers for any text, and only rooted paths', (target) => {
    const path = canonicalPath(target)
    expect(path === 'suspicious' || path.startsWith('/')).toBe(true)
  })
})

test('the query is what follows the first question mark', () => {
  expect(queryOf('/a?b=c?d')).toBe('b=c?d')
  expect(queryOf('/a')).toBe('')
})
