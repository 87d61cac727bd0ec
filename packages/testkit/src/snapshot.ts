import { generateKeyPairSync, sign } from 'node:crypto'
import type { Exposure, Snapshot, SnapshotFlow, SnapshotRoute } from '@headgate/core/exposure'
import type { SignedSnapshot } from '@headgate/protocol/snapshot'

/** When builders' snapshots are issued. */
export const issuedAt = Date.UTC(2026, 0, 1)

/** An exposure of release `r1` on the product and checkout routes; legacy is replaced by next. Leases last 15 s. */
export function buildExposure(overrides: Partial<Exposure> = {}): Exposure {
  return {
    release: 'r1',
    stage: 'first',
    salt: 17,
    visitorBasisPoints: 5_000,
    urlBasisPoints: 0,
    routes: ['product', 'checkout'],
    replaces: { legacy: 'next' },
    flows: ['purchase'],
    mode: 'open',
    fallback: 'control',
    lease: { expiresAt: issuedAt + 60_000, durationMs: 15_000, onExpiry: 'control' },
    ...overrides,
  }
}

/** A purchase from cart to order page, pinned from the cart, a unit from the checkout on. */
export function buildFlow(overrides: Partial<SnapshotFlow> = {}): SnapshotFlow {
  return {
    id: 'purchase',
    pinnedFrom: 'add-to-cart',
    startsAt: 'start-checkout',
    completesAt: 'order-placed',
    pinMs: 1_800_000,
    horizonMs: 1_800_000,
    defaultPath: 'critical',
    steps: [
      { id: 'view-product', match: [{ path: '/p/:slug' }], failsOn: [] },
      { id: 'add-to-cart', match: [{ method: 'POST', path: '/cart' }], failsOn: [] },
      { id: 'start-checkout', match: [{ path: '/checkout' }, { path: '/checkout/coupon' }], failsOn: [5] },
      { id: 'submit-payment', match: [{ method: 'POST', path: '/checkout/pay' }], failsOn: [5, 402] },
      { id: 'order-placed', match: [{ path: '/order/:id' }], failsOn: [5] },
    ],
    paths: [
      { id: 'critical', match: [] },
      { id: 'coupon', match: [{ path: '/checkout/coupon' }, { path: '/checkout', query: { coupon: 'yes' } }] },
    ],
    ...overrides,
  }
}

/** A small shop: home and products with a URL dial, checkout by visitor only, one API route served by itself. */
export function buildSnapshot(overrides: Partial<Snapshot> = {}): Snapshot {
  return {
    version: 1,
    issuedAt,
    shop: 'demo',
    servedBy: 'legacy',
    components: {
      legacy: { upstream: 'http://127.0.0.1:4501' },
      next: { upstream: 'http://127.0.0.1:4502' },
      api: { upstream: 'http://127.0.0.1:4503' },
    },
    routes: [
      route('landing', '/', true),
      route('product', '/p/:slug', true),
      route('checkout', '/checkout/*', false),
      route('api', '/api/*', false, 'api'),
    ],
    flows: [buildFlow()],
    exposures: [buildExposure()],
    journeyKey: Buffer.alloc(32, 7).toString('base64url'),
    ...overrides,
  }
}

function route(id: string, path: string, crawlable: boolean, servedBy = 'legacy'): SnapshotRoute {
  return { id, match: [{ path }], crawlable, servedBy, timeoutMs: 2_000 }
}

/** A control plane's signing key: signs snapshots and shows its public half as `GET /api/v1/keys` does. */
export interface SnapshotSigner {
  readonly keyId: string
  /** SPKI, base64url. */
  readonly publicKey: string
  sign(snapshot: Snapshot): SignedSnapshot
  signText(payload: string): SignedSnapshot
}

export function createSnapshotSigner(keyId = 'k1'): SnapshotSigner {
  const { privateKey, publicKey } = generateKeyPairSync('ed25519')
  const signText = (payload: string): SignedSnapshot => ({
    keyId,
    payload,
    signature: sign(null, Buffer.from(payload), privateKey).toString('base64url'),
  })
  return {
    keyId,
    publicKey: publicKey.export({ type: 'spki', format: 'der' }).toString('base64url'),
    sign: (snapshot) => signText(JSON.stringify(snapshot)),
    signText,
  }
}
