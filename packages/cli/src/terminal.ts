import type { WriteStream } from 'node:tty'
import type { Terminal } from './io.ts'

type Environment = Readonly<Record<string, string | undefined>>

/** The terminal behind standard output, or what stands in for one when output goes elsewhere. */
export function processTerminal(stream: WriteStream, env: Environment): Terminal {
  const screen = createScreen(stream)
  return {
    isLive: stream.isTTY && env['TERM'] !== 'dumb',
    width: () => Math.max(40, stream.columns ?? 100),
    // The last line stays free: writing into it would scroll.
    height: () => (stream.isTTY ? Math.max(8, (stream.rows ?? 24) - 1) : undefined),
    hasColour: hasColour(stream.isTTY, env),
    hasUnicode: hasUnicode(env),
    draw: screen.draw,
    keep: screen.keep,
  }
}

/** https://no-color.org: any value but the empty one turns colour off; FORCE_COLOR turns it on for pipes. */
export function hasColour(isTerminal: boolean, env: Environment): boolean {
  if ((env['NO_COLOR'] ?? '') !== '') return false
  const forced = env['FORCE_COLOR']
  if (forced !== undefined) return forced !== '0' && forced !== 'false'
  return isTerminal && env['TERM'] !== 'dumb'
}

/** POSIX order: LC_ALL over LC_CTYPE over LANG. */
export function hasUnicode(env: Environment): boolean {
  const locale = [env['LC_ALL'], env['LC_CTYPE'], env['LANG']].find((value) => value !== undefined && value !== '')
  if (locale === undefined) return env['WT_SESSION'] !== undefined || env['TERM_PROGRAM'] !== undefined
  return /utf-?8/i.test(locale)
}

const hideCursor = '\u001b[?25l'
const showCursor = '\u001b[?25h'
const clearBelow = '\u001b[0J'
const clearRight = '\u001b[K'

/** Redraws in place without flicker: each line overwrites the old one, the rest below is cleared. */
function createScreen(stream: WriteStream): Pick<Terminal, 'draw' | 'keep'> {
  let drawn = 0
  const restore = (): void => void stream.write(showCursor)
  return {
    draw(lines) {
      // More lines than the terminal has would scroll and could never be overwritten.
      const shown = lines.slice(0, Math.max(1, (stream.rows ?? 24) - 1))
      const up = drawn === 0 ? hideCursor : `\u001b[${drawn}A\r`
      if (drawn === 0) process.once('exit', restore)
      stream.write(up + shown.map((line) => `${line}${clearRight}\n`).join('') + clearBelow)
      drawn = shown.length
    },
    keep() {
      if (drawn > 0) stream.write(showCursor)
      process.off('exit', restore)
      drawn = 0
    },
  }
}
