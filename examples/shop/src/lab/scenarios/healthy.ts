import { stageVisits } from '../record.ts'
import { differencesOf, type Scenario } from '../scenario.ts'
import { isLive, minuteMs } from './steps.ts'

export const healthy: Scenario = {
  name: 'healthy',
  summary: 'nothing is broken: the release reaches 100 % and is live',
  limitMs: 10 * minuteMs,
  async play(play) {
    await play.until('the release to be live', isLive)
  },
  differences({ outcome }) {
    const { view, incidents, events, verification } = outcome
    const visited = stageVisits(view).map((stage) => stage.id)
    const planned = view.stages.map((stage) => stage.id)
    const stop = events.find((event) => event.kind === 'stop-requested')
    return differencesOf([
      [view.phase === 'live', `the release should be live, but is ${view.phase}: ${view.reason}`],
      [view.exposure.visitorBasisPoints === 10_000, 'the candidate should serve all visitors'],
      [visited.join() === planned.join(), `it should pass ${planned.join(', ')}, but passed ${visited.join(', ')}`],
      [
        stop === undefined && view.stop === undefined,
        `nothing should be stopped: ${view.stop?.reason ?? stop?.reason}`,
      ],
      [incidents.length === 0, 'there should be no incident'],
      [verification.ok, `the record should verify, but: ${verification.broken?.reason}`],
    ])
  },
}
