import { fc, test } from '@fast-check/vitest'
import { deltaBatch, type DeltaBatch, type DeltaCell } from '@headgate/protocol/signals'
import { describe, expect } from 'vitest'
import type { CountedCell } from '../journey/index.ts'
import type { LinkAnswer } from '../link/index.ts'
import { answered, never, recordingLog, scriptedLink, unreachable } from '../link/testing/scripted-link.ts'
import { createEvidenceCounts, createExclusions, createTraffic, DeltaSender, type DeltaSenderOptions } from './index.ts'

const source = '00000000-0000-4000-8000-000000000000'
const visit: CountedCell = { kind: 'visit', release: 'r1', arm: 'control', share: 500 }

/** A control plane that counts each batch once, and whose answers get lost as the script says. */
class Receiver {
  readonly batches: DeltaBatch[] = []
  readonly arrivals: DeltaBatch[] = []

  take(body: unknown): LinkAnswer {
    const batch = deltaBatch.parse(body)
    this.arrivals.push(batch)
    const isDuplicate = this.batches.some(({ seq }) => seq === batch.seq)
    if (!isDuplicate) this.batches.push(batch)
    return answered(200, { accepted: !isDuplicate, duplicate: isDuplicate, seq: batch.seq })
  }

  get units(): number {
    return unitsOf(this.batches.flatMap(({ cells }) => cells))
  }
}

function unitsOf(cells: readonly DeltaCell[]): number {
  return cells.reduce((sum, { count }) => sum + count, 0)
}

type Fate = 'arrives' | 'answer-lost' | 'lost' | 'overloaded' | 'not-a-receipt'

function fateOf(fate: Fate, receiver: Receiver, body: unknown): LinkAnswer {
  if (fate === 'lost') return unreachable
  if (fate === 'overloaded') return answered(429)
  if (fate === 'not-a-receipt') return answered(200, '<html>')
  const receipt = receiver.take(body)
  return fate === 'answer-lost' ? unreachable : receipt
}

interface Sending extends Omit<
  DeltaSenderOptions,
  'link' | 'log' | 'gateway' | 'source' | 'snapshotVersion' | 'exclusions'
> {
  readonly link: DeltaSenderOptions['link']
  readonly exclusions?: DeltaSenderOptions['exclusions']
}

function senderOf(sending: Sending): { sender: DeltaSender; log: ReturnType<typeof recordingLog> } {
  const log = recordingLog()
  const options = {
    log,
    gateway: 'gw-1',
    source,
    snapshotVersion: () => 4,
    now: () => 1_000,
    random: () => 0,
    exclusions: createExclusions(),
    ...sending,
  }
  return { sender: new DeltaSender(options), log }
}

describe('batches', () => {
  test.prop([
    fc.array(
      fc.record({
        counts: fc.nat({ max: 5 }),
        fate: fc.constantFrom<Fate>('arrives', 'answer-lost', 'lost', 'overloaded', 'not-a-receipt'),
      }),
      { maxLength: 40 },
    ),
  ])('E21: however the link behaves, every unit counts once, and batches are numbered without gaps', async (turns) => {
    const receiver = new Receiver()
    const evidence = createEvidenceCounts()
    const over = new AbortController()
    const left = [...turns]
    let counted = 0
    const link = scriptedLink((ask) => {
      const turn = left.shift()
      if (turn === undefined) over.abort()
      for (let index = 0; index < (turn?.counts ?? 0); index += 1) evidence.count([visit])
      counted += turn?.counts ?? 0
      return fateOf(turn?.fate ?? 'arrives', receiver, ask.body)
    })
    const { sender } = senderOf({ evidence, traffic: createTraffic(), link, sleep: async () => undefined })
    await sender.run(over.signal)
    expect(await sender.flush(new AbortController().signal)).toBe(true)
    expect(receiver.units).toBe(counted)
    expect(receiver.batches.map(({ seq }) => seq)).toEqual(receiver.batches.map((_, index) => index + 1))
    for (const arrival of receiver.arrivals)
      expect(arrival).toEqual(receiver.batches.find(({ seq }) => seq === arrival.seq))
    expect(sender.state()).toMatchObject({ lost: 0, sentBatches: receiver.batches.length })
  })

  test('goes out every interval, also when there is nothing to say', async () => {
    const over = new AbortController()
    const receiver = new Receiver()
    const pauses: number[] = []
    const sleep = async (ms: number): Promise<void> => {
      pauses.push(ms)
      if (pauses.length === 3) over.abort()
    }
    const link = scriptedLink((ask) => receiver.take(ask.body))
    const { sender } = senderOf({
      evidence: createEvidenceCounts(),
      traffic: createTraffic(),
      link,
      sleep,
      intervalMs: 1_000,
    })
    await sender.run(over.signal)
    expect(pauses).toEqual([1_000, 1_000, 1_000])
    expect(receiver.batches).toMatchObject([
      { gateway: 'gw-1', source, seq: 1, at: 1_000, snapshotVersion: 4, cells: [], traffic: [] },
      { seq: 2 },
      { seq: 3 },
    ])
    expect(sender.state().lastAcceptedAt).toBe(1_000)
  })

  test('that the control plane will never take are counted as lost, and the next goes its way', async () => {
    const receiver = new Receiver()
    const evidence = createEvidenceCounts()
    evidence.count([visit, visit])
    const answers: LinkAnswer[] = [answered(422)]
    const link = scriptedLink((ask) => answers.shift() ?? receiver.take(ask.body))
    const { sender, log } = senderOf({ evidence, traffic: createTraffic(), link })
    await sender.flush(new AbortController().signal)
    evidence.count([visit])
    await sender.flush(new AbortController().signal)
    expect(receiver.batches).toMatchObject([{ seq: 2 }])
    expect(sender.state().lost).toBe(2)
    expect(log.lines).toMatchObject([{ level: 'error', fields: { seq: 1, units: 2 } }])
  })

  test('after an outage what piled up goes out without waiting for the next interval', async () => {
    const receiver = new Receiver()
    const evidence = createEvidenceCounts()
    for (let slot = 0; slot < 45_000; slot += 1)
      evidence.count([
        { ...visit, kind: 'journey', flow: 'purchase', path: 'critical', startedAt: slot * 1_000, outcome: 'started' },
      ])
    const over = new AbortController()
    const link = scriptedLink((ask) => receiver.take(ask.body))
    const { sender } = senderOf({ evidence, traffic: createTraffic(), link, sleep: async () => over.abort() })
    await sender.run(over.signal)
    expect(receiver.batches.map(({ cells }) => cells.length)).toEqual([20_000, 20_000])
    expect(await sender.flush(new AbortController().signal)).toBe(true)
    expect(receiver.units).toBe(45_000)
  })

  test('a flush that runs out of time says that something is left', async () => {
    const evidence = createEvidenceCounts()
    evidence.count([visit])
    const patience = new AbortController()
    const link = scriptedLink((_, signal) => {
      queueMicrotask(() => patience.abort())
      return never(signal)
    })
    const { sender } = senderOf({ evidence, traffic: createTraffic(), link })
    expect(await sender.flush(patience.signal)).toBe(false)
  })
})

describe('evidence counts', () => {
  test('equal cells add up, different ones stay apart', () => {
    const counts = createEvidenceCounts()
    const page: CountedCell = {
      kind: 'page',
      release: 'r1',
      route: 'product',
      arm: 'control',
      share: 5,
      outcome: 'ok',
      bucket: 3,
    }
    counts.count([visit, visit, page, { ...page, bucket: 4 }, { ...page, arm: 'candidate' }, page])
    expect(counts.drain(10).map(({ count }) => count)).toEqual([2, 2, 1, 1])
    expect(counts.size()).toBe(0)
  })

  test('the oldest cells give way when there is no more room, and are counted as lost', () => {
    const counts = createEvidenceCounts(2)
    counts.count([visit, visit, { ...visit, share: 1 }, { ...visit, share: 2 }])
    expect(counts.drain(10)).toMatchObject([{ share: 1 }, { share: 2 }])
    expect(counts.lost()).toBe(2)
  })
})

describe('traffic', () => {
  test('adds up per route class and arm, hands out what is new, and keeps totals', () => {
    const traffic = createTraffic()
    const request = { routeId: 'product', arm: 'candidate', isError: false, isMasked: false, micros: 1_500.4 } as const
    traffic.count(request)
    traffic.count({ ...request, isError: true, isMasked: true, micros: -1 })
    traffic.count({ ...request, arm: 'control' })
    const cell = { route: 'product', arm: 'candidate', requests: 2, errors: 1, masked: 1, latencyMicros: 1_500 }
    expect(traffic.drain()).toEqual([expect.objectContaining({ arm: 'control', requests: 1 }), cell])
    expect(traffic.drain()).toEqual([])
    traffic.count(request)
    expect(traffic.drain()).toMatchObject([{ requests: 1, errors: 0, masked: 0 }])
    const [, candidate] = traffic.totals()
    expect(candidate).toMatchObject({ requests: 3, errors: 1, masked: 1 })
    expect(candidate?.latencyBuckets.reduce((sum, count) => sum + count, 0)).toBe(3)
  })
})
