import { createHash } from 'node:crypto'
import { fc, test } from '@fast-check/vitest'
import { describe, expect, it } from 'vitest'
import { chainEntry, genesisHash, verifyChain, type ChainEntry } from './chain.ts'

const sha256 = (text: string): string => createHash('sha256').update(text, 'utf8').digest('hex')

function chainOf(texts: readonly string[]): readonly ChainEntry[] {
  let head = genesisHash
  return texts.map((text, index) => {
    const entry = chainEntry(head, { seq: index + 1, text }, sha256)
    head = entry.hash
    return entry
  })
}

const texts = fc.array(fc.string({ minLength: 1 }), { minLength: 1, maxLength: 12 })
const chain = texts.map(chainOf)
/** Reduces any number to a place in the list. */
const place = (seed: number, list: readonly unknown[]): number => seed % list.length

const renumber = (list: readonly ChainEntry[]): readonly ChainEntry[] =>
  list.map((entry, index) => ({ ...entry, seq: index + 1 }))

function flipAt(text: string, seed: number): string {
  const at = seed % text.length
  return `${text.slice(0, at)}${String.fromCharCode(text.charCodeAt(at) ^ 1)}${text.slice(at + 1)}`
}

describe('hash chain', () => {
  test.prop([texts])('C4: a chain that was only appended to verifies', (all) => {
    const entries = chainOf(all)
    expect(verifyChain(entries, sha256)).toEqual({ ok: true, head: entries.at(-1)?.hash, entries: all.length })
  })

  test.prop([chain, fc.nat(), fc.nat(), fc.constantFrom('text', 'hash')])(
    'C1: one flipped byte anywhere is found',
    (entries, seed, byte, field) => {
      const at = place(seed, entries)
      const flipped = entries.map((entry, index) =>
        index === at ? { ...entry, [field]: flipAt(entry[field], byte) } : entry,
      )
      expect(verifyChain(flipped, sha256)).toMatchObject({ ok: false, seq: at + 1 })
    },
  )

  test.prop([chain, fc.nat(), fc.nat()])('C2: exchanged entries are found', (entries, a, b) => {
    const [one, two] = [place(a, entries), place(b, entries)]
    fc.pre(entries[one]?.text !== entries[two]?.text)
    const exchanged = entries.map((entry, index) => ({
      ...entry,
      text: entries[index === one ? two : index === two ? one : index]?.text ?? '',
    }))
    expect(verifyChain(exchanged, sha256).ok).toBe(false)
  })

  test.prop([chain, fc.nat(), fc.string()])('C2: removed and inserted entries are found', (entries, seed, text) => {
    const at = place(seed, entries)
    fc.pre(at < entries.length - 1)
    expect(verifyChain(entries.toSpliced(at, 1), sha256).ok).toBe(false)
    expect(verifyChain(renumber(entries.toSpliced(at, 1)), sha256).ok).toBe(false)
    const planted = chainEntry(entries[at - 1]?.hash ?? genesisHash, { seq: at + 1, text }, sha256)
    expect(verifyChain(renumber(entries.toSpliced(at, 0, planted)), sha256).ok).toBe(false)
  })

  test.prop([chain, fc.nat()])('C3: entries cut off the end are found against a recorded head', (entries, seed) => {
    const last = entries.at(-1)
    const head = { head: last?.hash ?? genesisHash, seq: entries.length }
    expect(verifyChain(entries, sha256, head).ok).toBe(true)
    expect(verifyChain(entries.slice(0, place(seed, entries)), sha256, head)).toMatchObject({ ok: false })
  })

  it('starts from a head of zeros', () => {
    expect(verifyChain([], sha256)).toEqual({ ok: true, head: genesisHash, entries: 0 })
  })
})
