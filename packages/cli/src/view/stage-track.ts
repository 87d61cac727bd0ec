import type { ReleaseView } from '@headgate/protocol/api'
import { percentOfBasisPoints } from './figures.ts'
import type { Glyphs } from './glyphs.ts'
import { pad, piece, textWidth, type Line, type Segment, type Style } from './line.ts'

/** The plan as a track: a mark per stage, its name and its share below. Narrow terminals get one line of text. */
export function stageTrack(view: ReleaseView, width: number, signs: Glyphs): readonly Line[] {
  const columns = view.stages.map((stage) => Math.max(textWidth(stage.id), shareOf(stage).length, 4) + 2)
  const total = columns.reduce((sum, column) => sum + column, 0)
  if (total > width) return [shortTrack(view)]
  const spread = Math.min(6, Math.floor((width - total) / Math.max(1, columns.length)))
  const widths = columns.map((column) => column + spread)
  return [
    view.stages.flatMap((_stage, index) => markOf(view, index, widths, signs)),
    view.stages.map((stage, index) => piece(pad(stage.id, widths[index] ?? 0), styleOf(view, index))),
    view.stages.map((stage, index) => piece(pad(shareOf(stage), widths[index] ?? 0), 'dim')),
  ]
}

function shortTrack(view: ReleaseView): Line {
  const stage = view.stage === undefined ? undefined : view.stages[view.stage]
  if (stage === undefined) return [piece(`${view.stages.length} stages, not started`)]
  return [piece(`stage ${(view.stage ?? 0) + 1} of ${view.stages.length}: ${stage.id}, ${shareOf(stage)}`)]
}

function shareOf(stage: ReleaseView['stages'][number]): string {
  return percentOfBasisPoints(stage.visitorBasisPoints)
}

function markOf(view: ReleaseView, index: number, widths: readonly number[], signs: Glyphs): readonly Segment[] {
  const isPassed = index < (view.stage ?? -1) || view.phase === 'live'
  const mark = isPassed ? signs.done : index === view.stage ? currentMark(view, signs) : signs.ahead
  const isLast = index === view.stages.length - 1
  const rail = isLast ? ' ' : isPassed ? signs.trackDone : signs.trackAhead
  return [piece(mark, styleOf(view, index)), piece(rail.repeat((widths[index] ?? 1) - 1), isPassed ? 'good' : 'dim')]
}

function currentMark(view: ReleaseView, signs: Glyphs): string {
  return isStopped(view) ? signs.stopped : signs.current
}

function styleOf(view: ReleaseView, index: number): Style {
  if (view.phase === 'live' || index < (view.stage ?? -1)) return 'good'
  if (index !== view.stage) return 'dim'
  if (isStopped(view)) return 'bad'
  return view.phase === 'held' ? 'warning' : 'accent'
}

function isStopped(view: ReleaseView): boolean {
  return view.phase === 'stopping' || view.phase === 'stopped'
}
