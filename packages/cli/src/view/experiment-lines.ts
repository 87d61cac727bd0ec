import type { ExperimentRow } from '../commands/backtest/experiments.ts'
import { digits } from './figures.ts'
import { table } from './table.ts'

/** Below this many standard errors an effect at the end counts as harm: the 95 % interval lies below none. */
const harmful = -1.96

/** Metrics that stopped or ended with harm, then how many did. */
export function experimentLines(rows: readonly ExperimentRow[]): readonly string[] {
  const shown = rows.filter((row) => row.stop !== undefined || isHarmful(row))
  const lines = shown.map(({ gate, variant, metric, judged, stop, threshold, ends, effect, leftOut, checkpoints }) => [
    gate,
    variant,
    judged === 'exact' ? metric : `${metric} (approximate)`,
    stop === undefined ? '' : `day ${stop.days.toFixed(1)}`,
    stop === undefined ? '' : `${digits(stop.evidence)} of ${digits(threshold)}`,
    ends ?? '',
    effect === undefined ? '' : `${(effect.relative * 100).toFixed(2)} %`,
    effect === undefined ? '' : effect.z.toFixed(1),
    `${leftOut} of ${checkpoints}`,
  ])
  const head = ['gate', 'variant', 'metric', 'stops at', 'evidence', 'ends', 'final effect', 'z', 'left out']
  return [
    ...table(head, lines, new Set(['final effect', 'z'])),
    '',
    ...[...Map.groupBy(rows, ({ gate }) => gate)].flatMap(([gate, own]) => [
      summary(
        gate,
        'exact',
        own.filter(({ judged }) => judged === 'exact'),
      ),
      summary(
        gate,
        'approximate',
        own.filter(({ judged }) => judged === 'approximate'),
      ),
    ]),
  ]
}

function isHarmful({ effect }: ExperimentRow): boolean {
  return effect !== undefined && effect.z < harmful
}

function summary(gate: string, how: string, rows: readonly ExperimentRow[]): string {
  const stopped = rows.filter(({ stop }) => stop !== undefined)
  const missed = rows.filter((row) => row.stop === undefined && isHarmful(row))
  return `${gate}, ${how}: ${rows.length} series, ${stopped.length} would have been stopped, ${stopped.filter(isHarmful).length} of them ended with harm; ${missed.length} ended with harm and were not stopped.`
}
