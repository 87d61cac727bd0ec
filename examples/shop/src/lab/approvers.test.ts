import type { ReleaseView } from '@headgate/protocol/api'
import { describe, expect, test } from 'vitest'
import { approveRaises } from './approvers.ts'
import type { People } from './people.ts'
import { createRecorder } from './recorder.ts'
import { aStoppedView, aView, viewAt } from './testing/records.ts'

const passing = aView({
  stage: 0,
  approvalHash: 'h1',
  verdict: { kind: 'pass', gate: 'g', stage: 'fifth', at: 1, frame: 1, reason: 'all pass', criteria: [] },
  raise: [{ domain: 'checkout', quorum: 2, teams: ['checkout'], automationUpToBasisPoints: 2_000 }],
})

/** People who take down what they were asked to approve. */
function somePeople() {
  const asked: string[] = []
  const people: People = {
    as: () => Promise.reject(new Error('nobody acts here')),
    who: () => Promise.resolve([]),
    approve: (view) => {
      asked.push(view.approvalHash ?? '')
      return Promise.resolve(['checkout-lead@example.com', 'checkout-dev@example.com'])
    },
  }
  return { asked, people }
}

async function askedAfter(...views: readonly ReleaseView[]): Promise<readonly string[]> {
  const { asked, people } = somePeople()
  const recorder = createRecorder()
  approveRaises({ people, recorder, now: () => 1 })
  for (const view of views) {
    recorder.add(viewAt(1, view))
    await new Promise(setImmediate)
  }
  return asked
}

describe('people approve a raise', () => {
  test('whose gate passes and whose share is beyond what automation may do', async () => {
    expect(await askedAfter(passing)).toEqual(['h1'])
  })

  test('once for each evidence', async () => {
    expect(await askedAfter(passing, passing, { ...passing, approvalHash: 'h2' })).toEqual(['h1', 'h2'])
  })

  test('to live always: that is no share that automation could have been granted', async () => {
    const raise = passing.raise.map((rule) => ({ ...rule, automationUpToBasisPoints: 10_000 }))
    expect(await askedAfter({ ...passing, stage: 2, raise })).toEqual(['h1'])
  })

  test.each([
    ['the gate does not pass', aView({ stage: 0, approvalHash: 'h1', raise: passing.raise })],
    ['there is nothing to approve', aView({ ...passing, stage: 0, raise: [] })],
    [
      'automation may do it',
      { ...passing, raise: passing.raise.map((rule) => ({ ...rule, automationUpToBasisPoints: 10_000 })) },
    ],
    ['the release is stopped', aStoppedView()],
  ])('but not when %s', async (_what, view) => {
    expect(await askedAfter(view)).toEqual([])
  })
})
