import { expFinite } from '../stats/index.ts'
import type { Case, Finding } from './case.ts'
import type { SplitCriterion } from './criterion.ts'
import { headOf, notInEffect, passAfterMinWindow, pendingLevel, stopLevel } from './findings.ts'
import { silentSource } from './freshness.ts'
import { stopEvidence, subjectsOf, type StopEvidence } from './subjects.ts'
import type { CriterionVerdict } from './verdict.ts'
import { windowOver } from './window.ts'
import { count, odds, percent } from './words.ts'

/** Sample-ratio check. A biased split makes every comparison doubtful, so it holds; it is no proof of harm, so it never fails. */
export function judgeSplit(own: Case<SplitCriterion>): CriterionVerdict {
  const { criterion, state, context } = own
  const evidence = stopEvidence(subjectsOf(context, state, criterion))
  const [control = 0, candidate = 0] = state.visits.counts
  return {
    ...headOf(own),
    ...findingOf(own, evidence),
    ...stopLevel(own, evidence),
    units: { control, candidate },
  }
}

function findingOf(own: Case<SplitCriterion>, evidence: StopEvidence | undefined): Finding {
  const { context, state, criterion, stageIndex, at } = own
  const crossing = state.criteria[criterion.id]?.stopped
  if (crossing !== undefined) {
    const reason = `the split is biased: ${ratio(own)}; ${crossing.where ?? 'entries'}: ${crossing.words} (odds of ${odds(expFinite(crossing.log))} against chance)`
    const needs = 'the cause: entries lost before they are counted, or counted twice; then a new release'
    return { kind: 'inconclusive', reason, needs, ...(crossing.where === undefined ? {} : { where: crossing.where }) }
  }
  const blind = state.at === undefined ? undefined : silentSource(context, state, ['gateways'], at)
  if (blind !== undefined) return { kind: 'blind', ...blind }
  if (state.stage?.index !== stageIndex) return notInEffect
  const share = context.plan.stages[stageIndex]?.visitorBasisPoints ?? 0
  if (share <= 0 || share >= 10_000)
    return passAfterMinWindow(own, 'everybody gets the same arm in this stage, so nothing can be split wrongly')
  return fromCounts(own, evidence)
}

function fromCounts(own: Case<SplitCriterion>, evidence: StopEvidence | undefined): Finding {
  const { context, state, stageIndex, at } = own
  const [control = 0, candidate = 0, expected = 0] = state.visits.counts
  const fewest = Math.min(expected, control + candidate - expected)
  if (fewest < minimumEntries) {
    const isOver = windowOver(context, state, stageIndex, at)
    const reason = `${count(control + candidate)} visitors so far, too few to see a biased split`
    const needs = `about ${minimumEntries} expected visitors in each arm`
    return { kind: isOver ? 'underpowered' : 'inconclusive', reason, needs }
  }
  const pending = pendingLevel(own, evidence)
  if (pending !== undefined) {
    const reason = `${ratio(own)}; evidence of a bias has grown to ${pending}`
    return { kind: 'inconclusive', reason, needs: 'visitors until it falls or is certain' }
  }
  return passAfterMinWindow(own, ratio(own))
}

/** Expected visitors per arm below which a lost fifth would go unseen. */
const minimumEntries = 50

function ratio({ state }: Case<SplitCriterion>): string {
  const [control = 0, candidate = 0, expected = 0] = state.visits.counts
  const all = control + candidate
  if (all === 0) return 'no visitors counted'
  return `visitors split ${count(candidate)} : ${count(control)}, ${percent(candidate / all)} instead of ${percent(expected / all)} at the candidate`
}
