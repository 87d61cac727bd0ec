import type { Integration, OperatingModel } from '../operating-model.ts'
import { finding, type Finding } from './finding.ts'

/** Retries end, and somebody owns what is left when they have. */
export function lintIntegrations(model: OperatingModel): Finding[] {
  return Object.entries(model.integrations).flatMap(([id, integration]) => lintIntegration(id, integration))
}

function lintIntegration(id: string, { retry, owner, onExhausted, respondWithinMs }: Integration): Finding[] {
  const found: Finding[] = []
  const base = `/integrations/${id}`
  const unbounded = [
    ...(retry.attempts === undefined ? ['attempts'] : []),
    ...(retry.withinMs === undefined ? ['within'] : []),
  ]
  if (unbounded.length > 0) {
    const message = `integration "${id}" may retry forever: retry has no ${unbounded.join(' and no ')}; bound it, e.g. { attempts: 8, within: 15m }`
    found.push(finding('unbounded-retry', `${base}/retry`, message))
  }
  if (owner === undefined || owner === '') {
    const message = `integration "${id}" has no owner; name the team that gets its exceptions`
    found.push(finding('integration-without-owner', base, message))
  }
  if (onExhausted === undefined) {
    const message = `nothing follows when integration "${id}" has used up its retries; write onExhausted: exception`
    found.push(finding('integration-without-response', base, message))
  } else if (onExhausted === 'drop') {
    const message = `integration "${id}" drops messages when its retries are used up; write onExhausted: exception unless a loss is harmless`
    found.push(finding('integration-drops-messages', `${base}/onExhausted`, message))
  } else if (respondWithinMs === undefined) {
    const message = `exceptions of integration "${id}" have no response target; write respondWithin`
    found.push(finding('integration-without-response', base, message))
  }
  return found
}
