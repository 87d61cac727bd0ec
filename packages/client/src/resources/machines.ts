import { gatewayList, type Acknowledgement, type GatewayView, type LocalStopReport } from '@headgate/protocol/api'
import {
  deltaReceipt,
  outcomeReceipt,
  type DeltaBatch,
  type DeltaReceipt,
  type OutcomeBatch,
  type OutcomeReceipt,
} from '@headgate/protocol/signals'
import { signedSnapshot, type SignedSnapshot } from '@headgate/protocol/snapshot'
import { get, post, type CallOptions, type Exchange } from '../exchange.ts'

export interface GatewaysClient {
  list(options?: CallOptions): Promise<readonly GatewayView[]>
  /** Nothing waits any more for a gateway that was taken out of service. */
  forget(id: string, options?: CallOptions): Promise<void>
}

/** Batches are numbered and events carry ids: sent twice, they count once. */
export interface SignalsClient {
  events(batch: OutcomeBatch, options?: CallOptions): Promise<OutcomeReceipt>
  deltas(batch: DeltaBatch, options?: CallOptions): Promise<DeltaReceipt>
}

/** What a gateway says and asks; for gateways of one's own making. */
export interface GatewayLinkClient {
  /** The newest snapshot, as soon as there is one newer than `after`; undefined when `waitSeconds` (at most 25) pass without. */
  snapshot(question: SnapshotQuestion, options?: CallOptions): Promise<SignedSnapshot | undefined>
  acknowledge(report: Acknowledgement, options?: CallOptions): Promise<void>
  localStop(report: LocalStopReport, options?: CallOptions): Promise<void>
}

export interface SnapshotQuestion {
  readonly after: number
  readonly waitSeconds: number
}

export function gatewaysClient(exchange: Exchange): GatewaysClient {
  return {
    list: async (call) => (await exchange.json(get('/api/v1/gateways', call), gatewayList)).gateways,
    forget: async (id, call) =>
      await exchange.nothing({
        ...get(`/api/v1/gateways/${encodeURIComponent(id)}`, call),
        method: 'DELETE',
        repeatable: true,
      }),
  }
}

export function signalsClient(exchange: Exchange): SignalsClient {
  return {
    events: async (batch, call) =>
      await exchange.json({ ...post('/api/v1/signals/events', batch, call), repeatable: true }, outcomeReceipt),
    deltas: async (batch, call) =>
      await exchange.json({ ...post('/api/v1/signals/deltas', batch, call), repeatable: true }, deltaReceipt),
  }
}

/** Beyond the wait that the server grants, for the way there and back. */
const waitGraceMs = 5_000

export function gatewayLinkClient(exchange: Exchange): GatewayLinkClient {
  return {
    snapshot: async ({ after, waitSeconds }, call) =>
      await exchange.jsonIfAny(
        {
          timeoutMs: waitSeconds * 1_000 + waitGraceMs,
          ...get('/api/v1/gateway/snapshot', call),
          query: { after, wait: waitSeconds },
        },
        signedSnapshot,
      ),
    acknowledge: async (report, call) =>
      await exchange.nothing({ ...post('/api/v1/gateway/acknowledgements', report, call), repeatable: true }),
    localStop: async (report, call) =>
      await exchange.nothing({ ...post('/api/v1/gateway/local-stops', report, call), repeatable: true }),
  }
}
