import { UrlMatcher } from '../../exposure/url-matcher.ts'
import type { OperatingModel, UrlRule } from '../operating-model.ts'
import { finding, type Finding } from './finding.ts'

/** A class whose every rule is taken by an earlier class never matches a request. */
export function lintRoutes(model: OperatingModel): Finding[] {
  const classes = Object.entries(model.routes)
  const matcher = new UrlMatcher(classes.map(([, { match }]) => match))
  return classes.flatMap(([id, { match }], order) => {
    const winners = match.map((rule) => matcher.match(rule.method ?? 'GET', sampleOf(rule), queryTextOf(rule)))
    if (winners.includes(order)) return []
    const thief = classes[winners[0] ?? -1]?.[0]
    const message =
      thief === undefined
        ? `no request can match route class "${id}"; give it a rule`
        : `route class "${id}" never matches: "${thief}" stands before it and takes its URLs; move "${id}" up`
    return [finding('shadowed-route', `/routes/${id}`, message)]
  })
}

/** A path that the rule matches and that hardly any other literal does. */
function sampleOf({ path }: UrlRule): string {
  const segments = path
    .split('/')
    .map((segment) => (segment === '*' || segment.startsWith(':') ? 'headgate-sample' : segment))
  return encodeURI(segments.join('/'))
}

function queryTextOf({ query = {} }: UrlRule): string {
  return Object.entries(query)
    .map(([name, value]) => `${encodeURIComponent(name)}=${encodeURIComponent(value)}`)
    .join('&')
}
