import type { ModelView } from '@headgate/protocol/api'

export const people = {
  storefront: 'storefront-lead@example.com',
  checkout: 'checkout-lead@example.com',
  commerce: 'commerce-lead@example.com',
  sre: 'sre-lead@example.com',
  stranger: 'stranger@example.com',
} as const

export interface ReleaseFiles {
  /** Whether automation may raise to 100 % in both domains. */
  readonly isAutomatic?: boolean
  /** Text of a whole release file instead of the default one. */
  readonly release?: string
  readonly moreReleases?: readonly string[]
  /** Lines put behind the domains of the model. */
  readonly modelTail?: string
}

/** A shop with one flow whose gate is one number of an outside source: tests say pass and fail by setting it. */
export function releaseFiles(changes: ReleaseFiles = {}): ModelView['files'] {
  const automation = changes.isAutomatic === true ? ', automation: { upTo: 100% }' : ''
  const releases = [changes.release ?? releaseFile(), ...(changes.moreReleases ?? [])]
  return [
    { path: 'headgate.yaml', text: `${modelFile(automation)}${changes.modelTail ?? ''}` },
    ...releases.map((text, index) => ({ path: `releases/release-${index}.yaml`, text })),
  ]
}

function modelFile(automation: string): string {
  return `apiVersion: headgate.dev/v1
shop: { name: demo, currencies: [EUR], markets: [de], servedBy: storefront-legacy }
teams:
  storefront: { lead: ${people.storefront}, chat: 'hook:storefront' }
  checkout: { lead: ${people.checkout}, members: [checkout-dev@example.com], oncall: 'pager:checkout' }
  commerce: { lead: ${people.commerce} }
  sre: { lead: ${people.sre} }
domains:
  storefront:
    owner: storefront
    rights:
      stop: { any: [storefront, sre] }
      hold: { any: [storefront, sre] }
      resume: { any: [storefront] }
      raise: { any: [storefront, checkout, commerce]${automation} }
    escalation: [{ after: 5m, to: sre }, { after: 15m, to: commerce }]
  checkout:
    owner: checkout
    rights:
      stop: { any: [checkout, sre] }
      hold: { any: [checkout] }
      resume: { any: [checkout] }
      raise: { quorum: 2, of: [checkout, commerce], expires: 1h${automation} }
    escalation: [{ after: 5m, to: sre }]
components:
  storefront-legacy: { domain: storefront, owner: storefront, upstream: 'http://127.0.0.1:4501' }
  storefront-next: { domain: storefront, owner: storefront, replaces: storefront-legacy, upstream: 'http://127.0.0.1:4502' }
routes:
  product: { match: '/p/:slug' }
  checkout: { match: '/checkout/*' }
flows:
  purchase:
    domain: checkout
    steps:
      - { id: view-product, match: 'GET /p/:slug' }
      - { id: start-checkout, match: 'GET /checkout/start' }
      - order-placed
    pinnedFrom: start-checkout
    startsAt: start-checkout
    completesAt: order-placed
    horizon: 1m
    pin: 10m
    paths: { card: {} }
    defaultPath: card
metricSources: { apm: { kind: http-json, options: { url: 'http://127.0.0.1:9/x', value: '/{query}' } } }
`
}

/** Two stages whose gates pass while the metric is at most 10 and fail after two readings above. */
export function releaseFile(
  changes: { readonly id?: string; readonly more?: string; readonly stages?: string } = {},
): string {
  return `apiVersion: headgate.dev/v1
release: ${changes.id ?? 'next'}
components: [storefront-next]
owner: storefront
flows: [purchase]
tick: 1s
lease: { duration: 10s }
${changes.more ?? ''}
gates:
  health:
    owner: checkout
    onFail: eject
    respondWithin: 5m
    criteria: [{ id: errors-per-minute, signal: metric, source: apm, query: errors, max: 10, freshness: 5s, consecutive: 2 }]
stages:
${
  changes.stages ??
  `  - { id: canary, visitors: 5%, window: { min: 3s, max: 2m }, exit: health }
  - { id: all, visitors: 100%, urls: 100%, window: { min: 3s, max: 2m }, exit: health }`
}
`
}
