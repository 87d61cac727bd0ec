import type { ReleaseView } from '@headgate/protocol/api'
import { span } from './figures.ts'
import { printable } from './line.ts'
import { exposureText } from './release-screen.ts'

/** What to append to a log when a view follows another: a line per thing that a reader would act on. Pure. */
export function releaseChanges(before: ReleaseView | undefined, after: ReleaseView): readonly string[] {
  return [
    ...phaseChange(before, after),
    ...exposureChange(before, after),
    ...verdictChange(before, after),
    ...holdChange(before, after),
    ...stopChange(before, after),
  ].map(printable)
}

function phaseChange(before: ReleaseView | undefined, after: ReleaseView): readonly string[] {
  if (before?.phase === after.phase && before.stage === after.stage) return []
  const stage = after.stage === undefined ? '' : ` ${after.stages[after.stage]?.id ?? ''}`
  return [`${after.id} ${after.phase}${stage}: ${after.reason}`]
}

function exposureChange(before: ReleaseView | undefined, after: ReleaseView): readonly string[] {
  const now = exposureText(after)
  const isSame = before !== undefined && exposureText(before) === now && sameConfirmation(before, after)
  if (isSame) return []
  return [`${after.id} exposes ${now}, confirmed by ${after.confirmed.gateways}/${after.confirmed.of} gateways`]
}

function sameConfirmation(before: ReleaseView, after: ReleaseView): boolean {
  return before.confirmed.gateways === after.confirmed.gateways && before.confirmed.of === after.confirmed.of
}

/** Per criterion, when its kind changes: evidence moves with every tick and would fill the log. */
function verdictChange(before: ReleaseView | undefined, after: ReleaseView): readonly string[] {
  const known = new Map(before?.verdict?.criteria.map((criterion) => [criterion.criterion, criterion.kind]))
  const isNewStage = before?.verdict?.stage !== after.verdict?.stage
  return (
    (after.verdict?.criteria ?? [])
      .filter((criterion) => isNewStage || known.get(criterion.criterion) !== criterion.kind)
      // What the phase's own line says already is not said twice.
      .filter((criterion) => !after.reason.includes(criterion.reason) || before?.reason === after.reason)
      .map((criterion) => {
        const where = criterion.where === undefined ? '' : ` (${criterion.where})`
        return `${after.id} ${criterion.criterion}${where} ${criterion.kind}: ${criterion.reason}`
      })
  )
}

function holdChange(before: ReleaseView | undefined, after: ReleaseView): readonly string[] {
  const { hold } = after
  if (hold === undefined) return before?.hold === undefined ? [] : [`${after.id} hold ended`]
  if (before?.hold?.cause === hold.cause && before.hold.escalations === hold.escalations) return []
  const escalated = hold.escalations === 0 ? '' : `, escalated ${hold.escalations}x`
  const within = span(Math.max(0, hold.deadline - after.since))
  const because = after.reason.includes(hold.reason) ? '' : `: ${hold.reason}`
  return [`${after.id} held (${hold.cause}), ${hold.owner} must act within ${within}${escalated}${because}`]
}

function stopChange(before: ReleaseView | undefined, after: ReleaseView): readonly string[] {
  const { stop } = after
  if (stop === undefined) return []
  const isRequested = before?.stop === undefined
  const isConfirmed = before?.stop?.inEffectAt === undefined
  const because = before?.reason !== after.reason && after.reason.includes(stop.reason) ? '' : `: ${stop.reason}`
  return [
    ...(isRequested ? [`${after.id} stop (${stop.mode}) by ${stop.by.id}${because}`] : []),
    ...(isConfirmed && stop.inEffectAt !== undefined
      ? [`${after.id} stop in effect ${span(stop.inEffectAt - stop.requestedAt)} after the request`]
      : []),
  ]
}
