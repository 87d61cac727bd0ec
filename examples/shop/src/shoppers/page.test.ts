import { expect, test } from 'vitest'
import { hiddenFields, linksTo, pageKind } from './page.ts'

const page = `<a href="/c/bath">Bath</a><main data-page="listing"><a href="/p/oak-lamp">x</a><a href="/p/mat">y</a>
  <form action="/checkout/pay/card"><input type="hidden" name="attempt" value="a-1" />
  <input type="hidden" name="expected" value="4990" /><input name="email" value="x"></form>
  <form action="/other"><input type="hidden" name="no" value="1" /></form></main>`

test('a shopper sees which page it is, links in page order, and the hidden fields of one form', () => {
  expect(pageKind(page)).toBe('listing')
  expect(linksTo(page, '/p/')).toEqual(['/p/oak-lamp', '/p/mat'])
  expect(linksTo(page, '/c/')).toEqual(['/c/bath'])
  expect(hiddenFields(page, '/checkout/pay/card')).toEqual({ attempt: 'a-1', expected: '4990' })
})

test('of a page that is none of the shop nothing is seen', () => {
  expect(pageKind('<h1>502 Bad Gateway</h1>')).toBe('unknown')
  expect(linksTo('', '/p/')).toEqual([])
  expect(hiddenFields('', '/checkout/pay/card')).toEqual({})
})
