import {
  releaseEventList,
  releaseList,
  releaseView,
  sightView,
  verdictList,
  verificationView,
  type ActRequest,
  type ApproveRequest,
  type GateVerdictView,
  type ReleaseEventView,
  type ReleaseView,
  type SightView,
  type StopRequest,
  type VerificationView,
} from '@headgate/protocol/api'
import { get, post, type CallOptions, type Exchange } from '../exchange.ts'
import type { WatchEvent, WatchOptions } from '../watch.ts'

export interface ReleasesClient {
  list(options?: CallOptions): Promise<readonly ReleaseView[]>
  get(id: string, options?: CallOptions): Promise<ReleaseView>
  start(id: string, request: ActRequest, options?: CallOptions): Promise<ReleaseView>
  approve(id: string, request: ApproveRequest, options?: CallOptions): Promise<ReleaseView>
  raise(id: string, request: ActRequest, options?: CallOptions): Promise<ReleaseView>
  hold(id: string, request: ActRequest, options?: CallOptions): Promise<ReleaseView>
  resume(id: string, request: ActRequest, options?: CallOptions): Promise<ReleaseView>
  /** Safe to repeat: a release that is stopping or stopped stays so. */
  stop(id: string, request: StopRequest, options?: CallOptions): Promise<ReleaseView>
  close(id: string, request: ActRequest, options?: CallOptions): Promise<ReleaseView>
  /** Oldest first. */
  events(id: string, page?: EventPage, options?: CallOptions): Promise<readonly ReleaseEventView[]>
  /** Newest first. */
  verdicts(id: string, page?: { limit?: number }, options?: CallOptions): Promise<readonly GateVerdictView[]>
  /** The recorded evidence as lines of the evidence format (docs/reference/evidence-format.md), in pieces of any size. */
  evidence(id: string, range?: EvidenceRange, options?: CallOptions): AsyncGenerator<Uint8Array, void, undefined>
  verification(id: string, options?: CallOptions): Promise<VerificationView>
  /** What its gates can see at the traffic of the last `days` (7). */
  sight(id: string, page?: { days?: number | undefined }, options?: CallOptions): Promise<SightView>
  watch(id: string, options?: WatchOptions): AsyncGenerator<WatchEvent, void, undefined>
}

/** Milliseconds since 1970, both included. */
export interface EvidenceRange {
  readonly from?: number | undefined
  readonly until?: number | undefined
}

export interface EventPage {
  /** Only events with a greater number. */
  readonly after?: number | undefined
  readonly limit?: number | undefined
}

export function releasesClient(exchange: Exchange): ReleasesClient {
  const act =
    (verb: string) =>
    async (id: string, request: unknown, call?: CallOptions): Promise<ReleaseView> =>
      await exchange.json(post(releasePath(id, `/${verb}`), request, call), releaseView)
  return {
    list: async (call) => (await exchange.json(get('/api/v1/releases', call), releaseList)).releases,
    get: async (id, call) => await exchange.json(get(releasePath(id), call), releaseView),
    start: act('start'),
    approve: act('approve'),
    raise: act('raise'),
    hold: act('hold'),
    resume: act('resume'),
    stop: async (id, request, call) =>
      await exchange.json({ ...post(releasePath(id, '/stop'), request, call), repeatable: true }, releaseView),
    close: act('close'),
    events: async (id, page, call) =>
      (await exchange.json({ ...get(releasePath(id, '/events'), call), query: { ...page } }, releaseEventList)).events,
    verdicts: async (id, page, call) =>
      (await exchange.json({ ...get(releasePath(id, '/verdicts'), call), query: { ...page } }, verdictList)).verdicts,
    evidence: (id, range, call) => exchange.pieces({ ...get(releasePath(id, '/evidence'), call), query: { ...range } }),
    // Recomputes every verdict from its evidence: may take long on a long release.
    verification: async (id, call) =>
      await exchange.json({ timeoutMs: 120_000, ...get(releasePath(id, '/verification'), call) }, verificationView),
    // Reads up to a day of evidence.
    sight: async (id, page, call) =>
      await exchange.json(
        { timeoutMs: 60_000, ...get(releasePath(id, '/sight'), call), query: { ...page } },
        sightView,
      ),
    watch: (id, options = {}) => exchange.watch(releasePath(id, '/watch'), options),
  }
}

function releasePath(id: string, rest = ''): string {
  return `/api/v1/releases/${encodeURIComponent(id)}${rest}`
}
