import type { MetricReader, Reading } from '@headgate/core/ports'
import { HeadgateError } from '@headgate/core/model'
import { z } from 'zod'
import { resolveSecret, secretName, type Outbound, type Secrets } from '../../outbound/index.ts'
import { readPointer } from './json-pointer.ts'

/**
 * `{query}` stands for the criterion's query: percent-encoded in `url`, as it is in `value` (a JSON pointer, RFC 6901).
 * ```yaml
 * metricSources:
 *   shop: { kind: http-json, options: { url: 'https://metrics.example.com/now?name={query}', value: /value, at: /at } }
 * ```
 */
export const httpJsonOptions = z
  .strictObject({
    url: z.string().min(1).max(2_000),
    /** Where the number is. */
    value: z.string().max(500),
    /** Where the time of the measurement is; the time of the answer counts where absent. */
    at: z.string().max(500).exactOptional(),
    atUnit: z.enum(['ms', 's', 'iso']).default('ms'),
    headers: z.record(z.string(), z.union([z.string(), z.strictObject({ secret: secretName })])).default({}),
    timeoutMs: z.int().min(1).max(60_000).default(5_000),
    maxBytes: z.int().min(1).max(50_000_000).default(1_000_000),
  })
  .refine((options) => `${options.url}${options.value}`.includes('{query}'), {
    message: 'must contain {query} in url or value, or every criterion would read the same number',
    path: ['value'],
  })
export type HttpJsonOptions = z.infer<typeof httpJsonOptions>

export interface HttpJsonDeps {
  readonly outbound: Outbound
  readonly secrets: Secrets
  readonly now: () => number
}

/** Reads a number out of a JSON document. Whatever is not one fresh, finite number is `missing` with the reason. */
export function httpJsonSource(options: HttpJsonOptions, deps: HttpJsonDeps): MetricReader<AbortSignal> {
  const headers = resolveHeaders(options.headers, deps.secrets)
  return {
    async read(query, signal) {
      try {
        const url = options.url.replaceAll('{query}', encodeURIComponent(query))
        const { timeoutMs, maxBytes } = options
        const answer = await deps.outbound({ method: 'GET', url, headers, timeoutMs, maxBytes }, signal)
        if (answer.status !== 200) return missing(`the source answered ${answer.status}`)
        return toReading(answer.body, { ...options, value: options.value.replaceAll('{query}', query) }, deps.now())
      } catch (error) {
        return missing(error instanceof HeadgateError ? error.message : String(error))
      }
    },
  }
}

function resolveHeaders(headers: HttpJsonOptions['headers'], secrets: Secrets): Record<string, string> {
  const entries = Object.entries(headers).map(([name, value]) => [
    name,
    typeof value === 'string' ? value : resolveSecret(secrets, value.secret),
  ])
  return { accept: 'application/json', ...Object.fromEntries(entries) }
}

function toReading(body: string, options: HttpJsonOptions, now: number): Reading {
  const document = parse(body)
  if (document === undefined) return missing('the answer is not JSON')
  const value = readPointer(document.json, options.value)
  if (typeof value !== 'number' || !Number.isFinite(value)) {
    return missing(`there is no number at "${options.value}" but ${describe(value)}`)
  }
  if (options.at === undefined) return { kind: 'value', value, at: now }
  const at = toInstant(readPointer(document.json, options.at), options.atUnit)
  return at === undefined ? missing(`there is no time at "${options.at}"`) : { kind: 'value', value, at }
}

function toInstant(value: unknown, unit: HttpJsonOptions['atUnit']): number | undefined {
  const at = toMilliseconds[unit](value)
  return at !== undefined && Number.isFinite(at) && at >= 0 ? Math.round(at) : undefined
}

const toMilliseconds: Readonly<Record<HttpJsonOptions['atUnit'], (value: unknown) => number | undefined>> = {
  ms: (value) => (typeof value === 'number' ? value : undefined),
  s: (value) => (typeof value === 'number' ? value * 1_000 : undefined),
  iso: (value) => (typeof value === 'string' ? Date.parse(value) : undefined),
}

function missing(reason: string): Reading {
  return { kind: 'missing', reason }
}

function parse(text: string): { readonly json: unknown } | undefined {
  try {
    return { json: JSON.parse(text) }
  } catch {
    return undefined
  }
}

function describe(value: unknown): string {
  if (value === undefined) return 'nothing'
  return Array.isArray(value) ? 'a list' : value === null ? 'null' : `a ${typeof value}`
}
