import { HeadgateError } from '../model/errors.ts'

/** Deeper than any document of ours; a cycle reaches it instead of the end of the stack. */
const maxDepth = 200

/**
 * The one text of a JSON value: keys in UTF-16 order, no white space, numbers and strings as ECMAScript writes them
 * (RFC 8785). Properties that are `undefined` are left out; whatever JSON cannot carry throws `INVALID_INPUT`.
 */
export function canonicalJson(value: unknown): string {
  return write(value, '$', 0)
}

function write(value: unknown, path: string, depth: number): string {
  if (depth > maxDepth) throw refuse(path, 'nests too deep or contains itself')
  if (value === null || typeof value === 'boolean') return String(value)
  if (typeof value === 'number') return writeNumber(value, path)
  if (typeof value === 'string') return writeString(value, path)
  if (Array.isArray(value)) {
    return `[${value.map((item: unknown, index) => write(item, `${path}[${index}]`, depth + 1)).join(',')}]`
  }
  if (typeof value === 'object' && isPlain(value)) return writeObject(value, path, depth)
  throw refuse(path, `is a ${typeof value}, which JSON cannot carry`)
}

function writeObject(value: object, path: string, depth: number): string {
  const fields = Object.entries(value)
    .filter(([, field]) => field !== undefined)
    .sort(([a], [b]) => (a < b ? -1 : 1))
    .map(([key, field]) => `${writeString(key, path)}:${write(field, `${path}.${key}`, depth + 1)}`)
  return `{${fields.join(',')}}`
}

function writeNumber(value: number, path: string): string {
  if (!Number.isFinite(value)) throw refuse(path, `is ${value}, which JSON cannot carry`)
  return JSON.stringify(value)
}

function writeString(value: string, path: string): string {
  if (!value.isWellFormed()) throw refuse(path, 'holds half of a surrogate pair')
  return JSON.stringify(value)
}

function isPlain(value: object): boolean {
  const prototype: unknown = Object.getPrototypeOf(value)
  return prototype === Object.prototype || prototype === null
}

function refuse(path: string, what: string): HeadgateError {
  return new HeadgateError('INVALID_INPUT', `the value at ${path} ${what}; record only plain JSON values`, {
    problems: [{ path, message: what }],
  })
}
