import type { FlowContext } from '../gate/context.ts'
import { watchesPath, type CompletionCriterion } from '../gate/criterion.ts'
import type { Flow } from '../model/operating-model.ts'
import {
  addCompletionTerms,
  harmKinds,
  harmKindShares,
  logCompletionPass,
  logSumExp,
  passUnits,
  type HarmKind,
} from '../stats/index.ts'
import { cohortReveals } from './cohort-reveals.ts'
import { aloneReveals, betLaw, type JourneyQuestion } from './journey-reveals.ts'
import { askedLosses, type PassQuestion, type Place, type Question, type StopTest } from './place.ts'
import type { FlowTraffic, PathTraffic } from './traffic.ts'
import type { Reveals } from './walk.ts'

interface Watched {
  readonly flow: FlowContext
  readonly traffic: FlowTraffic
  readonly criterion: CompletionCriterion
  /** E-processes of each kind of harm among which the criterion's budget is divided. */
  readonly parts: number
  /** Reveals of healthy paths that were asked for before. */
  readonly known: Map<string, readonly Reveals[]>
}

/** The paths that a criterion watches, together and each by itself. */
export function completionPlaces(
  criterion: CompletionCriterion,
  flow: FlowContext,
  known: { readonly model: Flow; readonly traffic: FlowTraffic; readonly parts: number },
): Place[] {
  const { model, traffic, parts } = known
  const watched: Watched = { flow, traffic, criterion, parts, known: new Map() }
  const own = traffic.paths.filter(({ id }) => watchesPath(criterion, id))
  const whole = wholePlace(watched, own)
  return own.length === 1
    ? [whole]
    : [whole, ...own.map((path) => pathPlace(watched, path, model.paths[path.id]?.critical === true))]
}

const common = { kinds: harmKinds, sizes: askedLosses, largest: 1 } as const

function wholePlace(watched: Watched, paths: readonly PathTraffic[]): Place {
  const { margin, minUnits } = watched.criterion
  const passAt = (own: number): PassQuestion => passOf(watched, paths, { margin: own, minUnits })
  const [only, ...others] = paths
  return {
    ...common,
    id: only !== undefined && others.length === 0 ? only.id : '',
    perMs: paths.reduce((sum, { perMinute }) => sum + perMinute / 60_000, 0),
    stops: stopsOf(watched, new Set(paths.map(({ id }) => id))),
    pass: passAt(margin),
    passAt,
    isGuarded: true,
    ordersPerMs: paths.reduce((sum, path) => sum + ordersPerMs(path), 0),
    margin,
  }
}

function pathPlace(watched: Watched, path: PathTraffic, isCritical: boolean): Place {
  const margin = watched.criterion.pathMargins[path.id]
  const passAt = (own: number): PassQuestion => passOf(watched, [path], { margin: own, minUnits: 1 })
  return {
    ...common,
    ...(margin === undefined ? {} : { pass: passAt(margin), margin }),
    passAt,
    id: path.id,
    perMs: path.perMinute / 60_000,
    stops: stopsOf(watched, new Set([path.id])),
    isGuarded: margin !== undefined || isCritical,
    ordersPerMs: ordersPerMs(path),
  }
}

function ordersPerMs({ perMinute, completion }: PathTraffic): number {
  return (perMinute / 60_000) * completion
}

/**
 * One e-process per kind of harm, both of which see whatever is wrong. Harm on one path leaves the alternatives of the others
 * where they are or wears them down, so they are left out; what all lose shows in every path's.
 */
function stopsOf(watched: Watched, harmed: ReadonlySet<string>): StopTest[] {
  const { flow, criterion, parts } = watched
  const [only, ...others] = harmed
  const kept = flow.alternatives.flatMap(({ path }, index) => {
    const name = path === undefined ? undefined : (flow.paths[path] ?? '')
    if (criterion.onlyPaths !== undefined && (name === undefined || !watchesPath(criterion, name))) return []
    return others.length > 0 || name === undefined || name === only ? [index] : []
  })
  return harmKinds.map((kind) => ({
    logWeights: weightsOf(watched, kind, kept),
    part: harmKindShares[kind] / parts,
    reveals: (question) => stopReveals(watched, question, { kind, harmed, kept }),
  }))
}

/** ln of the weights that these alternatives have in the flow's mixture, or in the part of it on the criterion's own paths. */
function weightsOf({ flow, criterion }: Watched, kind: HarmKind, kept: readonly number[]): readonly number[] {
  const all = flow.stop[kind].logWeights
  const own = flow.alternatives.map(({ path }, index) => {
    const isOwn = path !== undefined && watchesPath(criterion, flow.paths[path] ?? '')
    return criterion.onlyPaths === undefined || isOwn ? (all[index] ?? -Infinity) : -Infinity
  })
  const total = logSumExp(own)
  return kept.map((index) => (own[index] ?? -Infinity) - total)
}

function stopReveals(
  watched: Watched,
  question: Question,
  asked: { readonly kind: HarmKind; readonly harmed: ReadonlySet<string>; readonly kept: readonly number[] },
): Reveals[] {
  const { flow, traffic } = watched
  const alternatives = asked.kept.flatMap((index) => flow.alternatives[index] ?? [])
  return traffic.paths.flatMap((path, index) => {
    const isHarmed = asked.harmed.has(path.id) && question.harm !== undefined
    return termReveals(watched, { index, path, question, isHarmed, kind: asked.kind }).map((each) => ({
      ...each,
      steps: alternatives.map((own) =>
        own.path === undefined || own.path === index ? (each.steps[own.term] ?? 0) : 0,
      ),
    }))
  })
}

interface PathQuestion {
  readonly index: number
  readonly path: PathTraffic
  readonly question: Question
  readonly isHarmed: boolean
  readonly kind: HarmKind
}

/** Reveals of one path, with a step per size of loss; those of healthy paths are asked for again and again. */
function termReveals(watched: Watched, asked: PathQuestion): readonly Reveals[] {
  const { flow, traffic, known } = watched
  const { index, path, question, isHarmed, kind } = asked
  const key = `${index} ${kind} ${question.share} ${question.learntMs}`
  const before = isHarmed ? undefined : known.get(key)
  if (before !== undefined) return before
  const journeys: JourneyQuestion = { flow, delay: traffic.delay, path, question, isHarmed }
  const law = betLaw(journeys, flow.priors[index] ?? [])
  const alone = aloneReveals(journeys, (units) => {
    const terms: number[] = []
    addCompletionTerms(terms, kind, units, law)
    return terms
  })
  const reveals = kind === 'loud' ? alone : cohortReveals({ ...journeys, law }, alone)
  if (!isHarmed) known.set(key, reveals)
  return reveals
}

function passOf(
  watched: Watched,
  paths: readonly PathTraffic[],
  { margin, minUnits }: { readonly margin: number; readonly minUnits: number },
): PassQuestion {
  const { flow, traffic } = watched
  const perMinute = paths.reduce((sum, path) => sum + path.perMinute, 0)
  return {
    alternatives: 1,
    reveals: (question) =>
      paths.flatMap((path) => {
        const journeys: JourneyQuestion = { flow, delay: traffic.delay, path, question, isHarmed: false }
        return aloneReveals(journeys, (units) => [logCompletionPass(passUnits(units), margin, path.completion)])
      }),
    minUnits,
    unitsPerMs: perMinute / 60_000,
  }
}
