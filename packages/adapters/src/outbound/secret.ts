import { HeadgateError } from '@headgate/core/model'
import { z } from 'zod'

/** Looks a secret up by its name; undefined when there is none. The server reads them from its environment. */
export type Secrets = (name: string) => string | undefined

/**
 * The name of a secret, in place of its value: the operating model lies in Git and is shown by the API. The prefix keeps a
 * model from reading any other variable of the server's environment, such as its database password.
 */
export const secretName = z
  .string()
  .regex(/^HEADGATE_SECRET_[A-Z0-9_]+$/, 'must be the name of a variable HEADGATE_SECRET_…, not the secret itself')

/** Throws INVALID_INPUT when the server was not given the secret. */
export function resolveSecret(secrets: Secrets, name: string): string {
  const value = secrets(name)
  if (value !== undefined && value !== '') return value
  throw new HeadgateError('INVALID_INPUT', `The server has no secret ${name}; set the variable and start it again.`)
}
