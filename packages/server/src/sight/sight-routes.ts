import { sightView, trafficView } from '@headgate/protocol/api'
import { z } from 'zod'
import type { Api } from '../http/index.ts'
import type { SightService } from './sight.ts'

const query = z.object({ days: z.coerce.number().min(0.001).max(90).default(7) })

/** Adds `GET /api/v1/releases/{id}/sight` and `GET /api/v1/traffic`. */
export function addSightRoutes(api: Api, sight: SightService): void {
  api.route(
    {
      method: 'get',
      path: '/api/v1/releases/{id}/sight',
      summary: 'What the gates of a release can see at the traffic of the last days',
      tag: 'sight',
      access: ['read'],
      params: z.object({ id: z.string() }),
      query,
      answer: { status: 200, description: 'The sight report', schema: sightView },
      problems: ['NOT_FOUND'],
    },
    ({ params: { id }, query: { days } }) => sight.report(id, days),
  )
  api.route(
    {
      method: 'get',
      path: '/api/v1/traffic',
      summary: 'What recorded evidence shows of the traffic of the last days',
      tag: 'sight',
      access: ['read'],
      query,
      answer: { status: 200, description: 'Rates, shares and delays', schema: trafficView },
      problems: ['NOT_FOUND'],
    },
    ({ query: { days } }) => sight.traffic(days),
  )
}
