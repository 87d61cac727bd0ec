import { actRequest, incidentList, incidentView } from '@headgate/protocol/api'
import { z } from 'zod'
import type { Api } from '../http/index.ts'
import type { IncidentService } from './incidents.ts'

const tag = 'incidents'
const params = z.object({ id: z.string() })

/** Adds `GET /api/v1/incidents[/{id}]` and `POST /api/v1/incidents/{id}/{open,close}`. */
export function addIncidentRoutes(api: Api, incidents: IncidentService): void {
  api.route(
    {
      method: 'get',
      path: '/api/v1/incidents',
      summary: 'Incidents, newest first',
      tag,
      access: ['read'],
      query: z.object({ release: z.string().exactOptional() }),
      answer: { status: 200, description: 'Incidents', schema: incidentList },
    },
    async ({ query }) => ({ incidents: [...(await incidents.list(query.release))] }),
  )
  api.route(
    {
      method: 'get',
      path: '/api/v1/incidents/{id}',
      summary: 'One incident',
      tag,
      access: ['read'],
      params,
      answer: { status: 200, description: 'The incident', schema: incidentView },
      problems: ['NOT_FOUND'],
    },
    ({ params: { id } }) => incidents.find(id),
  )
  addChangeRoutes(api, incidents)
}

function addChangeRoutes(api: Api, incidents: IncidentService): void {
  api.route(
    {
      method: 'post',
      path: '/api/v1/incidents/{id}/open',
      summary: 'Take the draft of an incident on',
      tag,
      access: ['act'],
      params,
      body: actRequest,
      answer: { status: 200, description: 'The incident', schema: incidentView },
      problems: ['NOT_FOUND', 'CONFLICT'],
    },
    ({ params: { id }, principal }) => incidents.open(id, principal),
  )
  api.route(
    {
      method: 'post',
      path: '/api/v1/incidents/{id}/close',
      summary: 'Close an incident: what it barred may rise again',
      tag,
      access: ['act'],
      params,
      body: actRequest,
      answer: { status: 200, description: 'The incident', schema: incidentView },
      problems: ['NOT_FOUND', 'CONFLICT'],
    },
    ({ params: { id }, principal, body }) => incidents.close(id, principal, body.reason),
  )
}
