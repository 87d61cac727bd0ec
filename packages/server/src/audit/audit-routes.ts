import { verificationView } from '@headgate/protocol/api'
import { z } from 'zod'
import type { Db } from '../db/index.ts'
import type { Api } from '../http/index.ts'
import { verifyRelease } from './verify.ts'

/** Adds `GET /api/v1/releases/{id}/verification`. */
export function addAuditRoutes(api: Api, db: Db): void {
  api.route(
    {
      method: 'get',
      path: '/api/v1/releases/{id}/verification',
      summary: 'Recompute chain, state and verdicts of a release from the database alone',
      tag: 'audit',
      access: ['read'],
      params: z.object({ id: z.string() }),
      answer: { status: 200, description: 'What was recomputed, and the first flaw', schema: verificationView },
      problems: ['NOT_FOUND'],
    },
    ({ params: { id } }) => verifyRelease(db, id),
  )
}
