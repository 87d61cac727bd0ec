import type { ReleaseView } from '@headgate/protocol/api'
import { failedPages, lastCandidatePageAt, serverAt, viewsOf, type LabRecord } from '../record.ts'
import { differencesOf, type Scenario } from '../scenario.ts'
import { isInStage, minuteMs } from './steps.ts'

/** As the plan says; a lease is renewed well before it ends, so exposure may end this much after the kill. */
const leaseMs = 10_000
/** For the page on its way, the clock's grain and a busy machine. */
const slackMs = 2_000

/** Frames of evidence that must follow those of the restarted server's first look. */
const framesAfterRestart = 5

function hasJudgedPast(frame: number): (view: ReleaseView) => boolean {
  return ({ phase, verdict }) => phase === 'ramping' && verdict !== undefined && verdict.frame > frame
}

export const controlPlaneLoss: Scenario = {
  name: 'control-plane-loss',
  summary: 'the server is killed mid-stage: gateways serve on, leases expire on time, the restarted server resumes',
  limitMs: 5 * minuteMs,
  async play(play) {
    await play.until('the first stage to begin', isInStage(0))
    await play.untilCandidateServes()
    await play.pause(5_000, 'evidence gathers')
    await play.killServer()
    await play.untilCandidateIsGone()
    await play.pause(5_000, 'the shop runs without a control plane')
    await play.restartServer()
    await play.until('the gateways to obey the restarted server', isInStage(0))
    await play.untilCandidateServes()
    const { frame = 0 } = (await play.until('the gate to judge again', isInStage(0))).verdict ?? {}
    await play.until(
      'the gate to judge on evidence that came after the restart',
      hasJudgedPast(frame + framesAfterRestart),
    )
  },
  differences(record) {
    return [...lossDifferences(record), ...resumptionDifferences(record)]
  },
}

function lossDifferences({ entries }: LabRecord): readonly string[] {
  const killed = serverAt(entries, 'killed')
  const back = serverAt(entries, 'back')
  if (killed === undefined || back === undefined) return ['the server should have been killed and started again']
  const last = lastCandidatePageAt(entries, { from: killed, until: back })
  const lastedMs = last === undefined ? 0 : last - killed
  const failed = failedPages(entries.filter((entry) => entry.at >= killed && entry.at < back))
  return differencesOf([
    [last !== undefined, 'the candidate should go on serving while its lease lasts'],
    [
      lastedMs <= leaseMs + slackMs,
      `the lease of ${leaseMs / 1_000} s should end exposure, but the candidate served ${lastedMs / 1_000} s after the kill`,
    ],
    [failed === 0, `gateways should serve every page without a control plane, but ${failed} failed`],
  ])
}

function resumptionDifferences({ entries, outcome }: LabRecord): readonly string[] {
  const killed = serverAt(entries, 'killed') ?? 0
  const back = serverAt(entries, 'back') ?? 0
  const before = viewsOf(entries).findLast(({ at }) => at <= killed)?.view
  const after = viewsOf(entries).find(({ at }) => at >= back)?.view
  const starts = outcome.events.filter((event) => event.kind === 'raise-requested').length
  return differencesOf([
    [after?.stage === before?.stage, `it should resume at stage ${before?.stage}, but is at ${after?.stage}`],
    [after?.planHash === before?.planHash, 'the plan should be the same'],
    [
      after !== undefined && before !== undefined && after.stages[0]?.enteredAt === before.stages[0]?.enteredAt,
      'the stage should not begin anew',
    ],
    [starts === 1, `the release should have been started once, but was ${starts} times`],
    [outcome.view.stop === undefined, `nothing should be stopped: ${outcome.view.stop?.reason}`],
    [outcome.verification.ok, `the record should verify, but: ${outcome.verification.broken?.reason}`],
  ])
}
