import { lintModel } from '@headgate/core/model'
import { requireModel } from '@headgate/protocol/operating-model'
import { readFileSync } from 'node:fs'
import { expect, test } from 'vitest'
import { checkoutMethods } from './rules/methods.ts'
import { shopServices } from './services.ts'
import { behaviour } from './shoppers/behaviour.ts'

const read = (path: string) => ({ path, text: readFileSync(new URL(`../${path}`, import.meta.url), 'utf8') })
const { model, plans } = requireModel([read('headgate.yaml'), read('releases/storefront-next.yaml')])

const portOf = (id: string) => Number(new URL(model.components[id]?.upstream ?? '').port)

test('the operating model of the shop is read and has no finding', () => {
  expect(lintModel(model, plans)).toEqual([])
})

test('the paths of the flow are the methods of checkout, with the shares that shoppers take', () => {
  const paths = model.flows['purchase']?.paths ?? {}
  expect(Object.keys(paths).sort()).toEqual([...checkoutMethods].sort())
  const shares = Object.fromEntries(Object.entries(paths).map(([id, { share }]) => [id, share]))
  expect(shares).toEqual(Object.fromEntries(behaviour.paths.map(({ method, share }) => [method, share])))
})

test('the horizon covers 98 of 100 shoppers who fill in the payment form', () => {
  const { medianMs, sigma } = behaviour.fillsPaymentForm
  const compressed = (medianMs * Math.exp(2.054 * sigma)) / 40
  expect(model.flows['purchase']?.horizonMs).toBeGreaterThan(compressed)
})

test('components with shopper traffic stand at the default ports of their services', () => {
  expect(portOf('storefront-legacy')).toBe(shopServices.legacy.ports.http)
  expect(portOf('storefront-next')).toBe(shopServices.next.ports.http)
})
