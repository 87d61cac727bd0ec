import { entryOf } from '@headgate/core/model'
import type { Notice, Notifier } from '@headgate/core/ports'
import type { Db } from '../db/index.ts'
import type { ModelStore } from '../model/index.ts'
import { parseChannel } from './channels.ts'

/** Builds the notifier of a kind; throws for an unknown kind or wrong options. Bound to the adapters by compose. */
export type CreateNotifier = (kind: string, options: unknown) => Notifier<AbortSignal>

export interface SendOptions {
  readonly db: Db
  readonly models: ModelStore
  readonly createNotifier: CreateNotifier
}

/** Sends a message through the notifier that its channel names in the operating model in force, or to the log. */
export function createSend({ db, models, createNotifier }: SendOptions) {
  return async (notice: Notice, signal: AbortSignal): Promise<void> => {
    const channel = parseChannel(notice.to)
    const model = (await models.latest(db))?.model
    const config = channel && model && entryOf(model.notifiers, channel.notifier)
    if (channel === undefined || config === undefined) return createNotifier('log', {}).send(notice, signal)
    return createNotifier(config.kind, config.options).send({ ...notice, to: channel.target }, signal)
  }
}
