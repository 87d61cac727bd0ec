import { expect, test } from 'vitest'
import { runWith } from '../../testing/fake-surroundings.ts'
import { aCriterion, aVerdict } from '../../testing/views.ts'

const path = 'GET /api/v1/releases/next/verdicts?limit=100'
const shadow = aCriterion({ criterion: 'tried', shadow: true, reason: 'too thin to judge' })
const before = aVerdict({ at: 1_000_000, criteria: [aCriterion(), shadow] })
const after = aVerdict({
  at: 1_060_000,
  criteria: [aCriterion(), { ...shadow, kind: 'fail', reason: 'orders are lost' }],
})

test('each change of a verdict is listed, oldest first, with what is new only and what a shadow would have done', async () => {
  const { code, out } = await runWith(['release', 'verdicts', 'next'], { [path]: { verdicts: [after, before] } })
  expect(code).toBe(0)
  const text = out.join('\n')
  expect(text).toMatch(
    /00:16:40Z[^]*purchase-completion[^]*tried +inconclusive +\(shadow\)[^]*00:17:40Z[^]*tried +fail +\(shadow: would stop\)/,
  )
  expect(text.slice(text.indexOf('00:17:40Z'))).not.toContain('purchase-completion')
  expect(out.at(-1)).toBe('The shadow tried would have stopped the release at 00:17:40Z.')
})

test('with --json the verdicts are one document, oldest first; a release without any says so', async () => {
  const { out } = await runWith(['release', 'verdicts', 'next', '--json'], { [path]: { verdicts: [after, before] } })
  expect(JSON.parse(out.join(''))).toEqual({ verdicts: [before, after] })
  const none = await runWith(['release', 'verdicts', 'next'], { [path]: { verdicts: [] } })
  expect(none.out).toEqual(['No verdict yet.'])
})
