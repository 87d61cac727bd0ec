import { fc, test } from '@fast-check/vitest'
import { describe, expect } from 'vitest'
import { afterOrder, createSessionCodec, emptySession } from './session.ts'

const codec = createSessionCodec('a-secret-of-the-test')

describe('the session cookie', () => {
  test.prop([fc.uuid(), fc.nat(), fc.array(fc.uuid(), { maxLength: 5 })])(
    'comes back as it was written',
    (cartId, items, orders) => {
      const session = { cartId, items, orders }
      expect(codec.decode(codec.encode(session))).toEqual(session)
    },
  )

  test.prop([fc.string()])('means nothing when it was made up', (text) => {
    expect(codec.decode(text)).toEqual(emptySession)
  })

  test('means nothing to the other storefront, nor with one character changed', () => {
    const text = codec.encode({ items: 1, orders: [] })
    expect(createSessionCodec('another-secret-here').decode(text)).toEqual(emptySession)
    expect(codec.decode(`X${text.slice(1)}`)).toEqual(emptySession)
    expect(codec.decode(`${text}A`)).toEqual(emptySession)
    expect(codec.decode(undefined)).toEqual(emptySession)
  })

  test('remembers five orders, newest first, and forgets the cart', () => {
    const ids = ['a', 'b', 'c', 'd', 'e']
    const session = afterOrder({ cartId: 'cart', items: 3, orders: ids }, 'f')
    expect(session).toEqual({ items: 0, orders: ['f', 'a', 'b', 'c', 'd'] })
    expect(afterOrder(session, 'a').orders).toEqual(['a', 'f', 'b', 'c', 'd'])
  })
})
