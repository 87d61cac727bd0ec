import { isInTheWay, sightReport } from '../../sight/sight-report.ts'
import type { CriterionSight, SightReport } from '../../sight/report.ts'
import { worstHarm } from '../../sight/words.ts'
import { declaredTraffic } from '../../sight/traffic.ts'
import { entryOf } from '../entry.ts'
import type { OperatingModel } from '../operating-model.ts'
import type { ReleasePlan } from '../release-plan.ts'
import type { Instant } from '../time.ts'
import { finding, type Finding } from './finding.ts'
import { gateUsesOf } from './gate-uses.ts'

/** At the traffic that the model declares, the gates see enough, or somebody has accepted that they do not. */
export function lintSight(model: OperatingModel, plan: ReleasePlan, at: Instant): Finding[] {
  const worth = lintLossBudget(model, plan)
  if (plan.flows.every((id) => entryOf(model.flows, id)?.traffic === undefined) || hasMixedSignals(plan)) return worth
  const report = sightReport(plan, model, { traffic: declaredTraffic(model), at, isBrief: true })
  return [...worth, ...blindCriteria(plan, report), ...unseenPaths(plan, report)]
}

/** One id for two signals: such a plan cannot be judged at all. */
function hasMixedSignals(plan: ReleasePlan): boolean {
  const signals = new Map<string, string>()
  return gateUsesOf(plan).some(({ gate }) =>
    gate.criteria.some(({ id, signal }) => {
      const before = signals.get(id) ?? signal
      signals.set(id, signal)
      return before !== signal
    }),
  )
}

function lintLossBudget(model: OperatingModel, plan: ReleasePlan): Finding[] {
  const budget = plan.lossBudgetRevenue
  if (budget === undefined) return []
  const without = plan.flows.filter((id) => entryOf(model.flows, id)?.averageOrder?.currency !== budget.currency)
  return without.map((id) => {
    const message = `release "${plan.id}" has a loss budget in ${budget.currency}, but what an order of flow "${id}" is worth in it is not known; write flows.${id}.averageOrder: { amount, currency: ${budget.currency} }`
    return finding('loss-budget-without-value', `/releases/${plan.id}/budgets/lostRevenue`, message)
  })
}

interface Blind {
  readonly path: string
  readonly criterion: CriterionSight
  readonly stages: string[]
}

/** One finding per criterion of a gate, however many stages use the gate. */
function blindCriteria({ id: release, ...plan }: ReleasePlan, report: SightReport): Finding[] {
  const blind = new Map<string, Blind>()
  for (const { path, side, gate, stageIndex } of gateUsesOf({ id: release, ...plan })) {
    const stage = report.stages[side === 'exit' ? stageIndex : stageIndex - 1]
    gate.criteria.forEach(({ id }, index) => {
      const criterion = stage?.criteria.find((each) => each.criterion === id)
      if (stage === undefined || criterion === undefined || criterion.status === 'unknown' || !isInTheWay(criterion))
        return
      const key = `${gate.id} ${id}`
      const known = blind.get(key) ?? { path: `${path}/criteria/${index}`, criterion, stages: [] }
      if (!known.stages.includes(stage.stage)) known.stages.push(stage.stage)
      blind.set(key, known)
    })
  }
  return [...blind.values()].map(({ path, criterion, stages }) =>
    finding('blind-criterion', path, blindWords(release, criterion, stages)),
  )
}

function blindWords(
  release: string,
  { criterion, signal, status, places, note }: CriterionSight,
  stages: readonly string[],
): string {
  const where = `in stage${stages.length === 1 ? '' : 's'} ${stages.map((stage) => `"${stage}"`).join(', ')}`
  const place = places.find((each) => each.isGuarded && each.status === status)
  const what = status === 'blind' ? `${worstHarm(signal)} goes unseen` : 'a healthy candidate does not pass in time'
  const seen = place === undefined ? (note ?? what) : `${what}${place.place === '' ? '' : ` on ${place.place}`}`
  const cure = place?.cures[0] === undefined ? '' : `; it takes ${place.cures[0].words}`
  return `criterion "${criterion}" is ${status} ${where} at the declared traffic: ${seen}${cure}, or a sign-off (signedOff: { by, reason }). See: headgate plan ${release}`
}

/** Paths that no stage waits for and none sees broken. */
function unseenPaths(plan: ReleasePlan, report: SightReport): Finding[] {
  const byCriterion = new Map<string, { readonly seen: Set<string>; readonly unseen: Set<string> }>()
  for (const { criteria } of report.stages) {
    for (const { criterion, signal, shadow, signedOff, places } of criteria) {
      if (shadow || signedOff !== undefined || signal !== 'completion') continue
      const known = byCriterion.get(criterion) ?? { seen: new Set(), unseen: new Set() }
      for (const { place, status } of places) known[status === 'blind' ? 'unseen' : 'seen'].add(place)
      byCriterion.set(criterion, known)
    }
  }
  const guarded = new Set(
    report.stages.flatMap(({ criteria }) =>
      criteria.flatMap(({ places }) => places.filter(({ isGuarded }) => isGuarded).map(({ place }) => place)),
    ),
  )
  return [...byCriterion].flatMap(([criterion, { seen, unseen }]) => {
    const open = [...unseen].filter((path) => !seen.has(path) && !guarded.has(path))
    if (open.length === 0) return []
    const message = `release "${plan.id}" may go live with ${open.join(', ')} broken: criterion "${criterion}" has no margin for ${open.length === 1 ? 'it' : 'them'}, and each stage may be left before a total break shows. Give a margin or a longer window.min, or sign it off. See: headgate plan ${plan.id}`
    return [finding('unseen-path', criterionPath(plan, criterion), message)]
  })
}

function criterionPath(plan: ReleasePlan, id: string): string {
  for (const { path, gate } of gateUsesOf(plan)) {
    const index = gate.criteria.findIndex((criterion) => criterion.id === id)
    if (index >= 0) return `${path}/criteria/${index}`
  }
  return `/releases/${plan.id}`
}
