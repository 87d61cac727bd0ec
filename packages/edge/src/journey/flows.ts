import {
  isInForce,
  UrlMatcher,
  xxh32,
  type CompiledExposure,
  type CompiledSnapshot,
  type SnapshotFlow,
} from '@headgate/core/exposure'
import type { Instant } from '@headgate/core/model'
import type { JourneyToken } from '@headgate/protocol/signals'

/** A flow prepared for recognising journeys. Steps are numbered as the flow lists them; -1 is no step. */
export interface CompiledFlow {
  readonly flow: SnapshotFlow
  /** Exposures that count journeys of the flow, in snapshot order. */
  readonly exposures: readonly CompiledExposure[]
  readonly steps: UrlMatcher
  readonly paths: UrlMatcher
  readonly pinnedFrom: number
  readonly startsAt: number
  readonly completesAt: number
  /** Some step is reported by the shop, so a response can move a journey that its request did not touch. */
  readonly hasEventSteps: boolean
}

/** Prepares the flows that some exposure counts. Do it once per accepted snapshot. */
export function compileFlows(compiled: CompiledSnapshot): readonly CompiledFlow[] {
  return compiled.snapshot.flows.flatMap((flow) => {
    const exposures = compiled.exposures.filter((exposure) => exposure.flows.includes(flow.id))
    return exposures.length === 0 ? [] : [compileFlow(flow, exposures)]
  })
}

function compileFlow(flow: SnapshotFlow, exposures: readonly CompiledExposure[]): CompiledFlow {
  const indexOf = (step: string): number => flow.steps.findIndex(({ id }) => id === step)
  const startsAt = indexOf(flow.startsAt)
  const pinnedFrom = indexOf(flow.pinnedFrom)
  return {
    flow,
    exposures,
    steps: new UrlMatcher(flow.steps.map(({ match }) => match)),
    paths: new UrlMatcher(flow.paths.map(({ match }) => match)),
    // A unit needs a frozen arm, so a flow that pins later than it starts pins at its start.
    pinnedFrom: pinnedFrom < 0 ? startsAt : Math.min(pinnedFrom, startsAt),
    startsAt,
    completesAt: indexOf(flow.completesAt),
    hasEventSteps: flow.steps.some(({ event }) => event !== undefined),
  }
}

/**
 * The release that a journey of this flow counts for now: the first in force; with none in force, the withdrawn one that the
 * visitor's token belongs to, so that what was started is still resolved. Expired leases count nothing.
 */
export function countingExposure(
  flow: CompiledFlow,
  tokens: readonly JourneyToken[],
  now: Instant,
): CompiledExposure | undefined {
  return (
    flow.exposures.find((exposure) => isInForce(exposure, now)) ??
    flow.exposures.find((exposure) => now < exposure.leaseEndsAt && tokenOf(flow, exposure, tokens) !== undefined)
  )
}

/** The visitor's token of this flow in this release; tokens of other releases and flows are ignored. */
export function tokenOf(
  flow: CompiledFlow,
  exposure: CompiledExposure,
  tokens: readonly JourneyToken[],
): JourneyToken | undefined {
  return tokens.find((token) => token.flow === flow.flow.id && token.release === exposure.release)
}

/** Number of the step that a request is at. HEAD and OPTIONS ask about a step, they do not take it. */
export function stepAt(flow: CompiledFlow, method: string, path: string, query: string): number {
  return method === 'HEAD' || method === 'OPTIONS' ? -1 : flow.steps.match(method, path, query)
}

/** Number of the step that the shop reports under this name; steps that the gateway recognises are never reported. */
export function stepReported(flow: CompiledFlow, event: string | undefined): number {
  if (event === undefined) return -1
  return flow.flow.steps.findIndex((step) => step.event !== undefined && (step.event === event || step.id === event))
}

/** Whether this status at this step is an explicit failure; 5 stands for every 5xx. */
export function failsAt(flow: CompiledFlow, step: number, status: number): boolean {
  const failsOn = flow.flow.steps[step]?.failsOn ?? []
  return failsOn.some((code) => code === status || (code < 10 && code === Math.floor(status / 100)))
}

/** The path of a journey: the first with a matching rule, else the flow's default. */
export function pathAt(flow: CompiledFlow, method: string, path: string, query: string): string {
  return flow.flow.paths[flow.paths.match(method, path, query)]?.id ?? flow.flow.defaultPath
}

/** The path that the shop names, when the flow has it. */
export function pathNamed(flow: CompiledFlow, name: string | undefined): string | undefined {
  if (name === undefined) return undefined
  return name === flow.flow.defaultPath || flow.flow.paths.some(({ id }) => id === name) ? name : undefined
}

/**
 * Id of a visitor's journey in a release: the same whichever gateway or request draws it, so that parallel requests and
 * lost cookies cannot make two journeys of one. 96 bits of xxh32 over the visitor id.
 */
export function journeyIdOf(flow: CompiledFlow, exposure: CompiledExposure, visitorId: string): string {
  const seed = xxh32(`${exposure.release}/${flow.flow.id}`, exposure.salt)
  return [0, 1, 2]
    .map((part) =>
      xxh32(visitorId, seed + part)
        .toString(36)
        .padStart(7, '0'),
    )
    .join('')
}
