import { createClient, type Client } from '@headgate/client'
import type { ReleaseView } from '@headgate/protocol/api'

/** The people of the operating model at their desks: each has a token of their own, as real people do. */
export interface People {
  /** The client of one person, by address. */
  as(address: string): Promise<Client>
  /** Addresses of the people who may use `right` on a domain, component or flow. */
  who(right: string, on: string): Promise<readonly string[]>
  /** Distinct people of every domain that the release touches say yes to the next raise, as far as it still needs them. */
  approve(view: ReleaseView, reason: string): Promise<readonly string[]>
}

export function createPeople(baseUrl: string, admin: Client): People {
  const clients = new Map<string, Promise<Client>>()
  const people: People = {
    as(address) {
      const known = clients.get(address) ?? hire(baseUrl, admin, address)
      clients.set(address, known)
      return known
    },
    async who(right, on) {
      return (await admin.who({ right, on })).people.map((person) => person.address)
    },
    async approve(view, reason) {
      const { approvalHash } = view
      if (approvalHash === undefined) return []
      const said = new Set(view.approvals.map((approval) => approval.by))
      const chosen = await chooseApprovers(people, view, said)
      for (const address of chosen) {
        const client = await people.as(address)
        await client.releases.approve(view.id, { reason, approvalHash })
      }
      return chosen
    },
  }
  return people
}

async function hire(baseUrl: string, admin: Client, address: string): Promise<Client> {
  const scopes: ('act' | 'read')[] = ['act', 'read']
  const created = await admin.tokens.create({ name: address, principal: address, scopes })
  return createClient({ baseUrl, token: created.token })
}

/** As few people as give every domain its quorum; one yes counts for each domain whose right that person has. */
async function chooseApprovers(
  people: People,
  view: ReleaseView,
  said: ReadonlySet<string>,
): Promise<readonly string[]> {
  const chosen: string[] = []
  for (const rule of view.raise) {
    const able = await people.who('raise', rule.domain)
    const has = able.filter((address) => said.has(address) || chosen.includes(address)).length
    const more = able.filter((address) => !said.has(address) && !chosen.includes(address))
    chosen.push(...more.slice(0, Math.max(0, rule.quorum - has)))
  }
  return chosen
}
