import type { Problem } from '@headgate/core/model'
import {
  Composer,
  type CST,
  type Document,
  isAlias,
  isMap,
  isScalar,
  isSeq,
  Lexer,
  LineCounter,
  Parser,
  type YAMLMap,
} from 'yaml'
import { pointer } from './pointer.ts'
import { brief } from './scalars.ts'

export interface SourceFile {
  readonly path: string
  readonly text: string
}

/** A file's content as plain data, and where each part of it stands. */
export interface YamlTree {
  readonly file: string
  readonly value: unknown
  /** By JSON pointer: where the key (or list item) stands, and where its value does. */
  readonly places: ReadonlyMap<string, { readonly key: Place; readonly value: Place }>
}

export interface Place {
  readonly line: number
  readonly column: number
}

/** A longer file is refused before it is parsed; the wire's `modelFile` has the same limit. */
export const maxModelFileCharacters = 2_000_000
const limits = { depth: 32, values: 30_000, lexemes: 200_000, scalar: 20_000 } as const
/** More problems than this per file are counted, not listed. */
const listedProblems = 100

/**
 * Read YAML that nobody has vouched for. Size, depth and number of values are bounded before the parser builds anything
 * (its composer recurses, and its own check for duplicate keys is quadratic), and aliases count as what they expand to.
 */
export function readYaml(file: SourceFile): { readonly tree?: YamlTree; readonly problems: readonly Problem[] } {
  if (file.text.length > maxModelFileCharacters) {
    const message = `the file has more than ${maxModelFileCharacters} characters; split it`
    return { problems: [{ path: '', message, file: file.path, line: 1, column: 1 }] }
  }
  const lines = new LineCounter()
  const tokens = readTokens(file.text, lines)
  if (!('message' in tokens)) return composeTree(file, tokens, lines)
  return { problems: [{ path: '', message: tokens.message, file: file.path, ...placeAt(lines, tokens.offset) }] }
}

interface Excess {
  readonly message: string
  readonly offset: number
}

/** Feeds the parser lexeme by lexeme and stops early: without that, 2 MB of brackets take it 8 s. */
function readTokens(text: string, lines: LineCounter): CST.Token[] | Excess {
  const parser = new Parser(lines.addNewLine)
  lines.addNewLine(0)
  const tokens: CST.Token[] = []
  let count = 0
  let offset = 0
  let depth = 0
  for (const lexeme of new Lexer().lex(text)) {
    count += 1
    depth += depthChange.get(lexeme) ?? 0
    if (count > limits.lexemes)
      return { message: `more than ${limits.lexemes} words and marks; split the file`, offset }
    if (depth > limits.depth) return { message: `nested deeper than ${limits.depth} levels`, offset }
    if (lexeme.length > limits.scalar && !lexeme.startsWith('#')) {
      return { message: `a text of more than ${limits.scalar} characters`, offset }
    }
    offset += markers.has(lexeme) ? 0 : lexeme.length
    tokens.push(...parser.next(lexeme))
  }
  tokens.push(...parser.end())
  return findExcess(tokens) ?? tokens
}

const depthChange: ReadonlyMap<string, number> = new Map([
  ['[', 1],
  ['{', 1],
  [']', -1],
  ['}', -1],
])

/** Lexemes that stand for something, not for text: document, flow end and scalar marks of the lexer. */
const markers: ReadonlySet<string> = new Set(['\u0002', '\u0018', '\u001f'])

function composeTree(
  file: SourceFile,
  tokens: readonly CST.Token[],
  lines: LineCounter,
): { tree?: YamlTree; problems: readonly Problem[] } {
  const composer = new Composer({ uniqueKeys: false, stringKeys: true, prettyErrors: false, schema: 'core' })
  const documents = [...composer.compose(tokens, true, file.text.length)]
  const [document, second] = documents
  const syntax = documents.flatMap((each) => [...each.errors, ...each.warnings])
  const reader = new Reader(file.path, lines)
  for (const { pos, message } of syntax.slice(0, listedProblems)) reader.report('', sentence(message), pos[0])
  if (second !== undefined) reader.report('', 'expected one document in the file, found several', second.range[0])
  if (document === undefined || reader.problems.length > 0) return { problems: reader.problems }
  if (document.directives?.yaml.version === '1.1') reader.report('', 'YAML 1.1 is not read; remove the %YAML line', 0)
  const value = reader.read(document.contents, [], document.contents?.range?.[0] ?? 0)
  if (reader.problems.length > 0) return { problems: reader.problems }
  return { tree: { file: file.path, value, places: reader.places }, problems: [] }
}

type Node = Document['contents']

/** Turns nodes into plain data, noting places; anchors resolve to what stood before, as the format says. */
class Reader {
  readonly problems: Problem[] = []
  readonly places = new Map<string, { key: Place; value: Place }>()
  readonly #file: string
  readonly #lines: LineCounter
  readonly #anchors = new Map<string, Node>()
  readonly #open = new Set<Node>()
  #values = 0

  constructor(file: string, lines: LineCounter) {
    this.#file = file
    this.#lines = lines
  }

  report(path: string, message: string, offset: number): undefined {
    this.problems.push({ path, message, file: this.#file, ...placeAt(this.#lines, offset) })
  }

  read(node: Node, path: readonly (string | number)[], keyOffset: number): unknown {
    const at = node?.range?.[0] ?? keyOffset
    const key = pointer(path)
    this.places.set(key, { key: placeAt(this.#lines, keyOffset), value: placeAt(this.#lines, at) })
    this.#values += 1
    if (this.#values > limits.values) {
      if (this.#values === limits.values + 1)
        this.report(key, `more than ${limits.values} values, aliases included; split the file`, at)
      return undefined
    }
    if (path.length > limits.depth) return this.report(key, `nested deeper than ${limits.depth} levels`, at)
    if (isAlias(node)) return this.#readAlias(node.source, path, at)
    if (isScalar(node)) this.#remember(node.anchor, node)
    if (isScalar(node)) return this.#readScalar(node.value, key, at)
    if (!isMap(node) && !isSeq(node)) return null
    this.#remember(node.anchor, node)
    this.#open.add(node)
    const value = isMap(node)
      ? this.#readMap(node, path)
      : node.items.map((item, index) => this.read(asNode(item), [...path, index], nodeOffset(item) ?? at))
    this.#open.delete(node)
    return value
  }

  #readScalar(value: unknown, key: string, at: number): unknown {
    if (typeof value !== 'string' || value.isWellFormed()) return value
    return this.report(key, 'the text holds half of a character (a lone surrogate)', at)
  }

  #readMap(map: YAMLMap, path: readonly (string | number)[]): Record<string, unknown> {
    const seen = new Map<string, number>()
    const value: Record<string, unknown> = {}
    for (const pair of map.items) {
      const name = isScalar(pair.key) ? String(pair.key.value) : ''
      const at = nodeOffset(pair.key) ?? map.range?.[0] ?? 0
      const first = seen.get(name)
      if (first !== undefined) {
        const { line } = placeAt(this.#lines, first)
        this.report(pointer([...path, name]), `the key "${brief(name)}" stands here twice; first on line ${line}`, at)
      } else if (name === '__proto__') {
        this.report(pointer([...path, name]), 'the key "__proto__" is refused; choose another', at)
      } else {
        value[name] = this.read(asNode(pair.value), [...path, name], at)
      }
      seen.set(name, first ?? at)
    }
    return value
  }

  #readAlias(name: string, path: readonly (string | number)[], at: number): unknown {
    const target = this.#anchors.get(name)
    if (target === undefined)
      return this.report(pointer(path), `no anchor &${brief(name)} stands before this alias`, at)
    if (this.#open.has(target)) return this.report(pointer(path), `the alias *${brief(name)} contains itself`, at)
    return this.read(target, path, at)
  }

  #remember(anchor: string | undefined, node: Node): void {
    if (anchor !== undefined) this.#anchors.set(anchor, node)
  }
}

/** First place where the raw tokens exceed what we are willing to build a tree from. A stack, not recursion: depth is hostile. */
function findExcess(tokens: readonly CST.Token[]): Excess | undefined {
  const stack: { token: CST.Token; depth: number }[] = tokens.map((token) => ({ token, depth: 0 }))
  let values = 0
  // Ends: every token is pushed once, by its only parent.
  for (let next = stack.pop(); next !== undefined; next = stack.pop()) {
    const { token, depth } = next
    values += 1
    if (values > limits.values * 2)
      return { message: `more than ${limits.values} values; split the file`, offset: token.offset }
    if (depth > limits.depth) return { message: `nested deeper than ${limits.depth} levels`, offset: token.offset }
    if (token.type === 'document' && token.value !== undefined) stack.push({ token: token.value, depth })
    if (!('items' in token)) continue
    for (const { key, value } of token.items) {
      if (key !== undefined && key !== null) stack.push({ token: key, depth: depth + 1 })
      if (value !== undefined) stack.push({ token: value, depth: depth + 1 })
    }
  }
  return undefined
}

function placeAt(lines: LineCounter, offset: number): Place {
  const { line, col } = lines.linePos(offset)
  return { line: Math.max(1, line), column: Math.max(1, col) }
}

function asNode(value: unknown): Node {
  return isScalar(value) || isMap(value) || isSeq(value) || isAlias(value) ? value : null
}

function nodeOffset(value: unknown): number | undefined {
  return asNode(value)?.range?.[0]
}

function sentence(message: string): string {
  return message.replace(/\s+/g, ' ').slice(0, 300)
}
