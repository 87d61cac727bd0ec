import type { UrlRule } from '@headgate/core/model'
import { z } from 'zod'
import { expected } from './scalars.ts'

const methods = ['GET', 'HEAD', 'POST', 'PUT', 'PATCH', 'DELETE', 'OPTIONS'] as const
const rulePattern = /^(?:(GET|HEAD|POST|PUT|PATCH|DELETE|OPTIONS) +)?(\/[^\s?#]*)(?:\?([^\s#]+))?$/
const segmentPattern = /^(?::[A-Za-z_][A-Za-z0-9_]*|\*|[A-Za-z0-9._~!$&'()+,;=@%-]+)$/
const what = 'a URL rule such as "/p/:slug", "/checkout/*" or "POST /cart?gift=1"'

/**
 * `GET /p/:slug?x=y` to its parts; undefined when it is no rule. `:name` stands for one segment, `*` for the rest and only
 * at the end. Query pairs are decoded; every one must be present in a request, in any order.
 */
export function parseUrlRule(rule: string): UrlRule | undefined {
  const [, method, path, search] = rule.length > 500 ? [] : (rulePattern.exec(rule) ?? [])
  if (path === undefined || !isRulePath(path)) return undefined
  const query = search === undefined ? {} : parseQuery(search)
  if (query === undefined) return undefined
  return { ...(method === undefined ? {} : { method }), path, ...(search === undefined ? {} : { query }) }
}

function isRulePath(path: string): boolean {
  if (path === '/') return true
  const segments = path.slice(1).split('/')
  return segments.every((segment, index) => {
    const isLast = index === segments.length - 1
    if (segment === '') return isLast
    if (segment === '.' || segment === '..') return false
    return segmentPattern.test(segment) && (segment !== '*' || isLast)
  })
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
export const urlRules = z.union([urlRule, z.array(urlRule).min(1, 'expected at least one URL rule')])
