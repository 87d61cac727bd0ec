import type { Entry } from './entry.ts'
import type { Contestant, Method } from './methods/method.ts'
import { SessionStream, type StreamSettings } from './simulator/stream.ts'
import { TallyKeeper } from './simulator/tallies.ts'

/** How one entry fared on one day. */
export interface Finish {
  /** Tick at whose end it stopped; absent when it never did. */
  readonly stoppedAt?: number
  /** Orders lost, and candidate sessions, up to then or over the day. */
  readonly lost: number
  readonly exposed: number
}

export interface RaceResult {
  readonly finishes: Readonly<Record<string, Finish>>
  /** Ticks of passes by method and margin. */
  readonly passes: Readonly<Record<string, readonly (readonly [margin: number, tick: number])[]>>
  /** Largest strength per rule and method; complete only for a whole day. */
  readonly peaks: Readonly<Record<string, readonly number[]>>
}

/** When a race is over: all entries have stopped, all methods have passed, or the day has. */
export type RaceEnd = 'stopped' | 'passed' | 'day'

interface Runner {
  readonly method: Method
  readonly contestant: Contestant
  readonly peaks: Float64Array
  readonly open: Set<Entry>
}

/** Runs all entries on the same stream: each method is computed once for all of its entries, and no longer than one of them is open. */
export function race(settings: StreamSettings, entries: readonly Entry[], end: RaceEnd): RaceResult {
  const stream = new SessionStream(settings)
  const tallies = new TallyKeeper()
  const runners = openRunners(stream, entries)
  const finishes: Record<string, Finish> = {}
  const sums = { lost: 0, exposed: 0 }
  for (let view = stream.next(); view !== undefined; view = stream.next()) {
    tallies.add(view)
    sums.lost += view.lost
    sums.exposed += view.exposed
    const running = runners.filter((runner) => isRunning(runner, end))
    if (running.length === 0) break
    for (const runner of running) {
      runner.contestant.see(view, tallies)
      notePeaks(runner)
      for (const { id } of stoppedEntries(runner)) finishes[id] = { stoppedAt: view.tick, ...sums }
    }
  }
  for (const { open } of runners) for (const { id } of open) finishes[id] = { ...sums }
  return { finishes, passes: passesOf(runners), peaks: peaksOf(runners) }
}

function isRunning({ open, contestant }: Runner, end: RaceEnd): boolean {
  switch (end) {
    case 'day':
      return true
    case 'stopped':
      return open.size > 0
    case 'passed':
      return (contestant.passes?.size ?? 0) === 0
  }
}

function openRunners(stream: SessionStream, entries: readonly Entry[]): Runner[] {
  const methods = new Set(entries.map(({ method }) => method))
  return [...methods].map((method) => {
    const contestant = method.open({ stream: stream.settings, environment: stream.environment })
    const peaks = new Float64Array(contestant.strengths.length).fill(-Infinity)
    return { method, contestant, peaks, open: new Set(entries.filter((entry) => entry.method === method)) }
  })
}

function notePeaks({ contestant, peaks }: Runner): void {
  contestant.strengths.forEach((strength, rule) => {
    if (strength > (peaks[rule] ?? 0)) peaks[rule] = strength
  })
}

function stoppedEntries({ contestant, open }: Runner): Entry[] {
  if (open.size === 0) return []
  const stopped = [...open].filter(({ thresholds }) =>
    thresholds.some((threshold, rule) => (contestant.strengths[rule] ?? 0) >= threshold),
  )
  for (const entry of stopped) open.delete(entry)
  return stopped
}

function passesOf(runners: readonly Runner[]): RaceResult['passes'] {
  return Object.fromEntries(
    runners.map(({ method, contestant }) => [method.id, [...(contestant.passes ?? [])]] as const),
  )
}

function peaksOf(runners: readonly Runner[]): RaceResult['peaks'] {
  return Object.fromEntries(runners.map(({ method, peaks }) => [method.id, [...peaks]]))
}
