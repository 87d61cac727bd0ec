import { entryOf, type OperatingModel } from '@headgate/core/model'
import type { Notice, Notifier } from '@headgate/core/ports'
import { parseChannel } from './channels.ts'

/** Builds the notifier of a kind; throws for an unknown kind or wrong options. Bound to the adapters by compose. */
export type CreateNotifier = (kind: string, options: unknown) => Notifier<AbortSignal>

export interface SendOptions {
  /** The operating model in force, if there is one. */
  readonly model: () => Promise<OperatingModel | undefined>
  readonly createNotifier: CreateNotifier
}

/** Sends a message through the notifier that its channel names in the operating model, or to the log. */
export function createSend({ model, createNotifier }: SendOptions) {
  return async (notice: Notice, signal: AbortSignal): Promise<void> => {
    const channel = parseChannel(notice.to)
    const known = channel && (await model())?.notifiers
    const config = channel && known && entryOf(known, channel.notifier)
    if (channel === undefined || config === undefined) return createNotifier('log', {}).send(notice, signal)
    return createNotifier(config.kind, config.options).send({ ...notice, to: channel.target }, signal)
  }
}
