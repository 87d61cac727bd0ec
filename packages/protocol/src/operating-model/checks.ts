import { parseDuration, suggest } from '@headgate/core/model'
import type { FlowFile, ModelFile } from './model-schema.ts'
import type { CriterionFile, GateFile, ReleaseFile } from './release-schema.ts'
import { parseFraction, parseInstant, parseShare } from './scalars.ts'
import { criterionId } from './to-plan.ts'

/** What the shape of a file cannot say: order, uniqueness, and names that are used and defined within one file. */
export interface Complaint {
  readonly path: readonly (string | number)[]
  readonly message: string
}

export function checkModel(file: ModelFile): Complaint[] {
  const domains = Object.entries(file.domains).flatMap(([id, { escalation }]) =>
    (escalation ?? []).flatMap(({ after }, index, all) => {
      const before = all[index - 1]?.after
      if (before === undefined || milliseconds(after) > milliseconds(before)) return []
      const path = ['domains', id, 'escalation', index, 'after']
      return [{ path, message: `escalation must ascend: ${after} does not come after ${before}` }]
    }),
  )
  const steps = Object.entries(file.flows ?? {}).flatMap(([id, flow]) => {
    const ids = flow.steps.map((step) => (typeof step === 'string' ? step : step.id))
    const both = flow.steps.flatMap((step, index) =>
      typeof step !== 'string' && step.match !== undefined && step.event !== undefined
        ? [{ path: ['flows', id, 'steps', index], message: `step "${step.id}" has both match and event; keep one` }]
        : [],
    )
    return [...repeated(ids, (index) => ['flows', id, 'steps', index], 'step'), ...both, ...checkItems(id, flow)]
  })
  return [...domains, ...steps]
}

/** An outcome event says by one name what happened, so an item cannot be called as a step is. */
function checkItems(flowId: string, { steps, items = [] }: FlowFile): Complaint[] {
  const taken = new Set([
    'failed',
    ...steps.flatMap((step) => (typeof step === 'string' ? step : [step.id, step.event])),
  ])
  const ids = items.map((item) => (typeof item === 'string' ? item : item.id))
  const place = (index: number): readonly (string | number)[] => ['flows', flowId, 'items', index]
  const clashes = ids.flatMap((id, index) =>
    taken.has(id) ? [{ path: place(index), message: `item "${id}" is called as a step is; choose another name` }] : [],
  )
  return [...repeated(ids, place, 'item'), ...clashes]
}

export function checkRelease(file: ReleaseFile): Complaint[] {
  return [
    ...repeated(
      file.stages.map(({ id }) => id),
      (index) => ['stages', index, 'id'],
      'stage',
    ),
    ...repeated(file.components, (index) => ['components', index], 'component'),
    ...repeated(file.flows ?? [], (index) => ['flows', index], 'flow'),
    ...checkAscent(file),
    ...checkGates(file),
    ...(file.freezes ?? []).flatMap(({ from, until }, index) =>
      (parseInstant(until) ?? 0) > (parseInstant(from) ?? 0)
        ? []
        : [
            {
              path: ['freezes', index, 'until'],
              message: `a freeze ends after it begins; ${until} does not come after ${from}`,
            },
          ],
    ),
  ]
}

function checkAscent(file: ReleaseFile): Complaint[] {
  return file.stages.flatMap((stage, index) => {
    const before = file.stages[index - 1]
    if (before === undefined) return []
    const visitors = [basisPoints(before.visitors), basisPoints(stage.visitors)] as const
    const urls = [basisPoints(before.urls ?? 0), basisPoints(stage.urls ?? 0)] as const
    const complaints: Complaint[] = []
    if (visitors[1] < visitors[0]) {
      const message = `stages must ascend: visitors falls from ${percent(visitors[0])} to ${percent(visitors[1])}`
      complaints.push({ path: ['stages', index, 'visitors'], message })
    }
    if (urls[1] < urls[0]) {
      const message = `stages must ascend: urls falls from ${percent(urls[0])} to ${percent(urls[1])}`
      complaints.push({ path: ['stages', index, 'urls'], message })
    }
    if (visitors[1] === visitors[0] && urls[1] === urls[0] && isSameRoutes(before.routes, stage.routes)) {
      const message = `stages must ascend: "${stage.id}" exposes no more than "${before.id}" before it`
      complaints.push({ path: ['stages', index, 'visitors'], message })
    }
    return complaints
  })
}

function isSameRoutes(a: readonly string[] = [], b: readonly string[] = []): boolean {
  return a.length === b.length && a.every((route) => b.includes(route))
}

function checkGates(file: ReleaseFile): Complaint[] {
  const known = Object.keys(file.gates ?? {})
  const uses = file.stages.flatMap(({ entry, exit }, index) => [
    { path: ['stages', index, 'entry'], gate: entry },
    { path: ['stages', index, 'exit'], gate: exit },
  ])
  const named = Object.entries(file.gates ?? {}).flatMap(([id, gate]) => checkCriteria(gate, ['gates', id]))
  const used = uses.flatMap(({ path, gate }): Complaint[] => {
    if (gate === undefined) return []
    if (typeof gate !== 'string') return checkCriteria(gate, path)
    if (known.includes(gate)) return []
    return [{ path, message: `no gate "${gate}" under gates.${suggest(gate, known)}` }]
  })
  return [...named, ...used]
}

export function checkCriteria({ criteria }: GateFile, path: readonly (string | number)[]): Complaint[] {
  const ids = criteria.map(criterionId)
  return [
    ...repeated(ids, (index) => [...path, 'criteria', index], 'criterion', '; give each an id of its own'),
    ...criteria.flatMap((criterion, index) =>
      checkLimits(criterion).map((message) => ({ path: [...path, 'criteria', index], message })),
    ),
  ]
}

function checkLimits(criterion: CriterionFile): string[] {
  if (criterion.signal === 'completion') return checkPaths(criterion)
  if (criterion.signal === 'revenue' || criterion.signal === 'count') return checkMargin(criterion)
  if (criterion.signal !== 'metric') return []
  const { min, max } = criterion
  if (min === undefined && max === undefined) return [`"${criterion.id}" has no limit: write max, min or both`]
  if (min !== undefined && max !== undefined && min > max)
    return [`"${criterion.id}" can never pass: min ${min} > max ${max}`]
  return []
}

/** No evidence shows that nothing at all is lost, and a loss of most is no guard. */
function checkMargin({ signal, margin }: Extract<CriterionFile, { signal: 'revenue' | 'count' }>): string[] {
  const share = parseFraction(margin) ?? 0
  return share > 0 && share <= 0.5
    ? []
    : [`a ${signal} criterion takes a margin above 0% and at most 50%, found ${margin}`]
}

function checkPaths({ paths = {}, only }: Extract<CriterionFile, { signal: 'completion' }>): string[] {
  const blind = only === undefined ? [] : Object.keys(paths).filter((path) => !only.includes(path))
  return blind.map((path) => `a margin for the path ${path}, which "only" leaves out: add it there, or drop the margin`)
}

function repeated(
  ids: readonly string[],
  path: (index: number) => readonly (string | number)[],
  what: string,
  next = '; ids are unique',
): Complaint[] {
  const seen = new Set<string>()
  return ids.flatMap((id, index) => {
    const isRepeat = seen.has(id)
    seen.add(id)
    return isRepeat ? [{ path: path(index), message: `${what} "${id}" stands here twice${next}` }] : []
  })
}

function milliseconds(duration: string): number {
  return parseDuration(duration) ?? 0
}

function basisPoints(share: string | number): number {
  return parseShare(share) ?? 0
}

function percent(basisPointCount: number): string {
  return `${basisPointCount / 100}%`
}
