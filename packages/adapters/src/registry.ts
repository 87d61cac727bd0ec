import { HeadgateError } from '@headgate/core/model'
import type { z } from 'zod'

/** Parse adapter options at the door. Throws INVALID_INPUT with a problem per field. */
export function parseOptions<T>(schema: z.ZodType<T>, options: unknown, kind: string): T {
  const parsed = schema.safeParse(options)
  if (parsed.success) return parsed.data
  throw new HeadgateError('INVALID_INPUT', `The options of "${kind}" are not right: ${summary(parsed.error)}.`, {
    problems: parsed.error.issues.map((issue) => ({ path: issue.path.join('.'), message: issue.message })),
    cause: parsed.error,
  })
}

function summary(error: z.ZodError): string {
  return error.issues.map((issue) => [issue.path.join('.'), issue.message].filter(Boolean).join(': ')).join('; ')
}

/** Pick the entry of a kind. An unknown kind is an error that lists the known: a gate never guesses. */
export function pick<Entry>(entries: ReadonlyMap<string, Entry>, what: string, kind: string): Entry {
  const entry = entries.get(kind)
  if (entry !== undefined) return entry
  throw new HeadgateError('INVALID_INPUT', `There is no ${what} "${kind}"; known: ${[...entries.keys()].join(', ')}.`)
}
