import { approveRaises, startRelease } from './approvers.ts'
import { createDisplay } from './display.ts'
import type { LabIo } from './lab-io.ts'
import { createPlay } from './play.ts'
import { probe } from './prober.ts'
import { createRecorder, follow, NotReached, type Recorder } from './recorder.ts'
import type { LabRecord, Outcome } from './record.ts'
import { reportOf, type Report } from './report.ts'
import type { Scenario } from './scenario.ts'
import type { World } from './world.ts'

export interface ScenarioRun {
  readonly world: World
  readonly io: LabIo
  readonly limitMs: number
}

export interface ScenarioEnd {
  readonly record: LabRecord
  readonly report: Report
}

/** Play one scenario to its end on a running world: start the release as people do, tell the story, compare. */
export async function runScenario(scenario: Scenario, { world, io, limitMs }: ScenarioRun): Promise<ScenarioEnd> {
  const recorder = createRecorder()
  const { now } = io
  const startedAt = now()
  const ended = new AbortController()
  const limit = AbortSignal.timeout(limitMs)
  const watching = { recorder, now, signal: AbortSignal.any([ended.signal, io.signal]) }
  const [release] = await world.admin.releases.list()
  if (release === undefined) throw new Error("the shop's model has no release")
  const display = createDisplay({ scenario: scenario.name, world, recorder, startedAt }, io)
  const approving = { people: world.people, recorder, now }
  const stopApproving = approveRaises(approving)
  const background = Promise.all([follow(world.admin, release.id, watching), probe(world.addresses.gateways, watching)])
  try {
    const play = createPlay({ world, recorder, io, signal: AbortSignal.any([limit, io.signal]) })
    await recorder.until('the release to be ready', (view) => view.phase === 'ready', limit)
    await startRelease(release, approving)
    const missing = await Promise.race([tell(scenario, play), world.failure, background.then(neverEnds)])
    const record = await finish(world, release.id, { recorder, startedAt, now })
    io.signal.throwIfAborted()
    const differences = [...missing, ...scenario.differences(record)]
    return { record, report: reportOf(scenario.name, record, differences) }
  } finally {
    ended.abort()
    stopApproving()
    display.end()
    await background.catch(() => undefined)
  }
}

/** A story that could not go on is a difference like any other: what came of it is still reported. */
async function tell(scenario: Scenario, play: Parameters<Scenario['play']>[0]): Promise<readonly string[]> {
  try {
    await scenario.play(play)
    return []
  } catch (error) {
    if (error instanceof NotReached) return [error.message]
    throw error
  }
}

function neverEnds(): never {
  throw new Error('the watch on the release ended')
}

async function finish(
  world: World,
  release: string,
  { recorder, startedAt, now }: { readonly recorder: Recorder; readonly startedAt: number; readonly now: () => number },
): Promise<LabRecord> {
  const outcome = await askOutcome(world, release)
  return { startedAt, endedAt: now(), entries: [...recorder.entries], outcome }
}

async function askOutcome(world: World, release: string): Promise<Outcome> {
  const { admin } = world
  const [view, events, verdicts, incidents, verification, traffic] = await Promise.all([
    admin.releases.get(release),
    admin.releases.events(release),
    admin.releases.verdicts(release),
    admin.incidents.list({ release }),
    admin.releases.verification(release),
    world.shoppers(),
  ])
  return { view, events, verdicts, incidents, verification, traffic }
}
