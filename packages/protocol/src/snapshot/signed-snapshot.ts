import type { Snapshot } from '@headgate/core/exposure'
import { z } from 'zod'

const instant = z.int().min(0)
const basisPoints = z.int().min(0).max(10_000)
const urlRule = z.strictObject({
  method: z.string().exactOptional(),
  path: z.string().startsWith('/'),
  query: z.record(z.string(), z.string()).exactOptional(),
})

const exposure = z.strictObject({
  release: z.string(),
  stage: z.string(),
  salt: z.int().min(0).max(0xffff_ffff),
  visitorBasisPoints: basisPoints,
  urlBasisPoints: basisPoints,
  routes: z.array(z.string()),
  replaces: z.record(z.string(), z.string()),
  flows: z.array(z.string()),
  mode: z.enum(['open', 'hold', 'eject', 'evict']),
  fallback: z.enum(['control', 'none']),
  lease: z.strictObject({
    expiresAt: instant,
    durationMs: z.int().positive(),
    onExpiry: z.enum(['control', 'stay']),
  }),
})

const identity = z.discriminatedUnion('kind', [
  z.strictObject({
    id: z.string(),
    kind: z.literal('synthetic'),
    header: z.string().min(1),
    sha256: z.string().regex(/^[0-9a-f]{64}$/),
  }),
  z.strictObject({ id: z.string(), kind: z.literal('bot'), userAgents: z.array(z.string().min(1)).min(1) }),
])

/** Schema of the signed payload; the domain form is core's `Snapshot`. */
export const snapshotSchema = z.strictObject({
  version: z.int().min(1),
  issuedAt: instant,
  shop: z.string(),
  servedBy: z.string(),
  components: z.record(z.string(), z.strictObject({ upstream: z.url() })),
  routes: z.array(
    z.strictObject({
      id: z.string(),
      match: z.array(urlRule),
      crawlable: z.boolean(),
      servedBy: z.string(),
      timeoutMs: z.int().positive(),
    }),
  ),
  flows: z.array(
    z.strictObject({
      id: z.string(),
      startsAt: z.string(),
      completesAt: z.string(),
      pinnedFrom: z.string(),
      pinMs: z.int().positive(),
      horizonMs: z.int().positive().exactOptional(),
      defaultPath: z.string(),
      steps: z.array(
        z.strictObject({
          id: z.string(),
          match: z.array(urlRule),
          event: z.string().exactOptional(),
          failsOn: z.array(z.int()),
        }),
      ),
      paths: z.array(z.strictObject({ id: z.string(), match: z.array(urlRule) })),
      items: z.array(z.string()).exactOptional(),
    }),
  ),
  exposures: z.array(exposure),
  identities: z.array(identity).exactOptional(),
  journeyKey: z.string().min(32),
})

/** The bytes of `payload` are what is signed (Ed25519, base64url), so that no re-serialisation can break or forge it. */
export const signedSnapshot = z.strictObject({
  keyId: z.string(),
  payload: z.string().max(4_000_000),
  signature: z.string(),
})
export type SignedSnapshot = z.infer<typeof signedSnapshot>

/** Parse a payload whose signature was verified. Throws zod's error when it is not a snapshot. */
export function parseSnapshotPayload(payload: string): Snapshot {
  return snapshotSchema.parse(JSON.parse(payload))
}
