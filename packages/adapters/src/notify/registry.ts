import type { Notifier } from '@headgate/core/ports'
import type { Outbound, Secrets } from '../outbound/index.ts'
import { parseOptions, pick } from '../registry.ts'
import { logNotifier, logOptions } from './log/log.ts'
import { webhookNotifier, webhookOptions } from './webhook/webhook.ts'

/** What notifiers may use of the world. */
export interface NotifierDeps {
  readonly outbound: Outbound
  readonly secrets: Secrets
  readonly now: () => number
  /** Takes one line of the log, without its line end. */
  readonly writeLine: (line: string) => void
}

type CreateNotifier = (options: unknown, deps: NotifierDeps) => Notifier<AbortSignal>

const notifiers: ReadonlyMap<string, CreateNotifier> = new Map([
  ['log', fromLog],
  ['webhook', fromWebhook],
])

export const notifierKinds: readonly string[] = [...notifiers.keys()]

/** Build a notifier of the operating model. Throws INVALID_INPUT for an unknown kind or wrong options. */
export function createNotifier(kind: string, options: unknown, deps: NotifierDeps): Notifier<AbortSignal> {
  return pick(notifiers, 'notifier', kind)(options, deps)
}

function fromLog(options: unknown, deps: NotifierDeps): Notifier<AbortSignal> {
  parseOptions(logOptions, options, 'log')
  return logNotifier(deps.writeLine)
}

function fromWebhook(options: unknown, deps: NotifierDeps): Notifier<AbortSignal> {
  return webhookNotifier(parseOptions(webhookOptions, options, 'webhook'), deps)
}
