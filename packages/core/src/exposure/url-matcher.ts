import type { UrlRule } from '../model/operating-model.ts'

/**
 * Finds the first of several classes of URL rules that a request belongs to. `/p/:slug` matches one segment in place of
 * `:slug`, a last `/*` matches everything below and the path itself, a `*` between slashes one segment; one trailing
 * slash is ignored. A rule for GET also matches HEAD. Rules are data in a compressed trie, never code and never regular
 * expressions; matching visits each node at most once and allocates nothing.
 */
export class UrlMatcher {
  readonly #root: Node = createNode('')
  // Scratch of the match in progress, kept here so that a match allocates nothing.
  #method = ''
  #path = ''
  #query = ''
  #end = 0
  #best = none
  #metParameter = false

  constructor(classes: readonly (readonly UrlRule[])[]) {
    for (const [order, rules] of classes.entries()) {
      for (const rule of rules) insert(this.#root, rule, order)
    }
    compress(this.#root)
  }

  /**
   * Index of the first class with a matching rule, -1 when there is none. `path` must be canonical, `query` has no `?`.
   */
  match(method: string, path: string, query: string): number {
    this.#method = method
    this.#query = query
    this.#search(path)
    // Only a path on which the walk met a `;` can read differently without parameters; looking for one first costs 30 ns.
    if (this.#metParameter) this.#search(path.replaceAll(/;[^/]*/g, ''))
    return this.#best === none ? -1 : this.#best
  }

  #search(path: string): void {
    const length = path.length
    this.#path = path
    this.#end = length > 1 && path.charCodeAt(length - 1) === slash ? length - 1 : length
    this.#best = none
    this.#metParameter = false
    this.#visit(this.#root, 1)
  }

  #visit(node: Node, from: number): void {
    if (node.least >= this.#best) return
    const at = from + node.text.length
    if (!this.#continuesWith(node.text, from)) return
    if (at === this.#end) {
      this.#consider(node.ends)
      this.#consider(node.rest)
      return
    }
    const code = this.#path.charCodeAt(at)
    if (code === semicolon) this.#metParameter = true
    if (node.rest.length > 0 && (code === slash || at === 1)) this.#consider(node.rest)
    const child = node.children.get(code)
    if (child !== undefined) this.#visit(child, at)
    if (node.segment === undefined) return
    const segmentEnd = this.#segmentEnd(at)
    if (segmentEnd > at) this.#visit(node.segment, segmentEnd)
  }

  #continuesWith(text: string, from: number): boolean {
    const path = this.#path
    for (let index = 0; index < text.length; index += 1) {
      const code = path.charCodeAt(from + index)
      if (code === text.charCodeAt(index)) continue
      if (code === semicolon) this.#metParameter = true
      return false
    }
    return from + text.length <= this.#end
  }

  #segmentEnd(from: number): number {
    const path = this.#path
    const end = this.#end
    let at = from
    while (at < end && path.charCodeAt(at) !== slash) at += 1
    return at
  }

  #consider(rules: readonly EndRule[]): void {
    for (const rule of rules) {
      if (rule.order >= this.#best) continue
      if (acceptsMethod(rule.method, this.#method) && hasPairs(this.#query, rule.query)) this.#best = rule.order
    }
  }
}

const slash = 0x2f
const semicolon = 0x3b
const none = Number.MAX_SAFE_INTEGER

interface EndRule {
  readonly order: number
  readonly method: string | undefined
  readonly query: readonly (readonly [string, string])[]
}

interface Node {
  text: string
  children: Map<number, Node>
  segment: Node | undefined
  /** Rules that end here. */
  readonly ends: EndRule[]
  /** Rules whose `/*` begins here. */
  readonly rest: EndRule[]
  /** Smallest order in this subtree: a subtree that cannot win is not visited. */
  least: number
}

function createNode(text: string): Node {
  return { text, children: new Map(), segment: undefined, ends: [], rest: [], least: none }
}

function insert(root: Node, rule: UrlRule, order: number): void {
  const segments = rule.path.split('/').filter((segment) => segment !== '')
  const takesRest = segments.at(-1) === '*'
  if (takesRest) segments.pop()
  let node = root
  node.least = Math.min(node.least, order)
  for (const [index, segment] of segments.entries()) {
    if (index > 0) node = literalChild(node, '/', order)
    if (segment === '*' || segment.startsWith(':')) {
      node.segment ??= createNode('')
      node = node.segment
      node.least = Math.min(node.least, order)
    } else for (const character of asWritten(segment)) node = literalChild(node, character, order)
  }
  const target = takesRest ? node.rest : node.ends
  target.push({ order, method: rule.method?.toUpperCase(), query: Object.entries(rule.query ?? {}) })
}

/** Literals are compared in the form that canonical paths have. */
function asWritten(written: string): string {
  const segment = written.replace(/;.*$/s, '')
  return /^[\u0021-\u007e]*$/.test(segment) ? segment : encodeURI(segment.toWellFormed())
}

function literalChild(node: Node, character: string, order: number): Node {
  const code = character.charCodeAt(0)
  const child = node.children.get(code) ?? createNode(character)
  child.least = Math.min(child.least, order)
  node.children.set(code, child)
  return child
}

/** Joins chains of single characters into one node, so that a match compares runs of text. */
function compress(node: Node): void {
  for (;;) {
    const [only] = node.children.values()
    const isChain = node.children.size === 1 && node.text !== '' && node.segment === undefined
    if (!isChain || only === undefined || node.ends.length > 0 || node.rest.length > 0) break
    node.text += only.text
    node.children = only.children
    node.segment = only.segment
    node.ends.push(...only.ends)
    node.rest.push(...only.rest)
  }
  for (const child of node.children.values()) compress(child)
  if (node.segment !== undefined) compress(node.segment)
}

function acceptsMethod(wanted: string | undefined, method: string): boolean {
  return wanted === undefined || wanted === method || (wanted === 'GET' && method === 'HEAD')
}

function hasPairs(query: string, pairs: readonly (readonly [string, string])[]): boolean {
  if (pairs.length === 0) return true
  if (query === '') return false
  const given = query.split('&').map((pair) => {
    const cut = pair.indexOf('=')
    return cut < 0 ? [decode(pair), ''] : [decode(pair.slice(0, cut)), decode(pair.slice(cut + 1))]
  })
  return pairs.every(([name, value]) => given.some(([key, text]) => key === name && text === value))
}

function decode(text: string): string {
  try {
    return decodeURIComponent(text.replaceAll('+', ' '))
  } catch {
    // A broken escape is compared as it was written: it then equals no rule that a person would write.
    return text
  }
}
