import { z } from 'zod'
import { expected } from '../operating-model/scalars.ts'

/** The small fields of evidence lines; each says what was expected and what was found. */

function whole(min: number, max: number, what: string) {
  const error = (issue: { readonly input?: unknown }): string => expected(what, issue.input)
  return z.int({ error }).min(min, { error }).max(max, { error })
}

function word<const Words extends readonly string[]>(words: Words) {
  return z.enum(words, { error: (issue) => expected(`one of ${words.join(', ')}`, issue.input) })
}

const idExpected = 'an id of 1 to 200 characters'

export const id = z
  .string({ error: (issue) => expected(idExpected, issue.input) })
  .min(1, { error: (issue) => expected(idExpected, issue.input) })
  .max(200, { error: (issue) => expected(idExpected, issue.input) })
export const arm = word(['control', 'candidate'])
export const journeyOutcome = word(['started', 'completed', 'failed'])
export const pageOutcome = word(['ok', 'error'])
export const outcomesFrom = word(['outcomes', 'gateways'])
/** Empty where an order came without a value. */
export const currency = z
  .string({ error: (issue) => expected('a currency code such as EUR, or an empty text', issue.input) })
  .max(3, { error: (issue) => expected('a currency code such as EUR, or an empty text', issue.input) })
export const share = whole(0, 10_000, 'a share in basis points, 0 to 10000')
export const instant = whole(0, 8_640_000_000_000_000, 'an instant in milliseconds since 1970, such as 1790000000000')
export const count = whole(1, Number.MAX_SAFE_INTEGER, 'a whole number above 0')
export const bucket = whole(0, 1_023, 'a bucket, 0 to 1023')
export const position = whole(
  -1,
  10_000,
  'the place of a stage in the header, or -1 for the entry gate before the start',
)
export const durationMs = whole(0, 8_640_000_000_000_000, 'a duration in milliseconds')
export const finite = z.number({ error: (issue) => expected('a number', issue.input) })
