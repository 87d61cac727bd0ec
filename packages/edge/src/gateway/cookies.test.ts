import { fc, test } from '@fast-check/vitest'
import { describe, expect } from 'vitest'
import { createVisitorIds, readCookies } from './cookies.ts'

const id = 'AbCdEfGhIjKlMnOpQr-_01'

describe('our cookies are found among others', () => {
  test.each([
    ['alone', `hgv=${id}`],
    ['behind others', `session=x; theme="dark; hgv=no"; hgv=${id}; a=b`],
    ['without spaces', `a=b;hgv=${id};c=d`],
    ['with spaces', `a=b;   hgv=${id}  ;c=d`],
    ['behind one that is malformed', `hgv=x; hgv=${id}`],
    ['first of two', `hgv=${id}; hgv=${'x'.repeat(22)}`],
  ])('%s', (_, header) => {
    expect(readCookies(header).visitorId).toBe(id)
  })

  test.each([
    '',
    ';',
    'hgv',
    'hgv=',
    `xhgv=${id}`,
    `hgv =${id}`,
    `hgv="${id}"`,
    `hgv=${id}a`,
    `HGV=${id}`,
    `hgv=${id.slice(1)}é`,
  ])('none in %j', (header) => {
    expect(readCookies(header).visitorId).toBeUndefined()
  })

  test('what was counted and the journeys of flows', () => {
    const { seen, journeys } = readCookies('hgs=r1.2; hgj_purchase=1.r1; hgj_=x; hgj_other=a=b; hgj_purchase=second')
    expect(seen).toBe('r1.2')
    expect([...journeys]).toEqual([
      ['purchase', '1.r1'],
      ['', 'x'],
      ['other', 'a=b'],
    ])
  })

  test('no more journeys than a shopper can have', () => {
    const header = Array.from({ length: 100 }, (_, i) => `hgj_${i}=x`).join('; ')
    expect(readCookies(header).journeys.size).toBe(8)
  })
})

test.prop([fc.string({ unit: 'binary', maxLength: 200 })])(
  'whatever is sent, an id has the form of ours or is none',
  (header) => {
    for (const text of [header, `hgv=${header}`, `hgv=${header}; hgj_x=${header}`]) {
      expect(readCookies(text).visitorId ?? id).toMatch(/^[A-Za-z0-9_-]{22}$/)
    }
  },
)

test('drawn ids are well-formed and different', () => {
  const draw = createVisitorIds()
  const ids = Array.from({ length: 1_000 }, () => draw())
  expect(new Set(ids).size).toBe(1_000)
  for (const drawn of ids) expect(readCookies(`hgv=${drawn}`).visitorId).toBe(drawn)
})
