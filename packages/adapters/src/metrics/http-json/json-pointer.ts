/** The value at a JSON pointer (RFC 6901), or undefined when the pointer is malformed or leads nowhere. */
export function readPointer(document: unknown, pointer: string): unknown {
  if (pointer === '') return document
  if (!pointer.startsWith('/')) return undefined
  return pointer.slice(1).split('/').map(unescapeToken).reduce(readMember, document)
}

function unescapeToken(token: string): string {
  return token.replaceAll('~1', '/').replaceAll('~0', '~')
}

function readMember(value: unknown, token: string): unknown {
  if (Array.isArray(value)) return /^(0|[1-9][0-9]*)$/.test(token) ? value[Number(token)] : undefined
  if (typeof value !== 'object' || value === null) return undefined
  // Own members only: `/constructor` must not find what every object inherits.
  return Object.getOwnPropertyDescriptor(value, token)?.value
}
