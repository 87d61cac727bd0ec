/** A bounded memory of what was seen lately. */
export interface Recent<Key, Value> {
  get(key: Key): Value | undefined
  set(key: Key, value: Value): void
}

/** Two generations of at most `capacity` entries each; the older one is dropped when the younger is full. */
export function createRecent<Key, Value>(capacity: number): Recent<Key, Value> {
  let young = new Map<Key, Value>()
  let old = new Map<Key, Value>()
  return {
    get: (key) => young.get(key) ?? old.get(key),
    set(key, value) {
      if (young.size >= capacity) {
        old = young
        young = new Map()
      }
      young.set(key, value)
    },
  }
}
