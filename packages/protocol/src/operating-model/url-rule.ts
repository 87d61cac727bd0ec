import { canonicalPath } from '@headgate/core/exposure'
import type { UrlRule } from '@headgate/core/model'
import { z } from 'zod'
import { expected } from './scalars.ts'

const methods = ['GET', 'HEAD', 'POST', 'PUT', 'PATCH', 'DELETE', 'OPTIONS'] as const
const rulePattern = /^(?:(GET|HEAD|POST|PUT|PATCH|DELETE|OPTIONS) +)?(\/[^\s?#]*)(?:\?([^\s#]+))?$/
const parameterPattern = /^:[A-Za-z_][A-Za-z0-9_]*$/
const what = 'a URL rule such as "/p/:slug", "/checkout/*" or "POST /cart?gift=1"'

/**
 * `GET /p/:slug?x=y` to its parts; undefined when it is no rule. `:name` and `*` stand for one segment, a last `*` for the
 * rest. Query pairs are decoded; every one must be present in a request, in any order. A path that no request can have
 * once it is canonical (`/a/../b`) is no rule.
 */
export function parseUrlRule(rule: string): UrlRule | undefined {
  const [, method, path, search] = rule.length > 500 ? [] : (rulePattern.exec(rule) ?? [])
  if (path === undefined || !isRulePath(path)) return undefined
  const query = search === undefined ? {} : parseQuery(search)
  if (query === undefined) return undefined
  return { ...(method === undefined ? {} : { method }), path, ...(search === undefined ? {} : { query }) }
}

function isRulePath(path: string): boolean {
  const isPlain = path.split('/').every((segment) => {
    if (segment.startsWith(':')) return parameterPattern.test(segment)
    return segment === '*' || !segment.includes('*')
  })
  const written = path.isWellFormed() ? encodeURI(path).replaceAll('%25', '%') : ''
  return isPlain && canonicalPath(written) === written
}

function parseQuery(search: string): Record<string, string> | undefined {
  const query: Record<string, string> = {}
  for (const [name, value] of new URLSearchParams(search)) {
    if (name === '' || Object.hasOwn(query, name) || name === '__proto__') return undefined
    query[name] = value
  }
  return query
}

const error = (issue: { readonly input?: unknown }): string => {
  const { input } = issue
  const method = typeof input === 'string' ? /^([A-Za-z]+) +\//.exec(input)?.[1] : undefined
  if (method !== undefined && !methods.some((known) => known === method)) {
    return `unknown method "${method}" in "${String(input).slice(0, 60)}"; write one of ${methods.join(', ')}`
  }
  return expected(what, input)
}

export const urlRule = z
  .string({ error })
  .regex(rulePattern, { abort: true, error })
  .refine((rule) => parseUrlRule(rule) !== undefined, { error })
  .meta({ examples: ['/p/:slug', '/checkout/*', 'POST /cart'] })

/** One rule or several; a request that fits any of them fits. */
export const urlRules = z.union([urlRule, z.array(urlRule, { error }).min(1, 'expected at least one URL rule')], {
  error: (issue) => expected(`${what}, or a list of them`, issue.input),
})
