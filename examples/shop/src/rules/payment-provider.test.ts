import { expect, test } from 'vitest'
import { createPaymentProvider, testCards } from './payment-provider.ts'

const provider = createPaymentProvider(() => 0.5, 0)
const pay = (number: string, amountCents = 100) => provider.authorise('order-1', amountCents, { kind: 'card', number })

test('the answer depends on the card alone, so both storefronts are refused alike', async () => {
  expect(await pay(testCards.accepted)).toEqual({ kind: 'authorised', id: 'auth-order-1' })
  expect(await pay('4242 4242 4242 4242')).toMatchObject({ kind: 'authorised' })
  expect(await pay(testCards.insufficientFunds)).toEqual({ kind: 'refused', code: 'insufficient-funds', final: false })
  expect(await pay(testCards.closed)).toEqual({ kind: 'refused', code: 'card-closed', final: true })
  expect(await pay('12')).toEqual({ kind: 'refused', code: 'invalid-number', final: false })
})

test('an order that a gift card pays in full needs no card', async () => {
  expect(await pay('', 0)).toMatchObject({ kind: 'authorised' })
})
