import { faultAt, viewsOf } from '../record.ts'
import { differencesOf, type Scenario } from '../scenario.ts'
import { isInStage, minuteMs } from './steps.ts'

/** How long the release is left blind: long enough for several ticks, too short for nothing to be noticed. */
const blindMs = 20_000

export const blind: Scenario = {
  name: 'blind',
  summary: 'the shop stops reporting orders: it must hold, neither pass nor revert, and go on when signals return',
  limitMs: 4 * minuteMs,
  async play(play) {
    await play.until('the first stage to begin', isInStage(0))
    await play.pause(5_000, 'some journeys are seen')
    await play.setFaults({ blind: true })
    await play.until(
      'the release to be held because it is blind',
      (view) => view.hold?.cause.includes('blind') === true,
    )
    await play.pause(blindMs, 'it stays blind')
    await play.setFaults({})
    await play.until('the hold to end by itself', (view) => view.phase === 'ramping')
  },
  differences({ entries, outcome }) {
    const began = faultAt(entries) ?? 0
    const healed =
      entries.find((entry) => entry.kind === 'fault' && entry.faults.length === 0)?.at ?? Number.POSITIVE_INFINITY
    const during = viewsOf(entries)
      .filter(({ at }) => at > began && at < healed)
      .map(({ view }) => view)
    const held = during.filter((view) => view.phase === 'held')
    const resumed = outcome.events.find((event) => event.kind === 'resume-requested')
    return differencesOf([
      [held.some((view) => view.hold?.cause.includes('blind') === true), 'it should be held as blind'],
      [
        held.every((view) => view.hold?.owner !== undefined && view.hold.deadline > began),
        'a hold needs an owner and a deadline',
      ],
      [during.every((view) => (view.stage ?? 0) === 0), 'nothing should rise without signals'],
      [
        during.every((view) => view.exposure.visitorBasisPoints > 0 && view.stop === undefined),
        'nothing should be reverted for want of signals',
      ],
      [resumed === undefined, 'nobody should have to resume it: the hold ends with its cause'],
      [outcome.view.stop === undefined, `nothing should be stopped: ${outcome.view.stop?.reason}`],
      [outcome.verification.ok, `the record should verify, but: ${outcome.verification.broken?.reason}`],
    ])
  },
}
