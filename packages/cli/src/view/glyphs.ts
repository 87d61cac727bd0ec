/** The signs that views draw with; ASCII where the terminal shows no more. */
export interface Glyphs {
  readonly done: string
  readonly current: string
  readonly stopped: string
  readonly ahead: string
  readonly trackDone: string
  readonly trackAhead: string
  readonly barFull: string
  readonly barEmpty: string
  readonly ellipsis: string
  readonly arrow: string
  readonly bullet: string
}

const unicode: Glyphs = {
  done: '●',
  current: '◉',
  stopped: '✕',
  ahead: '○',
  trackDone: '━',
  trackAhead: '─',
  barFull: '█',
  barEmpty: '░',
  ellipsis: '…',
  arrow: '→',
  bullet: '·',
}

const ascii: Glyphs = {
  done: '*',
  current: '@',
  stopped: 'x',
  ahead: 'o',
  trackDone: '=',
  trackAhead: '-',
  barFull: '#',
  barEmpty: '.',
  ellipsis: '...',
  arrow: '->',
  bullet: '-',
}

export function glyphs(hasUnicode: boolean): Glyphs {
  return hasUnicode ? unicode : ascii
}
