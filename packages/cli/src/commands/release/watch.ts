import type { Client } from '@headgate/client'
import type { ReleaseEventView, ReleaseView } from '@headgate/protocol/api'
import { exitCodes, type ExitCode } from '../../exit-code.ts'
import type { Command } from '../../host.ts'
import { argument, durationOption, flag } from '../../input.ts'
import type { Io } from '../../io.ts'
import { timeOfDay } from '../../view/figures.ts'
import { releaseChanges } from '../../view/release-changes.ts'
import { releaseScreen } from '../../view/release-screen.ts'

/** `headgate release watch R` */
export const releaseWatch: Command = async (input, { connect, io }) => {
  const client = await connect(input)
  const id = argument(input, 0)
  const timeoutMs = durationOption(input, 'timeout')
  const limits = timeoutMs === undefined ? [] : [AbortSignal.timeout(timeoutMs)]
  const signal = AbortSignal.any([io.signal, ...limits])
  const sink = chooseSink(client, id, io)
  let view: ReleaseView | undefined
  try {
    for await (const event of client.releases.watch(id, { signal })) {
      if (event.kind === 'lost') sink.lost(event.reason)
      else {
        view = event.view
        await sink.view(view)
      }
      if (view !== undefined && flag(input, 'exitOnEnd') && isEnd(view)) return endCode(view)
    }
  } finally {
    sink.end()
  }
  if (io.signal.aborted) return exitCodes.interrupted
  return view !== undefined && isEnd(view) ? endCode(view) : exitCodes.undecided
}

function isEnd(view: ReleaseView): boolean {
  return view.phase === 'live' || view.phase === 'stopped' || view.phase === 'closed'
}

function endCode(view: ReleaseView): ExitCode {
  const wasStopped = view.phase === 'stopped' || view.stop !== undefined
  return wasStopped ? exitCodes.failed : exitCodes.done
}

interface Sink {
  view(view: ReleaseView): Promise<void>
  lost(reason: string): void
  end(): void
}

function chooseSink(client: Client, id: string, io: Io): Sink {
  if (io.json) return jsonSink(io)
  return io.terminal.isLive ? liveSink(client, id, io) : lineSink(io)
}

function jsonSink(io: Io): Sink {
  return {
    view: async (view) => {
      io.out(JSON.stringify(view))
      await Promise.resolve()
    },
    lost: (reason) => io.err(`link lost: ${reason}`),
    end: () => undefined,
  }
}

function lineSink(io: Io): Sink {
  let before: ReleaseView | undefined
  return {
    view: async (view) => {
      for (const line of releaseChanges(before, view)) io.out(`${timeOfDay(io.now())}  ${line}`)
      before = view
      await Promise.resolve()
    },
    lost: (reason) => io.err(`${timeOfDay(io.now())}  link lost: ${reason}`),
    end: () => undefined,
  }
}

const redrawMs = 1_000
const keptEvents = 20

/** Redraws on every view and once a second, because clocks on the screen run on. */
function liveSink(client: Client, id: string, io: Io): Sink {
  let view: ReleaseView | undefined
  let lost: string | undefined
  let events: readonly ReleaseEventView[] = []
  const draw = (): void => {
    if (view !== undefined) io.terminal.draw(releaseScreen(view, { ...look(io), events, lost }))
  }
  const timer = setInterval(draw, redrawMs)
  return {
    async view(next) {
      const isNews = view?.revision !== next.revision
      view = next
      lost = undefined
      draw()
      if (!isNews) return
      const newest = await client.releases.events(id, { after: events.at(-1)?.seq }).catch(() => [])
      events = [...events, ...newest].slice(-keptEvents)
      draw()
    },
    lost(reason) {
      lost = reason
      draw()
    },
    end() {
      clearInterval(timer)
      io.terminal.keep()
    },
  }
}

function look(io: Io) {
  return {
    now: io.now(),
    width: io.terminal.width(),
    height: io.terminal.height(),
    hasColour: io.terminal.hasColour,
    hasUnicode: io.terminal.hasUnicode,
  }
}
