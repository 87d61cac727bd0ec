import { nearestWord, suggest } from '@headgate/core/model'
import { z } from 'zod'
import { brief, expected, id } from './scalars.ts'

/**
 * A mapping that knows all its keys. One line of the message per unknown key, in the order of `issue.keys`, so that
 * {@link toProblems} can place each at its own line of the file.
 */
export function strict<Shape extends z.core.$ZodLooseShape>(
  shape: Shape,
  what: string,
): z.ZodObject<Shape, z.core.$strict> {
  const known = Object.keys(shape)
  return z.strictObject(shape, {
    error: (issue) =>
      issue.code === 'unrecognized_keys'
        ? issue.keys
            .slice(0, 200)
            .map((key) => `unknown key "${brief(key)}" in ${what}.${suggest(key, known)}`)
            .join('\n')
        : expected(`${what} (keys: ${known.join(', ')})`, issue.input),
  })
}

/** A mapping from ids to things of one kind. */
export function named<Value extends z.ZodType>(value: Value, what: string): z.ZodRecord<typeof id, Value> {
  return z.record(id, value, {
    error: (issue) =>
      issue.code === 'invalid_key' ? undefined : expected(`a mapping from ids to ${what}`, issue.input),
  })
}

export function list<Value extends z.ZodType>(value: Value, what: string): z.ZodArray<Value> {
  return z.array(value, { error: (issue) => expected(`a list of ${what}`, issue.input) })
}

/** One word of a closed list; the message names the nearest. */
export function word<const Words extends readonly [string, ...string[]]>(
  words: Words,
): z.ZodEnum<{ [Word in Words[number]]: Word }> {
  return z.enum(words, {
    error: ({ input }) => {
      const expectation = expected(`one of ${words.join(', ')}`, input)
      return typeof input === 'string' ? expectation + nearestOf(input, words) : expectation
    },
  })
}

/** `. Did you mean "evict"?` or nothing: the words themselves are already in the message. */
export function nearestOf(input: string, words: readonly string[]): string {
  const nearest = nearestWord(input.slice(0, 100), words)
  return nearest === undefined ? '' : `. Did you mean "${nearest}"?`
}
