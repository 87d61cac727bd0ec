import { whoCan } from '@headgate/core/authority'
import { HeadgateError } from '@headgate/core/model'
import { applyModelRequest, findingList, modelView, whoView, type ModelView } from '@headgate/protocol/api'
import { z } from 'zod'
import type { Db } from '../db/index.ts'
import type { Api, Principal } from '../http/index.ts'
import type { ModelStore } from './model-store.ts'
import type { ModelVersion } from './model-version.ts'

export interface ModelRoutes {
  readonly db: Db
  readonly models: ModelStore
  /** Stores a new version and brings the releases in line with it. */
  readonly apply: (files: ModelView['files'], by: Principal) => Promise<ModelVersion>
}

const tag = 'model'
/** Files are limited to 2 MB each and to this together. */
const modelLimitBytes = 12_000_000

/** Adds `GET|PUT /api/v1/model`, `GET /api/v1/model/findings` and `GET /api/v1/who`. */
export function addModelRoutes(api: Api, { db, models, apply }: ModelRoutes): void {
  const current = async (): Promise<ModelVersion> => requireVersion(await models.latest(db))
  addVersionRoutes(api, current, apply)
  api.route(
    {
      method: 'get',
      path: '/api/v1/model/findings',
      summary: 'What the lint says about the operating model in force',
      tag,
      access: ['read'],
      answer: { status: 200, description: 'Findings; an error among them blocks exposure', schema: findingList },
      problems: ['NOT_FOUND'],
    },
    async () => ({ findings: [...(await current()).findings] }),
  )
  api.route(
    {
      method: 'get',
      path: '/api/v1/who',
      summary: 'Who may use a right on a domain, component or flow, and who is told when nobody acts',
      tag,
      access: ['read'],
      query: z.object({ right: z.string(), on: z.string() }),
      answer: { status: 200, description: 'People, on-call teams and escalation', schema: whoView },
      problems: ['NOT_FOUND'],
    },
    async ({ query }) => toWhoView(whoCan((await current()).model, query.right, query.on)),
  )
}

function addVersionRoutes(api: Api, current: () => Promise<ModelVersion>, apply: ModelRoutes['apply']): void {
  api.route(
    {
      method: 'get',
      path: '/api/v1/model',
      summary: 'The operating model in force',
      tag,
      access: ['read'],
      answer: { status: 200, description: 'Files and findings', schema: modelView },
      problems: ['NOT_FOUND'],
    },
    async () => toModelView(await current()),
  )
  api.route(
    {
      method: 'put',
      path: '/api/v1/model',
      summary: 'Put an operating model in force; what runs keeps the plan that it started with',
      tag,
      access: ['admin'],
      body: applyModelRequest,
      bodyLimitBytes: modelLimitBytes,
      answer: { status: 200, description: 'The version in force now', schema: modelView },
      problems: ['INVALID_MODEL', 'CONFLICT'],
    },
    async ({ body, principal }) => toModelView(await apply(body.files, principal)),
  )
}

export function requireVersion(version: ModelVersion | undefined): ModelVersion {
  if (version !== undefined) return version
  throw new HeadgateError('NOT_FOUND', 'No operating model is in force yet; apply one: headgate apply')
}

function toModelView({ version, hash, appliedAt, appliedBy, files, findings }: ModelVersion): ModelView {
  return { version, hash, appliedAt, appliedBy, files: [...files], findings: [...findings] }
}

function toWhoView(answer: ReturnType<typeof whoCan>): z.infer<typeof whoView> {
  const { right, on, domain, quorum, people, oncall, automationUpToBasisPoints, escalation } = answer
  return {
    right,
    on,
    domain,
    quorum,
    people: people.map(({ address, teams }) => ({ address, teams: [...teams] })),
    oncall: [...oncall],
    ...(automationUpToBasisPoints === undefined ? {} : { automationUpToBasisPoints }),
    escalation: [...escalation],
  }
}
