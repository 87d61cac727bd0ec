/** JSON pointer (RFC 6901) of a path: `['stages', 0, 'exit']` -> `/stages/0/exit`. */
export function pointer(path: readonly PropertyKey[]): string {
  return path.map((part) => `/${String(part).replaceAll('~', '~0').replaceAll('/', '~1')}`).join('')
}

/** The pointer of what contains it; undefined at the root. */
export function parentPointer(path: string): string | undefined {
  return path === '' ? undefined : path.slice(0, path.lastIndexOf('/'))
}
