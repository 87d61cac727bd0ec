import { HeadgateError, parseDuration } from '@headgate/core/model'

/** What was typed after a command's name: its arguments in order and its options by their camel-case names. */
export interface Input {
  readonly args: readonly string[]
  readonly options: Readonly<Record<string, unknown>>
}

/** A required argument; commander has refused the call when it is missing. */
export function argument(input: Input, index: number): string {
  const value = input.args[index]
  if (value !== undefined && value !== '') return value
  throw new HeadgateError('INVALID_INPUT', 'An argument is missing or empty; see --help.')
}

export function textOption(input: Input, name: string): string | undefined {
  const value = input.options[name]
  return typeof value === 'string' ? value : undefined
}

/** Throws INVALID_INPUT with the flag's name when it was not given. */
export function requiredOption(input: Input, name: string, why: string): string {
  const value = textOption(input, name)
  if (value !== undefined && value.trim() !== '') return value
  throw new HeadgateError('INVALID_INPUT', `--${kebab(name)} is missing: ${why}.`)
}

export function flag(input: Input, name: string): boolean {
  return input.options[name] === true
}

/** Values of an option that may be repeated or hold a comma-separated list. */
export function listOption(input: Input, name: string): readonly string[] {
  const value = input.options[name]
  const texts = Array.isArray(value) ? value.filter((text) => typeof text === 'string') : []
  return texts.flatMap((text) => text.split(',')).filter((text) => text !== '')
}

/** Values of an option that may be repeated, as they are: file names may hold a comma. */
export function textListOption(input: Input, name: string): readonly string[] {
  const value = input.options[name]
  return Array.isArray(value) ? value.filter((text) => typeof text === 'string' && text !== '') : []
}

/** `3%` or 0.03. */
export function fractionOption(input: Input, name: string): number | undefined {
  const text = textOption(input, name)
  return text === undefined ? undefined : toFraction(text, name)
}

export function fractionListOption(input: Input, name: string): readonly number[] {
  return listOption(input, name).map((text) => toFraction(text, name))
}

function toFraction(text: string, name: string): number {
  const match = /^(\d{1,3}(?:\.\d{1,6})?)\s?(%?)$/.exec(text)
  const value = match === null ? Number.NaN : Number((Number(match[1]) / (match[2] === '%' ? 100 : 1)).toPrecision(12))
  if (value > 0 && value <= 1) return value
  throw new HeadgateError('INVALID_INPUT', `--${kebab(name)} must be a share such as 3% or 0.03, not "${text}".`)
}

/** `2026-05-04T14:03Z`, in milliseconds since 1970. */
export function instantOption(input: Input, name: string): number | undefined {
  const text = textOption(input, name)
  if (text === undefined) return undefined
  const at = /^\d{4}-\d{2}-\d{2}(T\d{2}:\d{2}(:\d{2}(\.\d+)?)?(Z|[+-]\d{2}:\d{2}))?$/.test(text)
    ? Date.parse(text)
    : Number.NaN
  if (at >= 0) return at
  throw new HeadgateError(
    'INVALID_INPUT',
    `--${kebab(name)} must be an instant such as 2026-05-04T14:03Z, not "${text}".`,
  )
}

export function integerOption(input: Input, name: string): number | undefined {
  const text = textOption(input, name)
  if (text === undefined) return undefined
  if (/^\d{1,15}$/.test(text)) return Number(text)
  throw new HeadgateError('INVALID_INPUT', `--${kebab(name)} must be a whole number, not "${text}".`)
}

export function numberOption(input: Input, name: string): number | undefined {
  const text = textOption(input, name)
  if (text === undefined) return undefined
  if (/^\d{1,9}(\.\d{1,6})?$/.test(text) && Number(text) > 0) return Number(text)
  throw new HeadgateError('INVALID_INPUT', `--${kebab(name)} must be a number above 0, not "${text}".`)
}

/** `500ms`, `20s`, `1h30m`, in milliseconds. */
export function durationOption(input: Input, name: string): number | undefined {
  const text = textOption(input, name)
  if (text === undefined) return undefined
  const ms = parseDuration(text)
  if (ms !== undefined) return ms
  throw new HeadgateError('INVALID_INPUT', `--${kebab(name)} must be a duration such as 20s or 5m, not "${text}".`)
}

/** As {@link instantOption}; throws INVALID_INPUT with the flag's name when it was not given. */
export function requiredInstant(input: Input, name: string, why: string): number {
  return instantOption(input, name) ?? Date.parse(requiredOption(input, name, why))
}

/** One of the words, or an error that lists them. */
export function choiceOption<Word extends string>(
  input: Input,
  name: string,
  words: readonly Word[],
): Word | undefined {
  const text = textOption(input, name)
  if (text === undefined) return undefined
  const word = words.find((known) => known === text)
  if (word !== undefined) return word
  throw new HeadgateError('INVALID_INPUT', `--${kebab(name)} must be one of ${words.join(', ')}, not "${text}".`)
}

function kebab(name: string): string {
  return name.replaceAll(/[A-Z]/g, (letter) => `-${letter.toLowerCase()}`)
}
