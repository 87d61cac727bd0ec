import { setTimeout as delay } from 'node:timers/promises'
import type { Scope } from '@headgate/protocol/api'
import type { Registry } from 'prom-client'
import { z } from 'zod'
import type { Api } from './api.ts'

/** One thing that must be in order for the process to do its work. */
export interface ReadinessCheck {
  readonly name: string
  /** What is wrong, or undefined. Must not throw; without an answer in {@link checkPatienceMs} it counts as wrong. */
  readonly problem: () => Promise<string | undefined> | string | undefined
}

const readiness = z.object({
  ready: z.boolean(),
  checks: z.array(z.object({ name: z.string(), ok: z.boolean(), problem: z.string().exactOptional() })),
})

/** Adds `/healthz` (the process runs) and `/readyz` (it can work; 503 and the reasons when not). */
export function addHealthRoutes(api: Api, checks: readonly ReadinessCheck[]): void {
  api.route(
    {
      method: 'get',
      path: '/healthz',
      summary: 'Whether the process runs',
      tag: 'meta',
      access: 'public',
      answer: { status: 200, description: 'It does', schema: z.object({ ok: z.literal(true) }) },
    },
    () => ({ ok: true as const }),
  )
  api.route(
    {
      method: 'get',
      path: '/readyz',
      summary: 'Whether the process can do its work now',
      tag: 'meta',
      access: 'public',
      answer: { status: 200, description: 'It can; 503 with the same form says what is missing', schema: readiness },
    },
    async ({ context }) => {
      const answer = await judgeReadiness(checks)
      return context.json(answer, answer.ready ? 200 : 503)
    },
  )
}

async function judgeReadiness(checks: readonly ReadinessCheck[]): Promise<z.infer<typeof readiness>> {
  const judged = await Promise.all(
    checks.map(async ({ name, problem }) => {
      const found = await Promise.race([problem(), noAnswer()])
      return found === undefined ? { name, ok: true } : { name, ok: false, problem: found }
    }),
  )
  return { ready: judged.every((check) => check.ok), checks: judged }
}

/** A database that hangs must not make the answer hang: who asks would take that for a dead process. */
const checkPatienceMs = 2_000

async function noAnswer(): Promise<string> {
  await delay(checkPatienceMs, undefined, { ref: false })
  return `no answer within ${checkPatienceMs} ms`
}

export function addMetricsRoute(api: Api, registry: Registry, access: readonly Scope[] | 'public'): void {
  api.route(
    {
      method: 'get',
      path: '/metrics',
      summary: 'Metrics in the text format of Prometheus',
      tag: 'meta',
      access,
      answer: { status: 200, description: 'Metrics', schema: z.string(), contentType: 'text/plain' },
    },
    async ({ context }) => context.text(await registry.metrics(), 200, { 'content-type': registry.contentType }),
  )
}
