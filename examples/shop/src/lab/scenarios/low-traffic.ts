import { viewsOf } from '../record.ts'
import { differencesOf, type Scenario } from '../scenario.ts'
import { isInStage, minuteMs } from './steps.ts'

export const lowTraffic: Scenario = {
  name: 'low-traffic',
  summary: 'three journeys a minute: too thin to judge, so it must hold with an owner and a deadline',
  limitMs: 4 * minuteMs,
  // Two of three visitors of the lab mean to buy and find something.
  visitorsPerMinute: 5,
  release: [{ path: ['stages', 0, 'window', 'max'], value: '50s' }],
  async play(play) {
    await play.until('the first stage to begin', isInStage(0))
    await play.until('the window to end underpowered', (view) => view.hold?.cause.includes('underpowered') === true)
    await play.pause(10_000, 'it stays held')
  },
  differences({ entries, outcome }) {
    const { view } = outcome
    return differencesOf([
      [view.phase === 'held', `it should be held, but is ${view.phase}: ${view.reason}`],
      [
        view.hold?.cause.includes('underpowered') === true,
        `it should be held as underpowered, but: ${view.hold?.cause}`,
      ],
      [(view.hold?.owner ?? '') !== '' && view.hold?.deadline !== undefined, 'a hold needs an owner and a deadline'],
      [viewsOf(entries).every((seen) => (seen.view.stage ?? 0) === 0), 'nothing should rise on thin evidence'],
      [view.exposure.visitorBasisPoints > 0, 'nothing should be reverted on thin evidence'],
      [outcome.verification.ok, `the record should verify, but: ${outcome.verification.broken?.reason}`],
    ])
  },
}
