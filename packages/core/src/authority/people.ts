import { entryOf } from '../model/entry.ts'
import type { OperatingModel } from '../model/operating-model.ts'

/** A person and those of the asked-for teams that the person belongs to. */
export interface Person {
  /** As the operating model spells it first. */
  readonly address: string
  readonly teams: readonly string[]
}

/** One key per person, however the address is spelled: `Lead@Example.com ` and `lead@example.com` are one (SPEC A5). */
export function personKey(address: string): string {
  return address.normalize('NFKC').trim().toLowerCase()
}

/** The distinct people of some teams, leads included, in the order of the file. */
export function peopleOf(model: OperatingModel, teamIds: readonly string[]): Person[] {
  const people = new Map<string, { address: string; teams: string[] }>()
  for (const id of new Set(teamIds)) {
    const team = entryOf(model.teams, id)
    for (const address of team === undefined ? [] : [team.lead, ...team.members]) {
      const key = personKey(address)
      if (key === '') continue
      const person = people.get(key) ?? { address: address.trim(), teams: [] }
      if (!person.teams.includes(id)) person.teams.push(id)
      people.set(key, person)
    }
  }
  return [...people.values()]
}

/** Ids of the teams that the address belongs to, as lead or member; none for an unknown or empty address. */
export function teamsOf(model: OperatingModel, address: string): string[] {
  const key = personKey(address)
  if (key === '') return []
  return Object.entries(model.teams)
    .filter(([, team]) => [team.lead, ...team.members].some((each) => personKey(each) === key))
    .map(([id]) => id)
}
