import type { RouteConfig } from '@hono/zod-openapi'
import { errorCodes, type ErrorCode } from '@headgate/core/model'
import { errorTable, problemDetails } from '@headgate/protocol/api'
import type { Api, RouteDefinition } from './api.ts'

type Described = Pick<
  RouteDefinition<unknown, unknown, unknown, unknown>,
  'method' | 'path' | 'summary' | 'tag' | 'access' | 'params' | 'query' | 'body' | 'answer' | 'problems'
>

/** The operation as OpenAPI sees it, with the errors that follow from what it takes and asks. */
export function describeRoute(definition: Described): RouteConfig {
  const { answer, body } = definition
  return {
    method: definition.method,
    path: definition.path,
    summary: definition.summary,
    tags: [definition.tag],
    operationId: operationId(definition),
    security: definition.access === 'public' ? [] : [{ token: [...definition.access] }],
    request: {
      ...(definition.params && { params: definition.params }),
      ...(definition.query && { query: definition.query }),
      ...(body && { body: { required: true, content: { 'application/json': { schema: body } } } }),
    },
    responses: {
      [answer.status]: {
        description: answer.description,
        ...(answer.schema && { content: { [answer.contentType ?? 'application/json']: { schema: answer.schema } } }),
      },
      ...problemResponses(definition),
    },
  }
}

function problemResponses(definition: Described): RouteConfig['responses'] {
  const codes = new Set<ErrorCode>(['INTERNAL', 'UNAVAILABLE', ...(definition.problems ?? [])])
  if (definition.access !== 'public')
    for (const code of ['UNAUTHENTICATED', 'FORBIDDEN', 'RATE_LIMITED'] as const) codes.add(code)
  if (definition.params || definition.query || definition.body) codes.add('INVALID_INPUT')
  if (definition.body) codes.add('TOO_LARGE')
  const byStatus = Map.groupBy(
    errorCodes.filter((code) => codes.has(code)),
    (code) => errorTable[code].status,
  )
  return Object.fromEntries(
    [...byStatus].map(([status, ofStatus]) => [
      status,
      { description: ofStatus.join(', '), content: { 'application/problem+json': { schema: problemDetails } } },
    ]),
  )
}

/** `get /api/v1/releases/{id}/events` becomes `getReleasesByIdEvents`. */
function operationId({ method, path }: Described): string {
  const words = path.replace('/api/v1', '').split('/').filter(Boolean)
  const named = words.map((word) =>
    word.replace(/^\{(\w+)\}$/, 'by-$1').replaceAll(/(^|[-.])(\w)/g, (_, __, letter: string) => letter.toUpperCase()),
  )
  return method + named.join('')
}

/** Serves the document of all routes at `/api/v1/openapi.json`; call it after the last route was added. */
export function serveOpenApi(api: Api, version: string): void {
  api.app.openAPIRegistry.registerComponent('securitySchemes', 'token', {
    type: 'http',
    scheme: 'bearer',
    description: 'A token `hg_<id>_<secret>`; the scopes named at an operation are alternatives.',
  })
  let document: ReturnType<typeof openApiDocument> | undefined
  api.route(
    {
      method: 'get',
      path: '/api/v1/openapi.json',
      summary: 'This description of the API',
      tag: 'meta',
      access: ['read', 'gateway', 'signals'],
      answer: { status: 200, description: 'OpenAPI 3.1' },
    },
    ({ context }) => context.json((document ??= openApiDocument(api, version))),
  )
}

export function openApiDocument(api: Api, version: string): ReturnType<Api['app']['getOpenAPI31Document']> {
  return api.app.getOpenAPI31Document({
    openapi: '3.1.0',
    info: {
      title: 'Headgate',
      version,
      description: 'Release control for headless commerce. Errors are problem details (RFC 9457).',
      license: { name: 'Apache-2.0', url: 'https://www.apache.org/licenses/LICENSE-2.0' },
    },
    servers: [{ url: '/' }],
  })
}
