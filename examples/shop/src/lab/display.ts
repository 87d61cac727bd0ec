import type { ReleaseEventView, ReleaseView } from '@headgate/protocol/api'
import type { LabIo } from './lab-io.ts'
import type { Entry } from './record.ts'
import type { Recorder } from './recorder.ts'
import type { Traffic, World } from './world.ts'

/** Shows a run while it goes: a screen that is redrawn, or lines with times when output is no terminal. */
export interface Display {
  end(): void
}

/** Headings above the live screen: what runs, and where. */
export interface DisplayOptions {
  readonly scenario: string
  readonly world: World
  readonly recorder: Recorder
  readonly startedAt: number
}

export function createDisplay(options: DisplayOptions, io: LabIo): Display {
  if (io.json) return { end: () => undefined }
  return io.isLive ? liveDisplay(options, io) : lineDisplay(options, io)
}

function lineDisplay({ recorder, startedAt }: DisplayOptions, io: LabIo): Display {
  let before: ReleaseView | undefined
  const say = (at: number, text: string): void => io.out(`${clock(at - startedAt)}  ${text}`)
  let isLost = false
  const unsubscribe = recorder.subscribe((entry) => {
    // Every attempt to reconnect is an entry; once is news.
    const isOldNews = entry.kind === 'link-lost' && isLost
    if (entry.kind === 'view' || entry.kind === 'link-lost') isLost = entry.kind === 'link-lost'
    if (isOldNews) return
    if (entry.kind === 'view') {
      for (const line of io.views.changes(before, entry.view)) say(entry.at, line)
      before = entry.view
      return
    }
    const text = describeEntry(entry)
    if (text !== undefined) say(entry.at, text)
  })
  return { end: unsubscribe }
}

const redrawMs = 500
const trafficEveryMs = 2_000

function liveDisplay({ scenario, world, recorder, startedAt }: DisplayOptions, io: LabIo): Display {
  let traffic: Traffic | undefined
  let events: readonly ReleaseEventView[] = []
  let lost: string | undefined
  const news: string[] = []
  const draw = (): void => {
    const view = recorder.view()
    if (view === undefined) return
    const shownNews = news.slice(-4)
    io.draw([
      `${clock(io.now() - startedAt)}  scenario ${scenario}   shop ${world.addresses.gateways[0]?.url ?? ''}   API ${world.addresses.apiUrl}`,
      shopLine(traffic),
      ...shownNews,
      '',
      ...io.views.screen(view, { events, lost, reservedLines: 3 + shownNews.length }),
    ])
  }
  const refreshTraffic = async (): Promise<void> => {
    traffic = await world.shoppers().catch(() => traffic)
  }
  const refreshEvents = async (release: string): Promise<void> => {
    const newest = await world.admin.releases.events(release, { after: events.at(-1)?.seq }).catch(() => [])
    events = [...events, ...newest.filter((event) => event.seq > (events.at(-1)?.seq ?? 0))].slice(-20)
    draw()
  }
  let revision = -1
  const unsubscribe = recorder.subscribe((entry) => {
    if (entry.kind === 'view') {
      lost = undefined
      if (entry.view.revision !== revision) void refreshEvents(entry.view.id)
      ;({ revision } = entry.view)
      draw()
      return
    }
    if (entry.kind === 'link-lost') lost = entry.reason
    const text = describeEntry(entry)
    if (text !== undefined) news.push(`${clock(entry.at - startedAt)}  ${text}`)
  })
  const timers = [setInterval(draw, redrawMs), setInterval(() => void refreshTraffic(), trafficEveryMs)]
  return {
    end() {
      for (const timer of timers) clearInterval(timer)
      unsubscribe()
      draw()
      io.keep()
    },
  }
}

function shopLine(traffic: Traffic | undefined): string {
  if (traffic === undefined) return 'shoppers arrive'
  const { journeys, pages, errorPages } = traffic
  return `${traffic.visitors} shoppers, ${journeys.started} checkouts, ${journeys.thanked} orders, ${errorPages} of ${pages} pages failed`
}

/** What the lab itself did; views and pages speak elsewhere. */
function describeEntry(entry: Entry): string | undefined {
  switch (entry.kind) {
    case 'fault':
      return entry.faults.length === 0
        ? 'the lab heals the shop'
        : `the lab breaks the shop: ${entry.faults.join(', ')}`
    case 'act':
      return `${entry.by} ${entry.what}`
    case 'server':
      return entry.what === 'killed' ? 'the lab kills the server (SIGKILL)' : 'the lab starts the server again'
    case 'link-lost':
      return `link to the server lost: ${entry.reason}`
    case 'view':
    case 'page':
    case 'confirmed':
      return undefined
  }
}

/** `1:07` since the start. */
export function clock(ms: number): string {
  const seconds = Math.max(0, Math.floor(ms / 1_000))
  return `${Math.floor(seconds / 60)}:${String(seconds % 60).padStart(2, '0')}`
}
