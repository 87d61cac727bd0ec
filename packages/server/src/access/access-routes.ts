import { bootstrapRequest, createdToken, createTokenRequest, tokenList } from '@headgate/protocol/api'
import { z } from 'zod'
import type { Api } from '../http/index.ts'
import type { Access } from './access.ts'

const tag = 'access'

export function addAccessRoutes(api: Api, access: Access): void {
  addBootstrapRoute(api, access)
  addTokenRoutes(api, access)
}

function addBootstrapRoute(api: Api, access: Access): void {
  api.route(
    {
      method: 'post',
      path: '/api/v1/bootstrap',
      summary: "Exchange the one-time secret of the first start for an administrator's token",
      tag,
      access: 'public',
      body: bootstrapRequest,
      answer: { status: 201, description: 'The token, shown only now', schema: createdToken },
      problems: ['UNAUTHENTICATED', 'RATE_LIMITED'],
    },
    ({ body, remoteAddress }) => access.bootstrap(body.secret, body.principal ?? 'admin', remoteAddress),
  )
}

function addTokenRoutes(api: Api, access: Access): void {
  api.route(
    {
      method: 'get',
      path: '/api/v1/tokens',
      summary: 'List tokens that are not revoked',
      tag,
      access: ['admin'],
      answer: { status: 200, description: 'Tokens without their secrets', schema: tokenList },
    },
    async () => ({ tokens: [...(await access.list())] }),
  )
  api.route(
    {
      method: 'post',
      path: '/api/v1/tokens',
      summary: 'Create a token for a person or a machine',
      tag,
      access: ['admin'],
      body: createTokenRequest,
      answer: { status: 201, description: 'The token, shown only now', schema: createdToken },
    },
    ({ body, principal }) => access.create(body, principal),
  )
  api.route(
    {
      method: 'delete',
      path: '/api/v1/tokens/{id}',
      summary: 'Revoke a token; it is refused from now on',
      tag,
      access: ['admin'],
      params: z.object({ id: z.string() }),
      answer: { status: 204, description: 'Revoked' },
      problems: ['NOT_FOUND'],
    },
    async ({ params }) => {
      await access.revoke(params.id)
    },
  )
}
