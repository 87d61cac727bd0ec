import { durationPattern, parseDuration } from '@headgate/core/model'
import { z } from 'zod'

/**
 * The small words of the file: ids, durations, shares, fractions, dates, URL rules. Each is a schema that says in its
 * message what was expected and what was found, and a function that reads an accepted text.
 */

/** Ids travel in cookies, journey tokens and metric labels: no dots, no spaces. All-digit keys would lose their file order. */
export const idPattern = /^(?=.*[A-Za-z])[A-Za-z0-9_-]{1,64}$/

/** Keys that every JavaScript object answers to; as an id they would resolve to something that nobody wrote. */
const reservedIds: ReadonlySet<string> = new Set(Object.getOwnPropertyNames(Object.prototype))

export function isReservedId(id: string): boolean {
  return reservedIds.has(id)
}

const idExpected = 'an id: up to 64 letters, digits, "-" and "_", at least one of them a letter'

export const id = z
  .string({ error: (issue) => expected(idExpected, issue.input) })
  .regex(idPattern, { error: (issue) => expected(idExpected, issue.input) })
  .refine((text) => !isReservedId(text), {
    error: (issue) => `"${String(issue.input)}" is a reserved word; choose another id`,
  })

export const text = z
  .string({ error: (issue) => expected('text', issue.input) })
  .trim()
  .min(1, 'expected text, found an empty one')
  .max(2_000, 'expected at most 2000 characters')

export const flag = z.boolean({ error: (issue) => expected('true or false', issue.input) })

const durationExpected = 'a duration such as 500ms, 20s, 5m, 2h or 1d'

function durationOfAtLeast(leastMs: number, what: string): z.ZodString {
  const fits = (value: string): boolean => (parseDuration(value) ?? -1) >= leastMs
  return z
    .string({ error: (issue) => expected(what, issue.input) })
    .regex(durationPattern, { abort: true, error: (issue) => expected(what, issue.input) })
    .refine(fits, { error: (issue) => expected(what, issue.input) })
    .meta({ examples: ['20s', '5m', '2h'] })
}

export const duration = durationOfAtLeast(1, durationExpected)
export const durationOrZero = durationOfAtLeast(0, `${durationExpected}, or 0s`)

/** The schema has accepted every duration that reaches this; `otherwise` is the default for an absent one. */
export function milliseconds(written: string | undefined, otherwise: number): number {
  return (written === undefined ? undefined : parseDuration(written)) ?? otherwise
}

const shareText = /^\d{1,3}(\.\d{1,2})?\s?%$/
const shareExpected = 'a share from 0% to 100% in steps of 0.01%, such as 5%'

/** `5%` or 5 -> 500 basis points. Undefined outside 0..100 %, finer than a basis point, and for a bare fraction such as 0.5. */
export function parseShare(share: string | number): number | undefined {
  if (typeof share === 'string' && !shareText.test(share)) return undefined
  if (typeof share === 'number' && (share < 0 || (share > 0 && share < 1))) return undefined
  const basisPoints = Number.parseFloat(String(share)) * 100
  const whole = Math.round(basisPoints)
  return Math.abs(basisPoints - whole) < 1e-6 && whole >= 0 && whole <= 10_000 ? whole : undefined
}

function shareError(issue: { readonly input?: unknown }): string {
  const { input } = issue
  if (typeof input === 'number' && input > 0 && input < 1) {
    return `a bare ${input} could mean ${input}% or ${Number((input * 100).toFixed(4))}%: write the % sign`
  }
  return expected(shareExpected, input)
}

/** Share of visitors or of URLs. A bare number counts percent. */
export const share = numberOrText(100, shareText, shareError)
  .refine((value) => parseShare(value) !== undefined, { error: shareError })
  .meta({ examples: ['5%', '100%'] })

const fractionText = /^\d{1,3}(\.\d+)?\s?%$/
const fractionExpected = 'a fraction from 0 to 1, or 0% to 100%, such as 0.03 or 3%'

/** `3%` or 0.03 -> 0.03. Undefined outside 0..1. */
export function parseFraction(fraction: string | number): number | undefined {
  if (typeof fraction === 'string' && (fraction.length > 20 || !fractionText.test(fraction))) return undefined
  // Rounded so that 7% is 0.07 and not 0.07000000000000001: margins are part of the plan's hash.
  const value = typeof fraction === 'string' ? Number((Number.parseFloat(fraction) / 100).toPrecision(12)) : fraction
  return value >= 0 && value <= 1 ? value : undefined
}

const fractionError = (issue: { readonly input?: unknown }): string => expected(fractionExpected, issue.input)

/** Margin, rate or probability. A bare number counts as it stands (0.03 is 3 %). */
export const fraction = numberOrText(1, fractionText, fractionError)
  .refine((value) => parseFraction(value) !== undefined, { error: fractionError })
  .meta({ examples: ['3%', 0.03] })

/** A number from 0 to `most`, or a text; every way to be neither is told by `error`. */
export function numberOrText(
  most: number,
  pattern: RegExp,
  error: (issue: { readonly input?: unknown }) => string,
): z.ZodUnion<[z.ZodNumber, z.ZodString]> {
  const number = z.number({ error }).min(0, { error }).max(most, { error })
  return z.union([number, z.string({ error }).regex(pattern, { error })], { error })
}

const instantPattern = /^\d{4}-\d{2}-\d{2}(T\d{2}:\d{2}(:\d{2}(\.\d{1,3})?)?(Z|[+-]\d{2}:\d{2}))?$/
const instantExpected =
  'a date such as 2026-11-27 (midnight UTC) or a time with its zone such as 2026-11-27T18:00+01:00'

/** ISO 8601 with a zone, or a date (midnight UTC), to milliseconds since the epoch. */
export function parseInstant(value: string): number | undefined {
  const at = instantPattern.test(value) ? Date.parse(value) : Number.NaN
  return Number.isNaN(at) ? undefined : at
}

export const instant = z
  .string({ error: (issue) => expected(instantExpected, issue.input) })
  .regex(instantPattern, { abort: true, error: (issue) => expected(instantExpected, issue.input) })
  .refine((value) => parseInstant(value) !== undefined, { error: (issue) => expected(instantExpected, issue.input) })
  .meta({ examples: ['2026-11-27', '2026-11-27T18:00:00Z'] })

export function count(least: number, most: number): z.ZodInt {
  const what = `a whole number from ${least} to ${most}`
  const error = (issue: { readonly input?: unknown }): string => expected(what, issue.input)
  return z.int({ error }).min(least, { error }).max(most, { error })
}

/** `expected a duration such as 20s, found "soon"` */
export function expected(what: string, found: unknown): string {
  return `expected ${what}, found ${describe(found)}`
}

function describe(found: unknown): string {
  if (found === undefined || found === null) return 'nothing'
  if (typeof found === 'string') return `"${brief(found)}"`
  if (typeof found === 'number' || typeof found === 'boolean') return String(found)
  return Array.isArray(found) ? 'a list' : 'a mapping'
}

/** Text of others as it fits into a message: one line, at most 60 characters. */
export function brief(found: string): string {
  const line = found.slice(0, 200).replaceAll(/[\s\p{Cc}]+/gu, ' ')
  return line.length > 60 ? `${line.slice(0, 57)}...` : line
}
