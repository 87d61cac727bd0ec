import { createHash, timingSafeEqual } from 'node:crypto'
import type { SnapshotIdentity } from '@headgate/core/exposure'

/** Fields of a request as Node has parsed them, names in lower case. */
export type RequestFields = Readonly<Record<string, string | readonly string[] | undefined>>

/** The registered identity whose request this is; undefined for everybody else, who votes. */
export type Identify = (fields: RequestFields) => string | undefined

const nobody: Identify = () => undefined

/**
 * Prepares the snapshot's identities. A shop without any pays one call; with bots, one search of the user agent; a secret is
 * hashed only when its field was sent, and compared in constant time. Routing never asks.
 */
export function createIdentify(identities: readonly SnapshotIdentity[] = []): Identify {
  if (identities.length === 0) return nobody
  const probes = identities.flatMap((each) => (each.kind === 'synthetic' ? [probeOf(each)] : []))
  const bots = identities.flatMap((each) => (each.kind === 'bot' ? [botOf(each)] : []))
  const anyBot = new RegExp(bots.map(({ pattern }) => pattern.source).join('|') || '(?!)')
  return (fields) => {
    for (const { id, header, hash } of probes) {
      const sent = fields[header]
      if (typeof sent === 'string' && timingSafeEqual(createHash('sha256').update(sent).digest(), hash)) return id
    }
    const agent = fields['user-agent']
    if (typeof agent !== 'string' || !anyBot.test(agent)) return undefined
    return bots.find(({ pattern }) => pattern.test(agent))?.id
  }
}

function probeOf({ id, header, sha256 }: Extract<SnapshotIdentity, { kind: 'synthetic' }>): {
  readonly id: string
  readonly header: string
  readonly hash: Buffer
} {
  return { id, header: header.toLowerCase(), hash: Buffer.from(sha256, 'hex') }
}

function botOf({ id, userAgents }: Extract<SnapshotIdentity, { kind: 'bot' }>): {
  readonly id: string
  readonly pattern: RegExp
} {
  return { id, pattern: new RegExp(userAgents.map(escaped).join('|')) }
}

function escaped(text: string): string {
  return text.replaceAll(/[.*+?^${}()|[\]\\/]/g, String.raw`\$&`)
}
