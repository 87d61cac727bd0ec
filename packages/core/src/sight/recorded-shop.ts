import { journeySlotMs, type EvidenceCell } from '../gate/evidence.ts'
import type { Flow } from '../model/operating-model.ts'
import { bucketUpperMicros, latencyBucketOf, valueReferenceUnits } from '../stats/index.ts'
import type { KnownFlow, KnownItem } from './traffic.ts'

/** What the control's orders of one flow are worth, and how often its journeys get items. */
export interface ShopCounts {
  readonly add: (cell: EvidenceCell, at: number) => void
  readonly mature: (at: number) => void
  readonly read: () => Pick<KnownFlow, 'values' | 'items'>
}

interface ItemCount {
  readonly withinMs: number
  readonly slotMs: number
  /** Journeys whose time for the item is over: started, with it. */
  readonly matured: [number, number]
  /** The same for younger ones, by the start of their slot. */
  readonly open: Map<number, [number, number]>
  /** Age when the item came: buckets of stats/latency-buckets, in milliseconds. */
  readonly ages: Map<number, number>
}

/** Fewer slots than the item's time has seconds, so that each frame looks at few. */
const slotsPerItem = 30
const leastUnits = 30

export function shopCounts(flow: Pick<Flow, 'items'>): ShopCounts {
  const values = new Map<string, Map<number, number>>()
  const items = new Map(Object.entries(flow.items ?? {}).map(([id, { withinMs }]) => [id, openItem(withinMs)]))
  return {
    add(cell, at) {
      if (!('arm' in cell) || cell.arm !== 'control') return
      if (cell.kind === 'order' && cell.currency !== '') {
        const own = values.get(cell.currency) ?? new Map<number, number>()
        values.set(cell.currency, own.set(cell.bucket, (own.get(cell.bucket) ?? 0) + cell.count))
      }
      if (cell.kind === 'journey' && cell.outcome === 'started') {
        for (const item of items.values()) addUnit(item, cell, 0)
      }
      if (cell.kind !== 'item') return
      const item = items.get(cell.item)
      if (item === undefined) return
      addUnit(item, cell, 1)
      const bucket = latencyBucketOf(Math.max(1, at - cell.startedAt))
      item.ages.set(bucket, (item.ages.get(bucket) ?? 0) + cell.count)
    },
    mature(at) {
      for (const item of items.values()) matureItem(item, at)
    },
    read: () => ({ ...readValues(values), ...readItems(items) }),
  }
}

function openItem(withinMs: number): ItemCount {
  const slotMs = journeySlotMs * Math.max(1, Math.ceil(withinMs / slotsPerItem / journeySlotMs))
  return { withinMs, slotMs, matured: [0, 0], open: new Map(), ages: new Map() }
}

function addUnit(
  { slotMs, open }: ItemCount,
  { startedAt, count }: { readonly startedAt: number; readonly count: number },
  column: 0 | 1,
): void {
  const start = Math.floor(startedAt / slotMs) * slotMs
  const slot = open.get(start) ?? [0, 0]
  slot[column] += count
  open.set(start, slot)
}

/** Slots of which only items were recorded do not count. */
function matureItem({ withinMs, slotMs, open, matured }: ItemCount, at: number): void {
  for (const [start, [started, having]] of open) {
    if (start + slotMs + withinMs > at) continue
    open.delete(start)
    if (started === 0) continue
    matured[0] += started
    matured[1] += having
  }
}

/** As many orders as the judge takes for a reference; fewer have no shape. */
function readValues(values: ReadonlyMap<string, ReadonlyMap<number, number>>): Pick<KnownFlow, 'values'> {
  const known = [...values].filter(([, buckets]) => sumOf(buckets.values()) >= valueReferenceUnits)
  if (known.length === 0) return {}
  return {
    values: Object.fromEntries(
      known.map(([currency, buckets]) => [currency, Object.fromEntries([...buckets].sort(([a], [b]) => a - b))]),
    ),
  }
}

function readItems(items: ReadonlyMap<string, ItemCount>): Pick<KnownFlow, 'items'> {
  const known = [...items].flatMap(
    ([
      id,
      {
        matured: [started, having],
        ages,
      },
    ]): [string, KnownItem][] => {
      if (started < leastUnits) return []
      const median = ageQuantile(ages, 0.5)
      const p95 = ageQuantile(ages, 0.95)
      const delay = median === undefined || p95 === undefined ? {} : { medianDelayMs: median, p95DelayMs: p95 }
      // Half an item more than there were: a share of 0 would make one item proof of anything.
      return [[id, { share: Math.min(1, (having + 0.5) / (started + 1)), ...delay }]]
    },
  )
  return known.length === 0 ? {} : { items: Object.fromEntries(known) }
}

/** The age by which this share of the items had come; undefined of too few. */
export function ageQuantile(ages: ReadonlyMap<number, number>, share: number): number | undefined {
  const all = sumOf(ages.values())
  if (all < leastUnits) return undefined
  let below = 0
  for (const [bucket, count] of [...ages].sort(([a], [b]) => a - b)) {
    below += count
    if (below >= share * all) return bucketUpperMicros(bucket)
  }
  return undefined
}

function sumOf(values: Iterable<number>): number {
  let sum = 0
  for (const value of values) sum += value
  return sum
}
