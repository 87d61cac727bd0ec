import {
  actRequest,
  approveRequest,
  releaseEventList,
  releaseList,
  releaseView,
  stopRequest,
  verdictList,
} from '@headgate/protocol/api'
import { z } from 'zod'
import type { Api } from '../http/index.ts'
import type { ReleaseService } from './releases.ts'
import { watchRelease } from './watch.ts'

const tag = 'releases'
const params = z.object({ id: z.string() })
const releaseAnswer = { status: 200, description: 'The release', schema: releaseView } as const

/** Adds everything under `/api/v1/releases` but the verification. */
export function addReleaseRoutes(api: Api, releases: ReleaseService): void {
  addReadRoutes(api, releases)
  addLogRoutes(api, releases)
  addActRoutes(api, releases)
  addApproveAndStop(api, releases)
  api.route(
    {
      method: 'get',
      path: '/api/v1/releases/{id}/watch',
      summary: 'The release, and again each time it changes',
      tag,
      access: ['read'],
      params,
      answer: {
        status: 200,
        description: 'Events `release`, each with a ReleaseView',
        contentType: 'text/event-stream',
      },
      problems: ['NOT_FOUND'],
    },
    ({ params: { id }, context, signal }) => watchRelease(releases, id, { context, signal }),
  )
}

function addReadRoutes(api: Api, releases: ReleaseService): void {
  api.route(
    {
      method: 'get',
      path: '/api/v1/releases',
      summary: 'All releases',
      tag,
      access: ['read'],
      answer: { status: 200, description: 'Releases', schema: releaseList },
    },
    async () => ({ releases: [...(await releases.list())] }),
  )
  api.route(
    {
      method: 'get',
      path: '/api/v1/releases/{id}',
      summary: 'Where a release is, why, and who must act',
      tag,
      access: ['read'],
      params,
      answer: releaseAnswer,
      problems: ['NOT_FOUND'],
    },
    ({ params: { id } }) => releases.view(id),
  )
}

function addLogRoutes(api: Api, releases: ReleaseService): void {
  api.route(
    {
      method: 'get',
      path: '/api/v1/releases/{id}/events',
      summary: 'The log of a release, oldest first',
      tag,
      access: ['read'],
      params,
      query: z.object({
        after: z.coerce.number().int().min(0).default(0),
        limit: z.coerce.number().int().min(1).max(1_000).default(200),
      }),
      answer: { status: 200, description: 'Events with their hashes', schema: releaseEventList },
      problems: ['NOT_FOUND'],
    },
    async ({ params: { id }, query }) => ({ events: [...(await releases.events(id, query))] }),
  )
  api.route(
    {
      method: 'get',
      path: '/api/v1/releases/{id}/verdicts',
      summary: 'What the gate said each time its answer changed, newest first',
      tag,
      access: ['read'],
      params,
      query: z.object({ limit: z.coerce.number().int().min(1).max(500).default(50) }),
      answer: { status: 200, description: 'Verdicts', schema: verdictList },
      problems: ['NOT_FOUND'],
    },
    async ({ params: { id }, query }) => ({ verdicts: [...(await releases.verdicts(id, query.limit))] }),
  )
}

const acts = {
  start: 'Start a release that is ready: raise it to its first stage',
  raise: 'Raise exposure to the next stage, the gate having passed',
  hold: 'Keep the release where it is until somebody resumes it',
  resume: "End a person's hold",
  close: 'Close a release that is stopped, live and cut over, or was never started',
} as const

function addActRoutes(api: Api, releases: ReleaseService): void {
  for (const act of ['start', 'raise', 'hold', 'resume', 'close'] as const) {
    api.route(
      {
        method: 'post',
        path: `/api/v1/releases/{id}/${act}`,
        summary: acts[act],
        tag,
        access: ['act'],
        params,
        body: actRequest,
        answer: releaseAnswer,
        problems: ['NOT_FOUND', 'STALE_REVISION', 'ILLEGAL_TRANSITION'],
      },
      async ({ params: { id }, principal, body }) => {
        await releases.commands[act](id, principal, body)
        return releases.view(id)
      },
    )
  }
}

function addApproveAndStop(api: Api, releases: ReleaseService): void {
  api.route(
    {
      method: 'post',
      path: '/api/v1/releases/{id}/approve',
      summary: 'Say yes to the next raise, on the plan and evidence that `approvalHash` names',
      tag,
      access: ['act'],
      params,
      body: approveRequest,
      answer: releaseAnswer,
      problems: ['NOT_FOUND', 'STALE_REVISION', 'ILLEGAL_TRANSITION'],
    },
    async ({ params: { id }, principal, body }) => {
      await releases.commands.approve(id, principal, body)
      return releases.view(id)
    },
  )
  api.route(
    {
      method: 'post',
      path: '/api/v1/releases/{id}/stop',
      summary: 'Take shoppers off the candidate, at once and on every gateway',
      tag,
      access: ['act'],
      params,
      body: stopRequest,
      answer: releaseAnswer,
      problems: ['NOT_FOUND', 'ILLEGAL_TRANSITION'],
    },
    async ({ params: { id }, principal, body }) => {
      await releases.commands.stop(id, principal, body)
      return releases.view(id)
    },
  )
}
