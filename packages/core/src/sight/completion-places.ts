import type { FlowContext } from '../gate/context.ts'
import { watchesPath, type CompletionCriterion } from '../gate/criterion.ts'
import type { Flow } from '../model/operating-model.ts'
import {
  addCompletionTerms,
  completionFloor,
  harmKinds,
  harmKindShares,
  logCompletionPass,
  logSumExp,
  passUnits,
  type HarmKind,
} from '../stats/index.ts'
import { cohortReveals } from './cohort-reveals.ts'
import { aloneReveals, betLaw, learntUnits, type JourneyQuestion } from './journey-reveals.ts'
import { askedLosses, type PassQuestion, type Place, type Question, type StopTest } from './place.ts'
import type { FlowTraffic, PathTraffic } from './traffic.ts'
import type { Reveals } from './walk.ts'

/** A flow, its traffic, and the part of a criterion's budget that each of its e-processes has. */
export interface WatchedFlow {
  readonly model: Flow
  readonly traffic: FlowTraffic
  readonly parts: number
  /** Reveals of healthy paths that were asked for before; may be shared by criteria of one flow. */
  readonly known: Map<string, readonly Reveals[]>
}

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
  { model, traffic, parts, known }: WatchedFlow,
): Place[] {
  const watched: Watched = { flow, traffic, criterion, parts, known }
  const own = traffic.paths.filter(({ id }) => watchesPath(criterion, id))
  const whole = wholePlace(watched, own)
  return own.length === 1
    ? [whole]
    : [whole, ...own.map((path) => pathPlace(watched, path, model.paths[path.id]?.critical === true))]
}

const common = { kinds: harmKinds, sizes: askedLosses } as const

function wholePlace(watched: Watched, paths: readonly PathTraffic[]): Place {
  const { margin, minUnits } = watched.criterion
  const passAt = (own: number): PassQuestion => passOf(watched, paths, { margin: own, minUnits })
  const [only, ...others] = paths
  return {
    ...common,
    id: only !== undefined && others.length === 0 ? only.id : '',
    perMs: sumOf(paths, ({ perMinute }) => perMinute / 60_000),
    stops: stopsOf(watched, paths),
    pass: passAt(margin),
    passAt,
    isGuarded: true,
    ordersPerMs: sumOf(paths, ordersPerMs),
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
    stops: stopsOf(watched, [path]),
    isGuarded: margin !== undefined || isCritical,
    ordersPerMs: ordersPerMs(path),
  }
}

function ordersPerMs({ perMinute, completion }: PathTraffic): number {
  return (perMinute / 60_000) * completion
}

/**
 * One e-process per kind of harm, both of which see whatever is wrong. Alternatives that only wear down are left out: harm on one
 * path leaves the other paths' where they are, harm on all shows first in what all share and in the busiest path's own.
 */
function stopsOf(watched: Watched, harmed: readonly PathTraffic[]): StopTest[] {
  const { flow, criterion, parts } = watched
  const own = new Set(
    harmed
      .toSorted((a, b) => b.perMinute - a.perMinute)
      .slice(0, busiestPaths)
      .map(({ id }) => id),
  )
  const kept = flow.alternatives.flatMap(({ path }, index) => {
    if (path === undefined) return criterion.onlyPaths === undefined ? [index] : []
    return own.has(flow.paths[path] ?? '') || criterion.onlyPaths !== undefined ? [index] : []
  })
  return harmKinds.map((kind) => ({
    logWeights: weightsOf(watched, kind, kept),
    part: harmKindShares[kind] / parts,
    reveals: (question) => stopReveals(watched, question, { kind, harmed, kept }),
  }))
}

const busiestPaths = 2

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
  asked: { readonly kind: HarmKind; readonly harmed: readonly PathTraffic[]; readonly kept: readonly number[] },
): Reveals[] {
  const { flow, traffic } = watched
  const alternatives = asked.kept.flatMap((index) => flow.alternatives[index] ?? [])
  const harmed = asked.harmed.map((path) => ({ path, isHarmed: question.harm !== undefined }))
  // What is healthy besides wears down what all paths share, whichever paths it comes from.
  const others = traffic.paths.filter((path) => !asked.harmed.includes(path))
  const rest = others.length === 0 ? [] : [{ path: pooled(others), isHarmed: false }]
  return [...harmed, ...rest].flatMap(({ path, isHarmed }) => {
    const index = flow.positions.get(path.id)
    return termReveals(watched, { path, question, isHarmed, kind: asked.kind }).map((each) => ({
      ...each,
      steps: alternatives.map((own) =>
        own.path === undefined || own.path === index ? (each.steps[own.term] ?? 0) : 0,
      ),
    }))
  })
}

/** Several paths as one; its id is none of theirs. */
function pooled(paths: readonly PathTraffic[]): PathTraffic {
  const perMinute = sumOf(paths, (path) => path.perMinute)
  const meanOf = (value: (path: PathTraffic) => number): number =>
    sumOf(paths, (path) => path.perMinute * value(path)) / Math.max(1e-12, perMinute)
  return {
    id: paths.map(({ id }) => id).join(' '),
    perMinute,
    completion: meanOf(({ completion }) => completion),
    failing: meanOf(({ failing }) => failing),
  }
}

function sumOf<Item>(items: readonly Item[], value: (item: Item) => number): number {
  let sum = 0
  for (const item of items) sum += value(item)
  return sum
}

interface PathQuestion {
  readonly path: PathTraffic
  readonly question: Question
  readonly isHarmed: boolean
  readonly kind: HarmKind
}

/** Reveals of one path, with a step per size of loss; those of healthy paths are asked for again and again. */
function termReveals(watched: Watched, asked: PathQuestion): readonly Reveals[] {
  const { flow, traffic, known } = watched
  const { path, question, isHarmed, kind } = asked
  const key = `${path.id} ${kind} ${question.share} ${question.learntMs}`
  const before = isHarmed ? undefined : known.get(key)
  if (before !== undefined) return before
  const journeys: JourneyQuestion = { flow, delay: traffic.delay, path, question, isHarmed }
  const law = betLaw(journeys, flow.priors[flow.positions.get(path.id) ?? 0] ?? [])
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
  const perMinute = sumOf(paths, (path) => path.perMinute)
  return {
    alternatives: 1,
    reveals: (question) =>
      paths.flatMap((path) => {
        const journeys: JourneyQuestion = { flow, delay: traffic.delay, path, question, isHarmed: false }
        const rate = completionFloor(path.completion, Math.max(fewestMeasured, learntUnits(journeys)))
        return aloneReveals(journeys, (units) => [logCompletionPass(passUnits(units), margin, rate)])
      }),
    minUnits,
    unitsPerMs: perMinute / 60_000,
  }
}

/** Before this many the judge bets on completions alone, and abandons come later than those anyway. */
const fewestMeasured = 10
