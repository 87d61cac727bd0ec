import { randomBytes } from 'node:crypto'
import { Pool } from 'undici'
import type { GatewayAddress } from './addresses.ts'
import { pauseFor } from './pause.ts'
import type { Recorder } from './recorder.ts'

/** A private page: never crawlable, so the visitor's arm decides who serves it. */
const path = '/cart'
const everyMs = 100
const visitors = 40
const timeoutMs = 3_000

/**
 * The lab's own visitors: they look at their cart ten times a second per gateway and take down who served it. That shows at
 * the shop's front door, not in what the product says of itself, how long a stop takes. They never check out, so they are no
 * evidence of journeys.
 */
export async function probe(
  gateways: readonly GatewayAddress[],
  { recorder, now, signal }: { readonly recorder: Recorder; readonly now: () => number; readonly signal: AbortSignal },
): Promise<void> {
  await Promise.all(gateways.map((gateway) => probeGateway(gateway, { recorder, now, signal })))
}

async function probeGateway(
  gateway: GatewayAddress,
  { recorder, now, signal }: { readonly recorder: Recorder; readonly now: () => number; readonly signal: AbortSignal },
): Promise<void> {
  const pool = new Pool(gateway.url, { connections: 4, headersTimeout: timeoutMs, bodyTimeout: timeoutMs })
  const ids = Array.from({ length: visitors }, () => randomBytes(16).toString('base64url'))
  const onCandidate = new Set<string>()
  try {
    for (let turn = 0; !signal.aborted; turn++) {
      const id = chooseVisitor(turn, ids, onCandidate)
      const at = now()
      void look(pool, id).then((page) => {
        if (page.servedBy === 'candidate') onCandidate.add(id)
        else onCandidate.delete(id)
        if (!signal.aborted) recorder.add({ kind: 'page', at, page: { ...page, gateway: gateway.name } })
        return page
      })
      await pauseFor(everyMs, signal)
    }
  } finally {
    await pool.destroy()
  }
}

/** Mostly visitors who are on the candidate, because it is their last page that counts; the others to find more of them. */
function chooseVisitor(turn: number, ids: readonly string[], onCandidate: ReadonlySet<string>): string {
  const known = [...onCandidate]
  const from = turn % 4 === 0 || known.length === 0 ? ids : known
  return from[Math.floor(turn / 4) % from.length] ?? ''
}

async function look(pool: Pool, visitor: string) {
  try {
    const answer = await pool.request({ method: 'GET', path, headers: { cookie: `hgv=${visitor}` } })
    const text = await answer.body.text()
    return { status: answer.statusCode, servedBy: servedBy(text) }
  } catch {
    return { status: 0, servedBy: 'nobody' as const }
  }
}

function servedBy(html: string): 'control' | 'candidate' | 'nobody' {
  const generator = /<meta name="generator" content="([^"]+)"/.exec(html)?.[1]
  if (generator === 'storefront-next') return 'candidate'
  return generator === 'storefront-legacy' ? 'control' : 'nobody'
}
