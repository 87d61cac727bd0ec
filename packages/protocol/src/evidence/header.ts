import type { RecordedFlow, RecordedPath, Recording } from '@headgate/core/gate'
import type { FlowItem } from '@headgate/core/model'
import { z } from 'zod'
import { durationMs, finite, id, outcomesFrom, share } from './fields.ts'

export const evidenceFormat = 'headgate-evidence'
export const evidenceVersion = 1

/** The first line of a file: what a gate must know to be judged on the lines that follow. */
export interface EvidenceHeader {
  readonly recording: Recording
  /** Version of Headgate that wrote the file. */
  readonly writtenBy?: string
  /** Hash of the version of the operating model that was in force. */
  readonly model?: string
}

const dayMs = 86_400_000

const stage = z.strictObject({
  id,
  visitorBasisPoints: share,
  minMs: durationMs.default(0),
  maxMs: durationMs.default(dayMs),
})
const rate = finite.min(0).max(1).exactOptional()
const path = z.strictObject({ completion: rate, share: rate } satisfies Record<keyof RecordedPath, z.ZodType>)
const item = z.strictObject({ withinMs: durationMs.min(1), from: id.exactOptional() } satisfies Record<
  keyof FlowItem,
  z.ZodType
>)
const flow = z.strictObject({
  horizonMs: durationMs.min(1),
  outcomesFrom: outcomesFrom.default('outcomes'),
  paths: z.record(id, path),
  averageOrder: z.strictObject({ amount: finite.min(0), currency: id }).exactOptional(),
  items: z.record(id, item).exactOptional(),
} satisfies Record<keyof RecordedFlow, z.ZodType>)

const line = z.strictObject({
  kind: z.literal('header'),
  format: z.literal(evidenceFormat),
  version: z.literal(evidenceVersion),
  headgate: z.string().max(100).exactOptional(),
  model: z.string().max(200).exactOptional(),
  release: id,
  tickMs: durationMs.min(1),
  currencies: z.array(id).max(1_000).exactOptional(),
  stages: z.array(stage).min(1).max(1_000),
  flows: z.record(id, flow).default({}),
  watched: z.array(id).exactOptional(),
  routes: z.array(id).max(10_000).default([]),
})

export const headerLine: z.ZodType<EvidenceHeader> = line.transform(
  ({ headgate, model, release, tickMs, currencies, stages, flows, watched, routes }): EvidenceHeader => ({
    recording: {
      release,
      tickMs,
      ...(currencies === undefined ? {} : { currencies }),
      stages: stages.map(({ minMs, maxMs, ...own }) => ({ ...own, window: { minMs, maxMs } })),
      flows,
      watched: watched ?? Object.keys(flows),
      routes,
    },
    ...(headgate === undefined ? {} : { writtenBy: headgate }),
    ...(model === undefined ? {} : { model }),
  }),
)

export function writeHeader({ recording, writtenBy, model }: EvidenceHeader): string {
  const { release, tickMs, currencies, stages, flows, watched, routes } = recording
  const written: z.input<typeof line> = {
    kind: 'header',
    format: evidenceFormat,
    version: evidenceVersion,
    ...(writtenBy === undefined ? {} : { headgate: writtenBy }),
    ...(model === undefined ? {} : { model }),
    release,
    tickMs,
    ...(currencies === undefined ? {} : { currencies: [...currencies] }),
    stages: stages.map(({ id: stageId, visitorBasisPoints, window }) => ({
      id: stageId,
      visitorBasisPoints,
      ...window,
    })),
    flows: { ...flows },
    watched: [...watched],
    routes: [...routes],
  }
  return JSON.stringify(written)
}
