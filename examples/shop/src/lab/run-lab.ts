import { rm, writeFile, readFile } from 'node:fs/promises'
import path from 'node:path'
import type { Client } from '@headgate/client'
import { chooseAddresses, type Addresses } from './addresses.ts'
import { ChildFailure } from './child.ts'
import type { LabIo } from './lab-io.ts'
import type { People } from './people.ts'
import { reportLines } from './report.ts'
import { runScenario, type ScenarioEnd } from './run-scenario.ts'
import type { Scenario } from './scenario.ts'
import { scenarios } from './scenarios/index.ts'
import { startWorld } from './start-world.ts'
import type { World } from './world.ts'

export interface LabOptions {
  readonly scenario: string
  /** End when the scenario has; otherwise serve on until interrupted. */
  readonly exit: boolean
  readonly seed: number
  /** Keep the folder with logs, data and model. */
  readonly keep: boolean
  /** Where that folder is; a new one in the system's temporary folder where absent. */
  readonly folder?: string
  /** Longest time for the scenario; its own limit where absent. */
  readonly limitMs?: number
  readonly gateways: number
}

/** How a lab ended: as described, not as described, not able to, or interrupted. */
export type LabEnd = 'met' | 'not-met' | 'failed' | 'interrupted'

/** Arrivals a minute that two cores carry beside everything else. */
const usualVisitorsPerMinute = 1_000

export const scenarioNames: readonly string[] = scenarios.map((scenario) => scenario.name)

export function scenarioSummaries(): readonly { readonly name: string; readonly summary: string }[] {
  return scenarios.map(({ name, summary }) => ({ name, summary }))
}

/** Start the demonstration shop with everything of Headgate as real processes, and play one scenario on it. */
export async function runLab(options: LabOptions, io: LabIo): Promise<LabEnd> {
  const scenario = scenarios.find((known) => known.name === options.scenario)
  if (scenario === undefined) throw new RangeError(`There is no scenario "${options.scenario}".`)
  const addresses = await chooseAddresses(options.gateways, options.folder)
  let isClean = false
  try {
    const end = await liveThrough(scenario, { options, addresses, io })
    isClean = end === 'met' || end === 'interrupted'
    return end
  } catch (error) {
    if (io.signal.aborted) {
      isClean = true
      return 'interrupted'
    }
    await tellFailure(error, addresses, io)
    return 'failed'
  } finally {
    // What went wrong is in the logs: they stay.
    if (isClean && !options.keep) await rm(addresses.folder, { recursive: true, force: true })
    else tell(io, `logs, data and model are in ${addresses.folder}`)
  }
}

interface Life {
  readonly options: LabOptions
  readonly addresses: Addresses
  readonly io: LabIo
}

async function liveThrough(scenario: Scenario, { options, addresses, io }: Life): Promise<LabEnd> {
  tell(io, `scenario ${scenario.name}: ${scenario.summary}`)
  const world = await startWorld({
    addresses,
    program: io.program,
    seed: options.seed,
    visitorsPerMinute: scenario.visitorsPerMinute ?? usualVisitorsPerMinute,
    ...(scenario.release === undefined ? {} : { release: scenario.release }),
    signal: io.signal,
    onStep: (text) => tell(io, `starting ${text}`),
  })
  try {
    await writeContext(world)
    tellPlaces(world, io)
    const end = await runScenario(scenario, { world, io, limitMs: options.limitMs ?? scenario.limitMs })
    tellReport(end, io)
    if (!options.exit) await serveOn(world, end, io)
    return end.report.isMet ? 'met' : 'not-met'
  } finally {
    tell(io, 'ending all processes')
    await world.close()
  }
}

function contextFile({ folder }: Addresses): string {
  return path.join(folder, 'lab.env')
}

/** For people who want to act on the running lab with the command line: `. lab.env` makes them one who may stop and raise. */
async function writeContext({ addresses, admin, people }: World): Promise<void> {
  const principal = await chooseActor(admin, people)
  const scopes: ('act' | 'read')[] = ['act', 'read']
  const { token } = await admin.tokens.create({ name: 'lab.env', principal, scopes })
  const sockets = addresses.gateways.map((gateway) => gateway.socket).join(',')
  const lines = {
    HEADGATE_URL: addresses.apiUrl,
    HEADGATE_TOKEN: token,
    HEADGATE_CONTROL_SOCKET: sockets,
  }
  const text = Object.entries(lines).map(([name, value]) => `export ${name}='${value}'\n`)
  await writeFile(contextFile(addresses), text.join(''), { mode: 0o600 })
}

async function chooseActor(admin: Client, people: People): Promise<string> {
  const [release] = await admin.releases.list()
  const domain = release?.raise.at(-1)?.domain ?? ''
  const mayStop = await people.who('stop', domain)
  const mayRaise = await people.who('raise', domain)
  const [first] = [...mayStop.filter((address) => mayRaise.includes(address)), ...mayStop]
  if (first === undefined) throw new Error(`nobody may stop ${domain}`)
  return first
}

function tellPlaces({ addresses }: World, io: LabIo): void {
  const [shop] = addresses.gateways
  tell(io, `shop ${shop?.url ?? ''}   API ${addresses.apiUrl}   logs ${addresses.logFolder}`)
  tell(io, `to act on it from another terminal: . ${contextFile(addresses)} && npm run headgate -- release list`)
}

function tellReport({ record, report }: ScenarioEnd, io: LabIo): void {
  if (io.json) {
    io.out(JSON.stringify(report))
    return
  }
  io.out('')
  for (const line of reportLines(report, io.views)) io.out(line)
  const [incident] = record.outcome.incidents
  if (incident === undefined) return
  io.out('')
  for (const line of io.views.incident(incident)) io.out(line)
}

/** The shop stays open and the control plane keeps its state, until somebody interrupts or a process fails. */
async function serveOn(world: World, { record }: ScenarioEnd, io: LabIo): Promise<void> {
  const release = record.outcome.view.id
  const [incident] = record.outcome.incidents
  io.out('')
  io.out(`The shop stays open: ${world.addresses.gateways[0]?.url ?? ''}`)
  io.out(`The API answers at   ${world.addresses.apiUrl}/api/v1/openapi.json`)
  io.out('Try, in another terminal:')
  io.out(`  . ${contextFile(world.addresses)}`)
  for (const command of [
    `release watch ${release}`,
    `release events ${release}`,
    ...(incident === undefined ? [] : [`incident show ${incident.id}`]),
    `verify ${release}`,
    `release stop ${release} --mode evict`,
  ]) {
    io.out(`  npm run headgate -- ${command}`)
  }
  io.out('Interrupt (Ctrl-C) ends everything.')
  await Promise.race([interrupted(io.signal), world.failure])
}

async function interrupted(signal: AbortSignal): Promise<void> {
  if (signal.aborted) return
  await new Promise<void>((resolve) => signal.addEventListener('abort', () => resolve(), { once: true }))
}

async function tellFailure(failure: unknown, addresses: Addresses, io: LabIo): Promise<void> {
  io.err(failure instanceof Error ? failure.message : String(failure))
  if (!(failure instanceof ChildFailure)) {
    if (failure instanceof Error && failure.stack !== undefined) io.err(failure.stack)
    return
  }
  const text = await readFile(failure.logFile, 'utf8').catch(() => '')
  const last = text.trimEnd().split('\n').slice(-15)
  io.err(`the end of ${path.relative(addresses.folder, failure.logFile)}:`)
  for (const line of last) io.err(`  ${line}`)
}

/** Progress is for people: with `--json` standard output holds the report alone. */
function tell(io: LabIo, text: string): void {
  if (io.json) io.err(text)
  else io.out(text)
}
