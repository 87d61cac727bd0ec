import type { Problem } from '@headgate/core/model'
import type { z } from 'zod'
import { parentPointer, pointer } from './pointer.ts'
import { expected } from './scalars.ts'
import type { Place, YamlTree } from './yaml-tree.ts'

type Issue = z.core.$ZodIssue

/** What a schema says about a value for which it has no words of its own. */
export function explain(issue: z.core.$ZodRawIssue): string | undefined {
  if (issue.code === 'invalid_type') return expected(wordsOfType.get(issue.expected) ?? issue.expected, issue.input)
  return undefined
}

const wordsOfType = new Map<string, string>([
  ['string', 'text'],
  ['boolean', 'true or false'],
  ['int', 'a whole number'],
  ['number', 'a number'],
  ['record', 'a mapping'],
  ['object', 'a mapping'],
  ['array', 'a list'],
])

/** A schema's issues at their places in the file: unknown keys at the key, missing ones at their parent. */
export function toProblems(issues: readonly Issue[], tree: YamlTree): Problem[] {
  return issues.flatMap((issue) => unfold(issue, [])).map((found) => place(found, tree))
}

interface Found {
  readonly path: readonly PropertyKey[]
  readonly message: string
  readonly at: 'key' | 'value'
}

function unfold(issue: Issue, base: readonly PropertyKey[]): Found[] {
  const path = [...base, ...issue.path]
  if (issue.code === 'unrecognized_keys') {
    const messages = issue.message.split('\n')
    return issue.keys.map((key, index) => ({
      path: [...path, key],
      message: messages[index] ?? 'unknown key',
      at: 'key',
    }))
  }
  if (issue.code === 'invalid_key') {
    return [{ path, message: issue.issues[0]?.message ?? issue.message, at: 'key' }]
  }
  const branch = issue.code === 'invalid_union' ? meantBranch(issue) : undefined
  if (branch !== undefined) return branch.flatMap((inner) => unfold(inner, path))
  return [{ path, message: issue.message, at: 'value' }]
}

/** The branch of a union that the author must have meant: the one that accepts a value of this type. */
function meantBranch(issue: z.core.$ZodIssueInvalidUnion): readonly Issue[] | undefined {
  const fitting = issue.errors.filter(
    (branch) =>
      !branch.some(({ code, path }) => path.length === 0 && (code === 'invalid_type' || code === 'invalid_value')),
  )
  return fitting.length === 1 ? fitting[0] : undefined
}

function place({ path, message, at }: Found, tree: YamlTree): Problem {
  const here = pointer(path)
  const found = tree.places.get(here)
  if (found !== undefined) return { path: here, message, file: tree.file, ...found[at] }
  const key = String(path.at(-1) ?? '')
  const missing = `"${key}" is missing: ${message.replace(/, found nothing$/, '')}`
  return { path: here, message: missing, file: tree.file, ...nearestPlace(here, tree) }
}

/** Where a thing stands, or where the nearest thing around it does. */
export function nearestPlace(path: string, tree: YamlTree): Place {
  // Ends: each round drops one part of the path.
  for (let at: string | undefined = path; at !== undefined; at = parentPointer(at)) {
    const found = tree.places.get(at)
    if (found !== undefined) return found.key
  }
  return { line: 1, column: 1 }
}
