/** SHA-256 of a text's UTF-8 bytes, lower-case hex; the runtime provides it. */
export type Sha256 = (text: string) => string

/** One link of a chain: `text` is stored and hashed as it is, so that no re-serialisation can change its meaning. */
export interface ChainEntry {
  /** 1, 2, 3, ... within the chain. */
  readonly seq: number
  readonly text: string
  readonly hash: string
}

/** Head of a chain without entries. */
export const genesisHash = '0'.repeat(64)

export type ChainCheck =
  | { readonly ok: true; readonly head: string; readonly entries: number }
  | { readonly ok: false; readonly seq: number; readonly reason: string }

/** The hash of the entry that follows `previousHash`: over predecessor, place and text (SPEC C1). */
export function chainEntry(
  previousHash: string,
  entry: { readonly seq: number; readonly text: string },
  sha256: Sha256,
): ChainEntry {
  return { ...entry, hash: sha256(`${previousHash}\n${entry.seq}\n${entry.text}`) }
}

/** How far a chain has been followed. */
export interface ChainPlace {
  readonly head: string
  readonly seq: number
}

export const chainStart: ChainPlace = { head: genesisHash, seq: 0 }

/** The place after `entry`, or why it does not follow. For chains too long to hold; see {@link verifyChain}. */
export function followChain(
  place: ChainPlace,
  entry: ChainEntry,
  sha256: Sha256,
): { readonly ok: true; readonly place: ChainPlace } | Extract<ChainCheck, { ok: false }> {
  const seq = place.seq + 1
  if (entry.seq !== seq) {
    return { ok: false, seq, reason: `entry ${seq} is missing; ${entry.seq} stands in its place` }
  }
  const { hash } = chainEntry(place.head, { seq, text: entry.text }, sha256)
  if (hash !== entry.hash) return { ok: false, seq, reason: `entry ${seq} does not match its hash` }
  return { ok: true, place: { head: hash, seq } }
}

/** Whether a chain ends where it was recorded to end (SPEC C3). */
export function endChain(place: ChainPlace, recorded: ChainPlace): ChainCheck {
  if (recorded.head === place.head && recorded.seq === place.seq) {
    return { ok: true, head: place.head, entries: place.seq }
  }
  return { ok: false, seq: recorded.seq, reason: `the chain ends at ${place.seq}, recorded was ${recorded.seq}` }
}

/**
 * Recompute a whole chain. `recorded` is its end as recorded elsewhere (state row, published approval): without it a chain
 * that lost its last entries looks whole (SPEC C3).
 */
export function verifyChain(entries: Iterable<ChainEntry>, sha256: Sha256, recorded?: ChainPlace): ChainCheck {
  let place = chainStart
  for (const entry of entries) {
    const next = followChain(place, entry, sha256)
    if (!next.ok) return next
    place = next.place
  }
  return endChain(place, recorded ?? place)
}
