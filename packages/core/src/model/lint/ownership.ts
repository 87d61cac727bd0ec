import { domainsTouched } from '../../authority/domains.ts'
import { peopleOf } from '../../authority/people.ts'
import { rightOf } from '../../authority/rights.ts'
import type { Domain, OperatingModel } from '../operating-model.ts'
import type { ReleasePlan } from '../release-plan.ts'
import { finding, type Finding } from './finding.ts'

/** Somebody owns it, somebody may stop it, and somebody is told when nobody acts. */
export function lintOwnership(model: OperatingModel, plans: readonly ReleasePlan[]): Finding[] {
  return [
    ...Object.keys(model.teams)
      .filter((id) => peopleOf(model, [id]).length === 0)
      .map((id) =>
        finding('team-without-people', `/teams/${id}`, `team "${id}" has nobody in it; give it a lead or members`),
      ),
    ...Object.entries(model.domains).flatMap(([id, domain]) => lintDomain(model, id, domain)),
    ...plans.flatMap((plan) => lintRaise(model, plan)),
  ]
}

function lintDomain(model: OperatingModel, id: string, { rights, escalation }: Domain): Finding[] {
  const found: Finding[] = []
  const { stop } = rights
  if (stop === undefined || peopleOf(model, stop.teams).length === 0) {
    const message = `nobody may stop releases in domain "${id}"; add rights.stop: { any: [team] }`
    found.push(finding('domain-without-stop', `/domains/${id}${stop === undefined ? '' : '/rights/stop'}`, message))
  } else if (stop.quorum > 1) {
    const message = `stopping in domain "${id}" needs ${stop.quorum} people; a stop is one person's act: write any: [teams]`
    found.push(finding('stop-needs-quorum', `/domains/${id}/rights/stop`, message))
  }
  if (escalation.length === 0) {
    const message = `nobody is told when a hold in domain "${id}" is not answered; add escalation: [{ after: 5m, to: team }]`
    found.push(finding('domain-without-escalation', `/domains/${id}`, message))
  }
  for (const [name, rule] of Object.entries(rights)) {
    const people = peopleOf(model, rule.teams).length
    if (name !== 'stop' && people < rule.quorum) {
      const message = `"${name}" in domain "${id}" needs ${rule.quorum} distinct people, its teams have ${people}; add people or lower the quorum`
      found.push(finding('quorum-out-of-reach', `/domains/${id}/rights/${name}`, message))
    }
  }
  return found
}

function lintRaise(model: OperatingModel, plan: ReleasePlan): Finding[] {
  return domainsTouched(model, plan)
    .filter((id) => rightOf(model, 'raise', id) === undefined)
    .map((id) => {
      const message = `release "${plan.id}" touches domain "${id}", where nobody may raise; add rights.raise to the domain`
      return finding('domain-without-raise', `/domains/${id}`, message)
    })
}
