import { xxh32 } from '@headgate/core/exposure'
import type { JourneyToken } from '@headgate/protocol/signals'
import { createRecent } from './recent.ts'

/**
 * Remembers what was counted lately. Browsers send requests in parallel that all carry the cookies of before, and repeat
 * those whose answer never came, so without it a visitor could be counted several times. The memory is one gateway's and
 * bounded: the cookies remain the record.
 */
export interface Once {
  /** True the first time for this key and mark. */
  isFirst(key: string, mark: number): boolean
  /** The token with which this journey started: the given one the first time, that one ever after. */
  startOf(started: JourneyToken): JourneyToken
}

/** At least the latest `capacity` counts and starts are remembered. */
export function createOnce(capacity = 65_536): Once {
  const counted = createRecent<number, true>(capacity)
  const starts = createRecent<string, JourneyToken>(capacity)
  return {
    isFirst(key, mark) {
      const entry = fingerprint(key, mark)
      if (counted.get(entry) !== undefined) return false
      counted.set(entry, true)
      return true
    },
    startOf(started) {
      const known = starts.get(started.id)
      if (known !== undefined) return known
      starts.set(started.id, started)
      return started
    },
  }
}

/** 53 bits of the key and mark; two of 131,072 entries meet once in a million fillings. */
function fingerprint(key: string, mark: number): number {
  return (xxh32(key, mark) >>> 11) * 0x1_0000_0000 + xxh32(key, ~mark)
}
