import type { OperatingModel } from '@headgate/core/model'
import { expect, test } from 'vitest'
import { channelsOf, parseChannel } from './channels.ts'

const model: OperatingModel = {
  shop: { name: 'demo', currencies: ['EUR'], markets: ['de'], servedBy: 'legacy' },
  teams: {
    checkout: { lead: 'a@example.com', members: [], chat: 'slack:#checkout', oncall: 'pager:checkout' },
    sre: { lead: 'b@example.com', members: [] },
  },
  domains: {},
  components: {},
  routes: {},
  flows: {},
  entities: {},
  integrations: {},
  runbooks: {},
  metricSources: {},
  notifiers: {},
}

test('a message goes to the chat of its team, and a pager rings only when it is urgent', () => {
  expect(channelsOf(model, 'checkout', 'raised')).toEqual(['slack:#checkout'])
  expect(channelsOf(model, 'checkout', 'stopping')).toEqual(['slack:#checkout', 'pager:checkout'])
})

test('a team without channels and a name that is no team are told under their own name', () => {
  expect(channelsOf(model, 'sre', 'stopping')).toEqual(['sre'])
  expect(channelsOf(model, 'constructor', 'held')).toEqual(['constructor'])
})

test('a channel names its notifier before the first colon', () => {
  expect(parseChannel('slack:#checkout')).toEqual({ notifier: 'slack', target: '#checkout' })
  expect(parseChannel('hook:https://hooks.example/x')).toEqual({ notifier: 'hook', target: 'https://hooks.example/x' })
  expect(parseChannel('checkout')).toBeUndefined()
})
