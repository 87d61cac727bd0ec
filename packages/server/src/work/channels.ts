import { entryOf, type OperatingModel } from '@headgate/core/model'

/** Topics for which somebody's pager may ring. */
const urgentTopics: ReadonlySet<string> = new Set(['stopping', 'escalated'])

/**
 * Where a message to a team goes: to its chat, and when it is urgent to its pager as well, each written as
 * `<notifier>:<target>`. A team without either, and whoever is no team, is told through the log under their own name.
 */
export function channelsOf(model: OperatingModel, to: string, topic: string): readonly string[] {
  const team = entryOf(model.teams, to)
  const channels = [team?.chat, urgentTopics.has(topic) ? team?.oncall : undefined].filter(
    (channel) => channel !== undefined,
  )
  return channels.length > 0 ? channels : [to]
}

/** The notifier and the target within it; undefined for a plain name. */
export function parseChannel(channel: string): { readonly notifier: string; readonly target: string } | undefined {
  const [, notifier, target] = /^([\w-]+):(.+)$/.exec(channel) ?? []
  return notifier === undefined || target === undefined ? undefined : { notifier, target }
}
