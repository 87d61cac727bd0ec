import { xxh32 } from '@headgate/core/exposure'

/**
 * Remembers what was counted lately. Browsers send requests in parallel that all carry the cookies of before, so without
 * it a visitor could be counted several times. The memory is one gateway's and bounded: the cookies remain the record.
 */
export interface Once {
  /** True the first time for this key and mark. */
  isFirst(key: string, mark: number): boolean
}

/** Two generations of at most `capacity` entries; the older one is dropped when the younger is full. */
export function createOnce(capacity = 65_536): Once {
  let young = new Set<number>()
  let old = new Set<number>()
  return {
    isFirst(key, mark) {
      const entry = fingerprint(key, mark)
      if (young.has(entry) || old.has(entry)) return false
      if (young.size >= capacity) {
        old = young
        young = new Set()
      }
      young.add(entry)
      return true
    },
  }
}

/** 53 bits of the key and mark; two of 131,072 entries meet once in a million fillings. */
function fingerprint(key: string, mark: number): number {
  return (xxh32(key, mark) >>> 11) * 0x1_0000_0000 + xxh32(key, ~mark)
}
