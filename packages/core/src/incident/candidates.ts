import type { Criterion } from '../gate/criterion.ts'
import { entryOf } from '../model/entry.ts'
import { HeadgateError } from '../model/errors.ts'
import type { OperatingModel } from '../model/operating-model.ts'
import type { ReleasePlan } from '../model/release-plan.ts'
import { isTouched } from './inherit.ts'

/** The limits that are tried, from narrow to wide: few on purpose, for a criterion that is tuned to one incident fits no other. */
export const lossMargins = [0.05, 0.1, 0.2, 0.3, 0.5] as const
export const errorMargins = [0.005, 0.01, 0.02, 0.05, 0.1] as const
export const tolerances = [0.1, 0.2, 0.3, 0.5, 1] as const

/** Small, because a lesson shall stop, not delay: its pass tests ask for the units that their level takes anyway. */
const minUnits = 40

/** What a criterion watches, without its margin, which no stop test knows. */
export type Watch =
  | { readonly signal: 'completion'; readonly flow: string; readonly path?: string }
  | { readonly signal: 'revenue'; readonly flow: string; readonly currency?: string }
  | { readonly signal: 'count'; readonly flow: string; readonly event: string }
  | { readonly signal: 'errors'; readonly route: string }
  | { readonly signal: 'latency'; readonly route: string; readonly tolerance: number }

/**
 * Everything that could have stopped a release: per flow of it completions on all paths and on each path, order value and items, per route class
 * errors, and latency at each tolerance. Never the split, which only holds, nor metrics, whose limits nobody could tell. Simple ones first.
 */
export function watchesOf(model: OperatingModel, plan: ReleasePlan): readonly Watch[] {
  const flows = plan.flows.filter((flow) => entryOf(model.flows, flow) !== undefined)
  const routes = Object.keys(model.routes)
  const watches: readonly Watch[] = [
    ...flows.map((flow) => ({ signal: 'completion', flow }) as const),
    ...flows.flatMap((flow) => pathsOf(model, flow).map((path) => ({ signal: 'completion', flow, path }) as const)),
    ...routes.map((route) => ({ signal: 'errors', route }) as const),
    ...flows.flatMap((flow) =>
      currenciesOf(model).map((currency) => ({ signal: 'revenue', flow, ...currency }) as const),
    ),
    ...flows.flatMap((flow) => itemsOf(model, flow).map((event) => ({ signal: 'count', flow, event }) as const)),
    ...tolerances
      .toReversed()
      .flatMap((tolerance) => routes.map((route) => ({ signal: 'latency', route, tolerance }) as const)),
  ]
  return watches.filter((watch) => !isKnown(plan, watch) && isAnywhere(plan, criterionOf(watch, 0.1, 'try')))
}

/** A flow of one path has nothing to watch apart. */
function pathsOf(model: OperatingModel, flow: string): readonly string[] {
  const paths = Object.keys(entryOf(model.flows, flow)?.paths ?? {})
  return paths.length > 1 ? paths : []
}

/** A shop of one currency need not name it. */
function currenciesOf({ shop }: OperatingModel): readonly { readonly currency?: string }[] {
  return shop.currencies.length > 1 ? shop.currencies.map((currency) => ({ currency })) : [{}]
}

function itemsOf(model: OperatingModel, flow: string): readonly string[] {
  return Object.keys(entryOf(model.flows, flow)?.items ?? {})
}

function isAnywhere(plan: ReleasePlan, criterion: Criterion): boolean {
  return plan.stages.some((stage) => isTouched(plan, stage, criterion))
}

/** Whether every exit gate of the plan has just this already, and acts on it. */
function isKnown(plan: ReleasePlan, watch: Watch): boolean {
  return plan.stages.every(({ exit }) => exit.criteria.some((each) => each.shadow !== true && isSame(each, watch)))
}

function isSame(criterion: Criterion, watch: Watch): boolean {
  switch (watch.signal) {
    case 'completion': {
      if (criterion.signal !== 'completion' || criterion.flow !== watch.flow) return false
      const only = criterion.onlyPaths
      return watch.path === undefined ? only === undefined : only?.length === 1 && only[0] === watch.path
    }
    case 'revenue':
      return criterion.signal === 'revenue' && criterion.flow === watch.flow && criterion.currency === watch.currency
    case 'count':
      return criterion.signal === 'count' && criterion.flow === watch.flow && criterion.event === watch.event
    case 'errors':
      return criterion.signal === 'errors' && criterion.routes.length === 1 && criterion.routes[0] === watch.route
    case 'latency':
      return (
        criterion.signal === 'latency' &&
        criterion.routes.length === 1 &&
        criterion.routes[0] === watch.route &&
        criterion.tolerance === watch.tolerance
      )
  }
}

/** The criterion for a watch; `margin` is the largest loss or increase that may pass, and says nothing for latency. */
export function criterionOf(watch: Watch, margin: number, id: string): Criterion {
  switch (watch.signal) {
    case 'completion': {
      const only = watch.path === undefined ? {} : { onlyPaths: [watch.path] }
      return { id, signal: 'completion', flow: watch.flow, ...only, margin, pathMargins: {}, minUnits }
    }
    case 'revenue': {
      const currency = watch.currency === undefined ? {} : { currency: watch.currency }
      return { id, signal: 'revenue', flow: watch.flow, ...currency, margin, minUnits }
    }
    case 'count':
      return { id, signal: 'count', flow: watch.flow, event: watch.event, margin, minUnits }
    case 'errors':
      return { id, signal: 'errors', routes: [watch.route], margin, minUnits }
    case 'latency':
      return { id, signal: 'latency', routes: [watch.route], tolerance: watch.tolerance, minUnits }
  }
}

/** `completion:purchase/coupon@30%`, `count:purchase/refund@2%`, `latency:product@50%`: says all of a criterion, so people can accept it by name. */
export function keyOf(watch: Watch, margin: number): string {
  switch (watch.signal) {
    case 'completion':
      return `completion:${watch.flow}${watch.path === undefined ? '' : `/${watch.path}`}@${percentText(margin)}`
    case 'revenue':
      return `revenue:${watch.flow}${watch.currency === undefined ? '' : `/${watch.currency}`}@${percentText(margin)}`
    case 'count':
      return `count:${watch.flow}/${watch.event}@${percentText(margin)}`
    case 'errors':
      return `errors:${watch.route}@${percentText(margin)}`
    case 'latency':
      return `latency:${watch.route}@${percentText(watch.tolerance)}`
  }
}

/** What people read: `completions on path coupon of flow purchase`. */
export function describeWatch(watch: Watch): string {
  switch (watch.signal) {
    case 'completion':
      return watch.path === undefined
        ? `completions on all paths of flow ${watch.flow}`
        : `completions on path ${watch.path} of flow ${watch.flow}`
    case 'revenue':
      return `the value of orders of flow ${watch.flow}${watch.currency === undefined ? '' : ` in ${watch.currency}`}`
    case 'count':
      return `journeys of flow ${watch.flow} with the item ${watch.event}`
    case 'errors':
      return `visitors with an error on route class ${watch.route}`
    case 'latency':
      return `first bytes of route class ${watch.route}, slower than ${percentText(watch.tolerance)} over the control's`
  }
}

/** Key and words of a criterion that a lesson has; one that was not made from a watch keeps its id. */
export function describeCriterion(criterion: Criterion): { readonly key: string; readonly watches: string } {
  const watch = watchOf(criterion)
  if (watch === undefined) return { key: criterion.id, watches: criterion.signal }
  const margin = 'margin' in criterion ? criterion.margin : 0
  return { key: keyOf(watch, margin), watches: describeWatch(watch) }
}

function watchOf(criterion: Criterion): Watch | undefined {
  switch (criterion.signal) {
    case 'completion': {
      const [path] = criterion.onlyPaths ?? []
      return { signal: 'completion', flow: criterion.flow, ...(path === undefined ? {} : { path }) }
    }
    case 'revenue': {
      const { flow, currency } = criterion
      return { signal: 'revenue', flow, ...(currency === undefined ? {} : { currency }) }
    }
    case 'count':
      return { signal: 'count', flow: criterion.flow, event: criterion.event }
    case 'errors':
      return { signal: 'errors', route: criterion.routes[0] ?? '' }
    case 'latency':
      return { signal: 'latency', route: criterion.routes[0] ?? '', tolerance: criterion.tolerance }
    case 'split':
    case 'metric':
      return undefined
  }
}

function percentText(share: number): string {
  return `${Number((share * 100).toPrecision(6))}%`
}

const keyPattern = /^(completion|revenue|count|errors|latency):([\w-]+)(?:\/([\w-]+))?@(\d{1,4}(?:\.\d{1,4})?)%$/
const examples = 'completion:purchase/coupon@30%, errors:cart@2% or latency:product@50%'

/**
 * The criterion that a key names.
 *
 * @throws HeadgateError `INVALID_INPUT` saying what a key looks like, or what the model does not have
 */
export function criterionOfKey(model: OperatingModel, key: string, id: string): Criterion {
  const [, signal = '', subject = '', part, percent = ''] = keyPattern.exec(key) ?? []
  const limit = Number((Number(percent) / 100).toPrecision(12))
  const watch = limit > 0 ? watchNamed(model, { signal, subject, part, limit }) : undefined
  if (watch === undefined) {
    throw new HeadgateError('INVALID_INPUT', `"${key}" names no criterion; write it as the proposal does: ${examples}`)
  }
  if (signal !== 'latency' && limit >= 1) {
    throw new HeadgateError('INVALID_INPUT', `"${key}" would let everything pass; its limit must be below 100%`)
  }
  return criterionOf(watch, limit, id)
}

interface NamedWatch {
  readonly signal: string
  readonly subject: string
  readonly part: string | undefined
  readonly limit: number
}

/** Undefined where the words do not go together. */
function watchNamed(model: OperatingModel, { signal, subject, part, limit }: NamedWatch): Watch | undefined {
  switch (signal) {
    case 'completion':
    case 'revenue':
    case 'count':
      return flowWatch(model, signal, subject, part)
    case 'errors':
    case 'latency':
      if (part !== undefined) return undefined
      if (entryOf(model.routes, subject) === undefined) throw unknown('route class', subject, Object.keys(model.routes))
      return signal === 'errors' ? { signal, route: subject } : { signal, route: subject, tolerance: limit }
    default:
      return undefined
  }
}

function flowWatch(
  model: OperatingModel,
  signal: 'completion' | 'revenue' | 'count',
  id: string,
  part: string | undefined,
): Watch | undefined {
  const flow = entryOf(model.flows, id)
  if (flow === undefined) throw unknown('flow', id, Object.keys(model.flows))
  if (part === undefined) return signal === 'count' ? undefined : { signal, flow: id }
  switch (signal) {
    case 'completion':
      if (entryOf(flow.paths, part) === undefined) throw unknown(`path of flow ${id}`, part, Object.keys(flow.paths))
      return { signal, flow: id, path: part }
    case 'revenue':
      if (!model.shop.currencies.includes(part)) throw unknown('currency', part, model.shop.currencies)
      return { signal, flow: id, currency: part }
    case 'count':
      if (!itemsOf(model, id).includes(part)) throw unknown(`item of flow ${id}`, part, itemsOf(model, id))
      return { signal, flow: id, event: part }
  }
}

function unknown(kind: string, id: string, known: readonly string[]): HeadgateError {
  return new HeadgateError('INVALID_INPUT', `There is no ${kind} "${id}"; known: ${known.join(', ')}`)
}
