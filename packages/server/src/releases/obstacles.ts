import { domainsTouched } from '@headgate/core/authority'
import type { OperatingModel, ReleasePlan } from '@headgate/core/model'
import type { Obstacle } from '@headgate/core/release'
import type { Tx } from '../db/index.ts'
import { openIncidentsOn } from '../incidents/index.ts'
import { errorsOf, type ModelVersion } from '../model/index.ts'
import { readJudgement } from './evidence-store.ts'
import { listReleases, type ReleaseRow } from './release-store.ts'

interface Question {
  readonly row: ReleaseRow
  readonly plan: ReleasePlan
  readonly current: ModelVersion
  readonly domains: readonly string[]
  readonly at: number
  readonly asks: 'person' | 'tick'
}

/** Everything that bars a raise now (SPEC R4, R5), the most urgent first. */
export async function findObstacles(tx: Tx, question: Question): Promise<readonly Obstacle[]> {
  const { phase } = question.row.record.release
  if (phase !== 'ready' && phase !== 'ramping' && phase !== 'held') return []
  return [
    ...(await incidents(tx, question)),
    ...freezes(question),
    ...(phase === 'ready' ? await overlaps(tx, question) : []),
    ...findings(question),
    ...(question.asks === 'person' ? await oldJudgement(tx, question) : []),
  ]
}

async function incidents(tx: Tx, { plan }: Question): Promise<readonly Obstacle[]> {
  const open = await openIncidentsOn(tx, plan.flows)
  return open.map(({ id, flows }) => ({
    kind: 'incident',
    reason: `incident ${id} is open on ${flows.filter((flow) => plan.flows.includes(flow)).join(', ')}`,
  }))
}

function freezes({ plan, at }: Question): readonly Obstacle[] {
  return plan.freezes
    .filter(({ from, until }) => from <= at && at < until)
    .map(({ reason, until }) => ({
      kind: 'freeze',
      reason: `freeze until ${new Date(until).toISOString()}: ${reason}`,
    }))
}

function findings({ current }: Question): readonly Obstacle[] {
  const errors = errorsOf(current)
  const [first] = errors
  if (first === undefined) return []
  const more = errors.length > 1 ? ` (and ${errors.length - 1} more)` : ''
  return [{ kind: 'finding', reason: `the operating model has errors: ${first.message}${more}` }]
}

/** Others that shoppers are on, and that share a flow, a domain or a route class with this one (SPEC R4). */
async function overlaps(tx: Tx, { row, plan, current, domains }: Question): Promise<readonly Obstacle[]> {
  const others = await listReleases(tx, ['ramping', 'held', 'stopping', 'live'])
  return others.flatMap((other) => {
    const rival = current.plans.find(({ id }) => id === other.id)
    if (other.id === row.id || rival === undefined) return []
    const shared = sharedWith({ plan, domains }, rival, current.model)
    if (shared === undefined) return []
    const reason = `release ${other.id} is ${other.record.release.phase} and touches ${shared} too`
    return [{ kind: 'overlap' as const, reason }]
  })
}

function sharedWith(
  own: { readonly plan: ReleasePlan; readonly domains: readonly string[] },
  rival: ReleasePlan,
  model: OperatingModel,
): string | undefined {
  const flow = own.plan.flows.find((id) => rival.flows.includes(id))
  if (flow !== undefined) return `flow ${flow}`
  const rivalDomains = domainsTouched(model, rival)
  const domain = own.domains.find((id) => rivalDomains.includes(id))
  if (domain !== undefined) return `domain ${domain}`
  const rivalRoutes = routesOf(rival, model)
  const route = routesOf(own.plan, model).find((id) => rivalRoutes.includes(id))
  return route === undefined ? undefined : `route class ${route}`
}

function routesOf(plan: ReleasePlan, model: OperatingModel): readonly string[] {
  return plan.stages.some((stage) => stage.routes.length === 0)
    ? Object.keys(model.routes)
    : plan.stages.flatMap((stage) => stage.routes)
}

const patienceTicks = 3
const patienceAtLeastMs = 30_000

/** A verdict that nobody has renewed says nothing about now; a first stage with an entry gate must have passed it. */
async function oldJudgement(tx: Tx, { row, plan, at }: Question): Promise<readonly Obstacle[]> {
  const isStart = row.record.release.phase === 'ready'
  const entry = plan.stages[0]?.entry
  if (isStart && entry === undefined) return []
  const judgement = await readJudgement(tx, row.id)
  const age = judgement === undefined ? Infinity : at - judgement.judgedAt
  if (age > Math.max(patienceAtLeastMs, plan.tickMs * patienceTicks)) {
    return [{ kind: 'blind', reason: 'the gate has not been judged lately; is a worker running?' }]
  }
  if (!isStart || judgement?.verdict.kind === 'pass') return []
  return [{ kind: 'blind', reason: `the entry gate has not passed: ${judgement?.verdict.reason ?? 'never judged'}` }]
}
