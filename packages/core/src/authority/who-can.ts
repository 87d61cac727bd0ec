import { entryOf } from '../model/entry.ts'
import { HeadgateError } from '../model/errors.ts'
import { suggest } from '../model/nearest.ts'
import { rightNames, type OperatingModel, type RightName } from '../model/operating-model.ts'
import { peopleOf, type Person } from './people.ts'
import { rightOf } from './rights.ts'

/** Who may use a right on a thing, whom to page, and who is told when nobody acts. */
export interface WhoAnswer {
  readonly right: RightName
  readonly on: string
  readonly kind: TargetKind
  /** The domain whose rights decide. */
  readonly domain: string
  /** Distinct people needed; 0 where nobody may. */
  readonly quorum: number
  readonly people: readonly Person[]
  readonly oncall: readonly { readonly team: string; readonly oncall: string }[]
  readonly automationUpToBasisPoints?: number
  readonly escalation: readonly { readonly afterMs: number; readonly to: string }[]
}

export type TargetKind = 'domain' | 'component' | 'flow'

/**
 * Who can `right` on a domain, component or flow. A name that several things share means the domain, then the component;
 * `flow:checkout` says which. Throws `INVALID_INPUT` for an unknown right and `NOT_FOUND` for an unknown target.
 */
export function whoCan(model: OperatingModel, right: string, target: string): WhoAnswer {
  const known = rightNames.find((name) => name === right)
  if (known === undefined) throw new HeadgateError('INVALID_INPUT', `no right "${right}".${suggest(right, rightNames)}`)
  const { kind, domain } = resolve(model, target)
  const rule = rightOf(model, known, domain)
  const teams = rule?.teams ?? []
  const limit = rule?.automation?.maxBasisPoints
  return {
    right: known,
    on: target,
    kind,
    domain,
    // A stop is one person's act, whatever the file says (SPEC A1).
    quorum: known === 'stop' && rule !== undefined ? 1 : (rule?.quorum ?? 0),
    people: peopleOf(model, teams),
    oncall: [...new Set(teams)].flatMap((team) => {
      const oncall = entryOf(model.teams, team)?.oncall
      return oncall === undefined ? [] : [{ team, oncall }]
    }),
    ...(limit === undefined ? {} : { automationUpToBasisPoints: limit }),
    escalation: entryOf(model.domains, domain)?.escalation ?? [],
  }
}

function resolve(model: OperatingModel, target: string): { kind: TargetKind; domain: string } {
  const [, prefix, name = target] = /^(domain|component|flow):(.+)$/.exec(target) ?? []
  const found: Record<TargetKind, string | undefined> = {
    domain: Object.hasOwn(model.domains, name) ? name : undefined,
    component: entryOf(model.components, name)?.domain,
    flow: entryOf(model.flows, name)?.domain,
  }
  for (const kind of ['domain', 'component', 'flow'] as const) {
    const domain = found[kind]
    if (domain !== undefined && (prefix === undefined || prefix === kind)) return { kind, domain }
  }
  const known = [...Object.keys(model.domains), ...Object.keys(model.components), ...Object.keys(model.flows)]
  throw new HeadgateError('NOT_FOUND', `no ${prefix ?? 'domain, component or flow'} "${name}".${suggest(name, known)}`)
}
