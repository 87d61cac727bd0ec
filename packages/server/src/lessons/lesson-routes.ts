import {
  acceptLessonRequest,
  actRequest,
  incidentView,
  lessonList,
  lessonView,
  proposalView,
  reportIncidentRequest,
} from '@headgate/protocol/api'
import { HeadgateError } from '@headgate/core/model'
import { z } from 'zod'
import type { Api } from '../http/index.ts'
import type { LessonService } from './lessons.ts'

const tag = 'lessons'
const params = z.object({ id: z.string() })
const incidentAnswer = { status: 200, description: 'The incident', schema: incidentView } as const
const proposalAnswer = {
  status: 200,
  description: 'The criterion that would have stopped first',
  schema: proposalView,
} as const

/** Adds proposals, `POST /api/v1/incidents[/{id}/{accept,waive}]`, and `/api/v1/criteria`. */
export function addLessonRoutes(api: Api, lessons: LessonService): void {
  addProposalRoutes(api, lessons)
  addDecisionRoutes(api, lessons)
  addCriterionRoutes(api, lessons)
}

function addProposalRoutes(api: Api, lessons: LessonService): void {
  api.route(
    {
      method: 'get',
      path: '/api/v1/incidents/{id}/proposal',
      summary: 'The criterion that would have stopped an incident first, without firing on good evidence',
      tag,
      access: ['read'],
      params,
      answer: proposalAnswer,
      problems: ['NOT_FOUND', 'CONFLICT'],
    },
    ({ params: { id }, signal }) => lessons.propose(id, signal),
  )
  api.route(
    {
      method: 'get',
      path: '/api/v1/releases/{id}/proposal',
      summary: 'The same for harm between two moments of a release, in milliseconds since the Unix epoch',
      tag,
      access: ['read'],
      params,
      query: z.object({ from: z.coerce.number().int().min(0), until: z.coerce.number().int().min(0) }),
      answer: proposalAnswer,
      problems: ['NOT_FOUND', 'CONFLICT'],
    },
    ({ params: { id }, query: { from, until }, signal }) => {
      if (from >= until) throw new HeadgateError('INVALID_INPUT', 'until must come after from')
      return lessons.proposeFor({ release: id, from, until }, signal)
    },
  )
}

function addDecisionRoutes(api: Api, lessons: LessonService): void {
  api.route(
    {
      method: 'post',
      path: '/api/v1/incidents',
      summary: 'Report harm that no gate saw; while it is open nothing on its flows rises',
      tag,
      access: ['act'],
      body: reportIncidentRequest,
      answer: incidentAnswer,
      problems: ['NOT_FOUND'],
    },
    ({ principal, body }) => lessons.report(principal, body),
  )
  api.route(
    {
      method: 'post',
      path: '/api/v1/incidents/{id}/accept',
      summary: 'Accept the criterion that an incident taught: every later stage inherits it',
      tag,
      access: ['act'],
      params,
      body: acceptLessonRequest,
      answer: incidentAnswer,
      problems: ['NOT_FOUND', 'CONFLICT'],
    },
    ({ params: { id }, principal, body }) => lessons.accept(id, principal, body),
  )
  api.route(
    {
      method: 'post',
      path: '/api/v1/incidents/{id}/waive',
      summary: 'Decide that an incident teaches no criterion',
      tag,
      access: ['act'],
      params,
      body: actRequest,
      answer: incidentAnswer,
      problems: ['NOT_FOUND', 'CONFLICT'],
    },
    ({ params: { id }, principal, body }) => lessons.waive(id, principal, body),
  )
}

function addCriterionRoutes(api: Api, lessons: LessonService): void {
  api.route(
    {
      method: 'get',
      path: '/api/v1/criteria',
      summary: 'Criteria that incidents taught, the retired included',
      tag,
      access: ['read'],
      answer: { status: 200, description: 'Criteria', schema: lessonList },
      problems: ['NOT_FOUND'],
    },
    async () => ({ criteria: [...(await lessons.list())] }),
  )
  api.route(
    {
      method: 'post',
      path: '/api/v1/criteria/{id}/retire',
      summary: 'Retire a criterion that an incident taught: no stage inherits it any more',
      tag,
      access: ['act'],
      params,
      body: actRequest,
      answer: { status: 200, description: 'The criterion', schema: lessonView },
      problems: ['NOT_FOUND'],
    },
    ({ params: { id }, principal, body }) => lessons.retire(id, principal, body),
  )
}
