import {
  incidentView,
  lessonList,
  lessonView,
  proposalView,
  type AcceptLessonRequest,
  type ActRequest,
  type IncidentView,
  type LessonView,
  type ProposalView,
  type ReportIncidentRequest,
} from '@headgate/protocol/api'
import { get, post, type CallOptions, type Exchange } from '../exchange.ts'
import type { Call } from '../transport.ts'

/** What incidents teach: the criteria of the next gates. */
export interface LessonsClient {
  /** Replays recorded evidence, which takes a while for a release of days. */
  propose(incident: string, options?: CallOptions): Promise<ProposalView>
  /** The same for harm between two moments of a release. */
  proposeFor(window: { release: string; from: number; until: number }, options?: CallOptions): Promise<ProposalView>
  /** Harm that no gate saw becomes an incident. */
  report(request: ReportIncidentRequest, options?: CallOptions): Promise<IncidentView>
  /** Every later stage inherits the criterion. */
  accept(incident: string, request: AcceptLessonRequest, options?: CallOptions): Promise<IncidentView>
  /** The incident teaches none. */
  waive(incident: string, request: ActRequest, options?: CallOptions): Promise<IncidentView>
  list(options?: CallOptions): Promise<readonly LessonView[]>
  retire(criterion: string, request: ActRequest, options?: CallOptions): Promise<LessonView>
}

const replayTimeoutMs = 10 * 60_000

export function lessonsClient(exchange: Exchange): LessonsClient {
  return {
    propose: async (id, call) => await exchange.json(replay(`${incident(id)}/proposal`, call), proposalView),
    proposeFor: async ({ release, from, until }, call) => {
      const path = `/api/v1/releases/${encodeURIComponent(release)}/proposal`
      return await exchange.json({ ...replay(path, call), query: { from, until } }, proposalView)
    },
    report: async (request, call) => await exchange.json(post('/api/v1/incidents', request, call), incidentView),
    accept: async (id, request, call) =>
      await exchange.json(post(`${incident(id)}/accept`, request, call), incidentView),
    waive: async (id, request, call) => await exchange.json(post(`${incident(id)}/waive`, request, call), incidentView),
    list: async (call) => (await exchange.json(get('/api/v1/criteria', call), lessonList)).criteria,
    retire: async (criterion, request, call) =>
      await exchange.json(post(`/api/v1/criteria/${encodeURIComponent(criterion)}/retire`, request, call), lessonView),
  }
}

function replay(path: string, call: CallOptions = {}): Call {
  return get(path, { timeoutMs: replayTimeoutMs, ...call })
}

function incident(id: string): string {
  return `/api/v1/incidents/${encodeURIComponent(id)}`
}
