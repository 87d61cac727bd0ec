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

/** The hash of the entry that follows `previousHash`: over predecessor, place and text (SPEC A1). */
export function chainEntry(
  previousHash: string,
  entry: { readonly seq: number; readonly text: string },
  sha256: Sha256,
): ChainEntry {
  return { ...entry, hash: sha256(`${previousHash}\n${entry.seq}\n${entry.text}`) }
}

/**
 * Recompute a whole chain. `expectedHead` is the head recorded elsewhere (state row, published approval): without it a
 * chain that lost its last entries looks whole (SPEC A3).
 */
export function verifyChain(
  entries: Iterable<ChainEntry>,
  sha256: Sha256,
  expectedHead?: { readonly hash: string; readonly seq: number },
): ChainCheck {
  let head = genesisHash
  let seq = 0
  for (const entry of entries) {
    seq += 1
    if (entry.seq !== seq)
      return { ok: false, seq, reason: `entry ${seq} is missing; ${entry.seq} stands in its place` }
    head = chainEntry(head, { seq, text: entry.text }, sha256).hash
    if (head !== entry.hash) return { ok: false, seq, reason: `entry ${seq} does not match its hash` }
  }
  if (expectedHead !== undefined && (expectedHead.hash !== head || expectedHead.seq !== seq)) {
    return { ok: false, seq: expectedHead.seq, reason: `the chain ends at ${seq}, recorded was ${expectedHead.seq}` }
  }
  return { ok: true, head, entries: seq }
}
