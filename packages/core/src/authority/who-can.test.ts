import { shopModel } from '@headgate/testkit/operating-model'
import { describe, expect, test } from 'vitest'
import { HeadgateError } from '../model/errors.ts'
import { whoCan } from './who-can.ts'

const model = shopModel()

function failure(act: () => unknown): HeadgateError {
  try {
    act()
  } catch (error) {
    if (error instanceof HeadgateError) return error
  }
  throw new Error('expected a HeadgateError')
}

describe('whoCan', () => {
  test('answers for a domain with people, their teams, who is on call and who is told next', () => {
    expect(whoCan(model, 'stop', 'checkout')).toEqual({
      right: 'stop',
      on: 'checkout',
      kind: 'domain',
      domain: 'checkout',
      quorum: 1,
      people: [
        { address: 'checkout-lead@example.com', teams: ['checkout'] },
        { address: 'sre-lead@example.com', teams: ['sre'] },
        { address: 'sre-oncall@example.com', teams: ['sre'] },
      ],
      oncall: [
        { team: 'checkout', oncall: 'pagerduty:checkout' },
        { team: 'sre', oncall: 'pagerduty:sre' },
      ],
      escalation: [
        { afterMs: 300_000, to: 'sre' },
        { afterMs: 900_000, to: 'commerce' },
      ],
    })
  })

  test('answers for a component and a flow through their domain', () => {
    expect(whoCan(model, 'raise', 'commerce-api')).toMatchObject({ kind: 'component', domain: 'checkout', quorum: 2 })
    expect(whoCan(model, 'raise', 'flow:purchase')).toMatchObject({ kind: 'flow', domain: 'checkout' })
  })

  test('a right that nobody holds has quorum 0 and nobody', () => {
    expect(whoCan(model, 'override', 'checkout')).toMatchObject({ quorum: 0, people: [] })
  })

  test('a person in two teams is named once, with both', () => {
    const teams = { ...model.teams, sre: { lead: 'Checkout-Lead@example.com', members: [] } }
    expect(whoCan(shopModel({ teams }), 'stop', 'checkout').people).toEqual([
      { address: 'checkout-lead@example.com', teams: ['checkout', 'sre'] },
    ])
  })

  test('an unknown right or target is refused with the nearest word', () => {
    expect(failure(() => whoCan(model, 'stpo', 'checkout'))).toMatchObject({
      code: 'INVALID_INPUT',
      message: 'no right "stpo". Did you mean "stop"?',
    })
    expect(failure(() => whoCan(model, 'stop', 'chekout'))).toMatchObject({
      code: 'NOT_FOUND',
      message: 'no domain, component or flow "chekout". Did you mean "checkout"?',
    })
    expect(failure(() => whoCan(model, 'stop', 'constructor'))).toMatchObject({ code: 'NOT_FOUND' })
    expect(failure(() => whoCan(model, 'stop', 'flow:checkout'))).toMatchObject({ code: 'NOT_FOUND' })
  })
})
