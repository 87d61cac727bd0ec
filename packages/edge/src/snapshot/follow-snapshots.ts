import type { Instant } from '@headgate/core/model'
import { z } from 'zod'
import { createBackoff, describeAnswer, sleep, type EdgeLog, type Link, type Sleep } from '../link/index.ts'
import { createAcknowledger } from './acknowledge.ts'
import { createSnapshotKeeper } from './keep-snapshot.ts'
import type { KeptSnapshot, LiveSnapshot, SnapshotCache, SnapshotRefusal } from './snapshot-cache.ts'
import type { SnapshotFiles } from './snapshot-files.ts'
import type { KeyRing, PublicKeys } from './snapshot-keys.ts'

export interface FollowOptions {
  readonly cache: SnapshotCache
  readonly files: SnapshotFiles
  readonly keys: KeyRing
  readonly link: Link
  readonly log: EdgeLog
  readonly gateway: string
  /** This run of the gateway. */
  readonly source: string
  readonly wallClock?: () => Instant
  readonly sleep?: Sleep
  readonly random?: () => number
  /** Called after a snapshot took effect, before it is acknowledged. */
  readonly onApplied?: (live: LiveSnapshot) => void
  readonly onRefused?: (reason: SnapshotRefusal) => void
  readonly onSaveFailed?: (error: unknown) => void
  /** How long the control plane may hold a request that has no news. */
  readonly waitSeconds?: number
}

/** What an earlier run left behind takes effect at once, so that a gateway starts without the control plane. */
export async function restoreSnapshot(
  { cache, files, log }: Pick<FollowOptions, 'cache' | 'files' | 'log'>,
  kept: KeptSnapshot | undefined,
): Promise<LiveSnapshot | undefined> {
  if (kept === undefined) return undefined
  const offer = cache.restore(kept)
  if (offer.kind === 'accepted') return offer.live
  log.warn({ reason: offer.reason, detail: offer.message }, 'the kept snapshot is not used')
  await files.setSnapshotAside()
  return undefined
}

/**
 * Asks for snapshots newer than the one in effect, for as long as the signal lasts. The control plane holds the request
 * until it has one, so a stop arrives within a round trip. Failures and refusals wait with growing jittered pauses of at
 * most three seconds, well below any lease.
 */
export async function followSnapshots(options: FollowOptions, signal: AbortSignal): Promise<void> {
  const { cache, files, keys, link, log, random, sleep: pause = sleep } = options
  const backoff = createBackoff({ firstMs: 100, maxMs: 3_000, ...(random === undefined ? {} : { random }) })
  const acknowledger = createAcknowledger({ link, log, signal })
  const keeper = createSnapshotKeeper(files, log, options.onSaveFailed)
  const acknowledge = (): void => {
    const { gateway, source, wallClock = Date.now } = options
    acknowledger.acknowledge({ gateway, source, version: cache.version(), appliedAt: wallClock() })
  }
  if (cache.version() > 0) acknowledge()
  while (!signal.aborted) {
    const news = keys.isEmpty() ? await fetchKeys(options, signal) : await fetchSnapshot(options, signal)
    if (signal.aborted) break
    if (news.kind === 'applied') {
      acknowledge()
      // In effect first, on disk behind the scenes: a slow or full disk must not delay a stop.
      keeper.keep(news.kept, cache.version())
    }
    if (news.kind === 'failed') await pause(backoff.next(), signal)
    else backoff.reset()
    if (news.kind === 'hasty') await pause(hastyPauseMs, signal)
  }
  await Promise.all([acknowledger.settled(), keeper.settled()])
}

type News =
  | { readonly kind: 'applied'; readonly kept: KeptSnapshot }
  | { readonly kind: 'none' }
  /** No news, and the control plane did not hold the request: asking again at once would spin. */
  | { readonly kind: 'hasty' }
  | { readonly kind: 'failed' }

const none: News = { kind: 'none' }
const failed: News = { kind: 'failed' }
const hastyPauseMs = 250
const heldAtLeastMs = 500

async function fetchSnapshot(options: FollowOptions, signal: AbortSignal): Promise<News> {
  const { cache, link, log, waitSeconds = 25, wallClock = Date.now } = options
  const path = `/api/v1/gateway/snapshot?after=${cache.version()}&wait=${waitSeconds}`
  const askedAt = wallClock()
  const answer = await link.request({ method: 'GET', path, timeoutMs: waitSeconds * 1_000 + 5_000 }, signal)
  if (signal.aborted) return none
  if (answer.kind === 'answered' && answer.status === 204)
    return wallClock() - askedAt < heldAtLeastMs ? { kind: 'hasty' } : none
  if (answer.kind === 'answered' && answer.status === 200) return take(answer.body, options)
  log.warn({ answer: describeAnswer(answer) }, 'no snapshot from the control plane; the one in effect stays')
  return failed
}

function take(body: unknown, { cache, log, onApplied, onRefused }: FollowOptions): News {
  const offer = cache.offer(body)
  if (offer.kind === 'refused') {
    log.error({ reason: offer.reason, detail: offer.message }, 'a snapshot was refused; the one in effect stays')
    onRefused?.(offer.reason)
    return failed
  }
  const { problems, version } = offer.live.compiled
  for (const problem of problems) log.error({ version, problem }, 'an exposure is not used')
  onApplied?.(offer.live)
  return { kind: 'applied', kept: offer.kept }
}

const keysAnswer = z.object({ keys: z.array(z.object({ keyId: z.string(), publicKey: z.string() })).min(1) })

/** Without configured keys the first answer is trusted, remembered, and from then on the only one. */
async function fetchKeys({ files, keys, link, log }: FollowOptions, signal: AbortSignal): Promise<News> {
  const answer = await link.request({ method: 'GET', path: '/api/v1/keys' }, signal)
  const parsed = keysAnswer.safeParse(answer.kind === 'answered' && answer.status === 200 ? answer.body : undefined)
  if (!parsed.success) {
    log.warn({ answer: describeAnswer(answer) }, 'no snapshot keys from the control plane yet')
    return failed
  }
  const fetched: PublicKeys = Object.fromEntries(parsed.data.keys.map(({ keyId, publicKey }) => [keyId, publicKey]))
  try {
    keys.trust(fetched)
    await files.saveKeys(fetched)
  } catch (error) {
    log.error({ error: String(error) }, 'the snapshot keys could not be taken or remembered')
    return keys.isEmpty() ? failed : none
  }
  log.info({ keys: Object.keys(fetched) }, 'trusting the snapshot keys of the control plane from now on')
  return none
}
