import { incidentList, incidentView, type ActRequest, type IncidentView } from '@headgate/protocol/api'
import { get, post, type CallOptions, type Exchange } from '../exchange.ts'

export interface IncidentsClient {
  list(filter?: { release?: string | undefined }, options?: CallOptions): Promise<readonly IncidentView[]>
  get(id: string, options?: CallOptions): Promise<IncidentView>
  /** Take a draft on: while it is open nothing rises on its flow. */
  open(id: string, request: ActRequest, options?: CallOptions): Promise<IncidentView>
  close(id: string, request: ActRequest, options?: CallOptions): Promise<IncidentView>
}

export function incidentsClient(exchange: Exchange): IncidentsClient {
  return {
    list: async (filter, call) =>
      (await exchange.json({ ...get('/api/v1/incidents', call), query: { ...filter } }, incidentList)).incidents,
    get: async (id, call) => await exchange.json(get(incidentPath(id), call), incidentView),
    open: async (id, request, call) =>
      await exchange.json(post(`${incidentPath(id)}/open`, request, call), incidentView),
    close: async (id, request, call) =>
      await exchange.json(post(`${incidentPath(id)}/close`, request, call), incidentView),
  }
}

function incidentPath(id: string): string {
  return `/api/v1/incidents/${encodeURIComponent(id)}`
}
