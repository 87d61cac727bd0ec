import { HeadgateError } from '@headgate/core/model'
import type { Notice, Notifier } from '@headgate/core/ports'
import { createHmac } from 'node:crypto'
import { z } from 'zod'
import { resolveSecret, secretName, type Outbound, type Secrets } from '../../outbound/index.ts'

export const webhookOptions = z.strictObject({
  url: z.string().min(1).max(2_000),
  /** Name of the signing secret; without it messages go unsigned. */
  secret: secretName.exactOptional(),
  headers: z.record(z.string(), z.string()).default({}),
  timeoutMs: z.int().min(1).max(60_000).default(5_000),
})
export type WebhookOptions = z.infer<typeof webhookOptions>

export interface WebhookDeps {
  readonly outbound: Outbound
  readonly secrets: Secrets
  readonly now: () => number
}

/**
 * Posts notices as JSON, signed as Standard Webhooks (https://www.standardwebhooks.com) so that receivers can verify them
 * with a library they have. `webhook-id` is the same for every attempt. Anything but a 2xx answer throws.
 */
export function webhookNotifier(options: WebhookOptions, deps: WebhookDeps): Notifier<AbortSignal> {
  const secret = options.secret === undefined ? undefined : resolveSecret(deps.secrets, options.secret)
  return {
    async send(notice, signal) {
      const body = JSON.stringify({
        type: `headgate.${notice.topic}`,
        timestamp: new Date(deps.now()).toISOString(),
        data: notice,
      })
      const headers = {
        ...options.headers,
        'content-type': 'application/json',
        ...signatureHeaders({ id: notice.id, seconds: Math.floor(deps.now() / 1_000), body }, secret),
      }
      const { url, timeoutMs } = options
      const answer = await deps.outbound({ method: 'POST', url, headers, body, timeoutMs, maxBytes: 64_000 }, signal)
      if (answer.status < 200 || answer.status > 299) throw notAccepted(notice, answer.status)
    },
  }
}

interface Signed {
  readonly id: string
  readonly seconds: number
  readonly body: string
}

function signatureHeaders({ id, seconds, body }: Signed, secret: string | undefined): Record<string, string> {
  const headers = { 'webhook-id': id, 'webhook-timestamp': String(seconds) }
  if (secret === undefined) return headers
  const signature = createHmac('sha256', keyOf(secret)).update(`${id}.${seconds}.${body}`).digest('base64')
  return { ...headers, 'webhook-signature': `v1,${signature}` }
}

/** `whsec_…` carries the key in base64; any other text is the key itself. */
function keyOf(secret: string): Buffer {
  return secret.startsWith('whsec_')
    ? Buffer.from(secret.slice('whsec_'.length), 'base64')
    : Buffer.from(secret, 'utf8')
}

function notAccepted(notice: Notice, status: number): HeadgateError {
  return new HeadgateError('UNAVAILABLE', `The webhook did not accept notice ${notice.id}: it answered ${status}.`)
}
