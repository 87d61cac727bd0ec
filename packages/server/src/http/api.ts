import { randomUUID } from 'node:crypto'
import type { HttpBindings } from '@hono/node-server'
import { OpenAPIHono } from '@hono/zod-openapi'
import { HeadgateError, type ErrorCode } from '@headgate/core/model'
import type { Scope } from '@headgate/protocol/api'
import type { Context } from 'hono'
import type { Logger } from 'pino'
import { z } from 'zod'
import { readJson } from './body.ts'
import type { HttpMetrics } from './http-metrics.ts'
import { describeRoute } from './openapi.ts'
import { hasScope, type Authenticate, type Principal } from './principal.ts'
import { invalidInput, problemResponse, toHeadgateError } from './problem.ts'

/** One operation of the HTTP API: enough to route it, guard it, parse it and describe it. */
export interface RouteDefinition<Params, Query, Body, Answer> {
  readonly method: 'get' | 'post' | 'put' | 'delete'
  /** With parameters in braces: `/api/v1/releases/{id}`. */
  readonly path: string
  readonly summary: string
  readonly tag: string
  /** Any one of these admits the caller; `public` admits everybody (health and bootstrap only). */
  readonly access: readonly Scope[] | 'public'
  readonly params?: z.ZodType<Params> & z.ZodObject
  readonly query?: z.ZodType<Query> & z.ZodObject
  readonly body?: z.ZodType<Body>
  readonly bodyLimitBytes?: number
  /** Status and schema of success; without a schema the answer is empty (204) or a Response of the handler's own. */
  readonly answer: {
    readonly status: 200 | 201 | 202 | 204
    readonly description: string
    readonly schema?: z.ZodType<Answer>
    readonly contentType?: string
  }
  /** Codes beyond those that every route may answer with. */
  readonly problems?: readonly ErrorCode[]
}

/** A parsed, authenticated request. */
export interface Call<Params, Query, Body> {
  readonly params: Params
  readonly query: Query
  readonly body: Body
  /** Who asks. On public routes a principal without scopes, called `anonymous`. */
  readonly principal: Principal
  readonly remoteAddress: string
  /** Aborts when the caller goes away or the server shuts down. */
  readonly signal: AbortSignal
  readonly log: Logger
  readonly context: ApiContext
}

export interface ApiEnvironment {
  Bindings: Partial<HttpBindings>
  Variables: { requestId: string; principal: Principal; log: Logger }
}
export type ApiContext = Context<ApiEnvironment>

/** What the handler returns: the value of the answer's schema, or a Response for streams and empty answers. */
export type Handler<Params, Query, Body, Answer> = (
  call: Call<Params, Query, Body>,
) => Promise<Answer | Response> | Answer | Response

export interface Api {
  readonly app: OpenAPIHono<ApiEnvironment>
  /**
   * Adds an operation to the router and to the OpenAPI document.
   *
   * @example
   * api.route(
   *   { method: 'get', path: '/api/v1/gateways', summary: 'List gateways', tag: 'exposure', access: ['read'],
   *     answer: { status: 200, description: 'The gateways', schema: z.object({ gateways: z.array(gatewayView) }) } },
   *   async () => ({ gateways: await listGateways(db) }),
   * )
   */
  route<Params, Query, Body, Answer>(
    definition: RouteDefinition<Params, Query, Body, Answer>,
    handler: Handler<Params, Query, Body, Answer>,
  ): void
}

export interface ApiOptions {
  readonly authenticate: Authenticate
  readonly log: Logger
  readonly metrics: HttpMetrics
  /** Aborts when the server begins to shut down: ends long polls and event streams. */
  readonly closing: AbortSignal
  /** Check answers against their schemas: for tests, so that the document never lies. */
  readonly checkAnswers?: boolean
}

const defaultBodyLimitBytes = 64 * 1024
const anonymous: Principal = { name: 'anonymous', tokenId: '', scopes: [] }

/** The HTTP application: request ids, access log, security headers, problem details; slices add their routes. */
export function createApi(options: ApiOptions): Api {
  const app = new OpenAPIHono<ApiEnvironment>()
  app.use(async (context, next) => {
    await observe(context, next, options)
  })
  app.notFound((context) =>
    problemResponse(new HeadgateError('NOT_FOUND', `There is no ${context.req.method} ${context.req.path}`)),
  )
  app.onError((thrown, context) => {
    const error = toHeadgateError(thrown)
    if (error.code === 'INTERNAL') context.var.log.error({ err: thrown }, 'request failed')
    return problemResponse(error)
  })
  return {
    app,
    route(definition, handler) {
      app.openAPIRegistry.registerPath(describeRoute(definition))
      app.on(definition.method, definition.path.replaceAll(/\{(\w+)\}/g, ':$1'), (context) =>
        answerCall(definition, handler, context, options),
      )
    },
  }
}

async function answerCall<Params, Query, Body, Answer>(
  definition: RouteDefinition<Params, Query, Body, Answer>,
  handler: Handler<Params, Query, Body, Answer>,
  context: ApiContext,
  options: ApiOptions,
): Promise<Response> {
  const remoteAddress = context.env?.incoming?.socket.remoteAddress ?? 'unknown'
  const principal = await admit(definition.access, context, remoteAddress, options)
  const answer = await handler({
    params: parsePart(definition.params, context.req.param(), 'path'),
    query: parsePart(definition.query, context.req.query(), 'query'),
    body: await parseBody(definition, context),
    principal,
    remoteAddress,
    // Made only for those who wait: thousands of short requests would otherwise hang themselves on the one long signal.
    get signal() {
      return AbortSignal.any([context.req.raw.signal, options.closing])
    },
    log: context.var.log,
    context,
  })
  if (answer instanceof Response) return answer
  const { schema, status } = definition.answer
  if (schema === undefined || status === 204) return context.body(null, 204)
  if (options.checkAnswers === true) schema.parse(answer)
  return context.json(answer, status)
}

async function admit(
  access: readonly Scope[] | 'public',
  context: ApiContext,
  remoteAddress: string,
  options: ApiOptions,
): Promise<Principal> {
  if (access === 'public') return anonymous
  const principal = await options.authenticate(context.req.header('authorization'), remoteAddress)
  context.set('principal', principal)
  if (!hasScope(principal, access)) {
    throw new HeadgateError('FORBIDDEN', `The token of ${principal.name} lacks the scope ${access.join(' or ')}`)
  }
  return principal
}

/** A part without a schema is not read; its type is then inferred as unknown and nobody can use it. */
function parsePart<T>(schema: z.ZodType<T> | undefined, values: unknown, part: string): T {
  const parsed = (schema ?? absent<T>()).safeParse(schema ? values : undefined)
  if (!parsed.success) throw invalidInput(`The ${part} parameters are not valid`, parsed.error)
  return parsed.data
}

async function parseBody<Body>(
  definition: Pick<RouteDefinition<never, never, Body, never>, 'body' | 'bodyLimitBytes'>,
  context: ApiContext,
): Promise<Body> {
  if (definition.body === undefined) return parsePart<Body>(undefined, undefined, 'body')
  return readJson(context.req.raw, definition.body, definition.bodyLimitBytes ?? defaultBodyLimitBytes)
}

function absent<T>(): z.ZodType<T> {
  return z.custom<T>((value) => value === undefined)
}

const securityHeaders: Readonly<Record<string, string>> = {
  'x-content-type-options': 'nosniff',
  'x-frame-options': 'DENY',
  'referrer-policy': 'no-referrer',
  'content-security-policy': "default-src 'none'; frame-ancestors 'none'",
  'cross-origin-resource-policy': 'same-origin',
}

async function observe(context: ApiContext, next: () => Promise<void>, options: ApiOptions): Promise<void> {
  const began = performance.now()
  options.metrics.begin()
  const given = context.req.header('x-request-id')
  const requestId = given !== undefined && /^[\w.-]{1,64}$/.test(given) ? given : randomUUID()
  context.set('requestId', requestId)
  context.set('log', options.log.child({ requestId }))
  await next()
  const { headers } = context.res
  headers.set('x-request-id', requestId)
  for (const [name, value] of Object.entries(securityHeaders)) headers.set(name, value)
  if (!headers.has('cache-control')) headers.set('cache-control', 'no-store')
  const seconds = (performance.now() - began) / 1_000
  options.metrics.observe({ method: context.req.method, route: routeOf(context), status: context.res.status, seconds })
  logAccess(context, seconds)
}

/** The pattern, never the path: labels stay few, and no id or secret of a caller ends up in them. */
function routeOf(context: ApiContext): string {
  return context.req.matchedRoutes.findLast((route) => route.path !== '/*')?.path ?? 'none'
}

/** Neither headers nor query strings nor bodies are logged: they may hold secrets. */
function logAccess(context: ApiContext, seconds: number): void {
  const entry = {
    method: context.req.method,
    path: context.req.path,
    status: context.res.status,
    ms: Math.round(seconds * 10_000) / 10,
    principal: context.get('principal')?.name,
  }
  if (context.res.status >= 500) context.var.log.warn(entry, 'request')
  else context.var.log.debug(entry, 'request')
}
