/**
 * Groups of nodes that can reach each other (strongly connected components that contain a cycle), each once, in the order
 * in which its first member stands in `next`. Iterative, because a chain of 100,000 is legal input (Tarjan 1972).
 */
export function findCycles(next: ReadonlyMap<string, readonly string[]>): string[][] {
  const found: string[][] = []
  const state: Search = { index: new Map(), low: new Map(), stack: [], onStack: new Set() }
  for (const start of next.keys()) {
    if (!state.index.has(start)) search(start, next, state, found)
  }
  const order = new Map([...next.keys()].map((id, at) => [id, at]))
  const position = (id: string): number => order.get(id) ?? 0
  for (const group of found) group.sort((a, b) => position(a) - position(b))
  return found.sort((a, b) => position(a[0] ?? '') - position(b[0] ?? ''))
}

interface Search {
  readonly index: Map<string, number>
  readonly low: Map<string, number>
  readonly stack: string[]
  readonly onStack: Set<string>
}

function search(start: string, next: ReadonlyMap<string, readonly string[]>, state: Search, found: string[][]): void {
  const open: { id: string; edges: readonly string[]; at: number }[] = []
  enter(start, next, state, open)
  // Ends: each node is entered once and each edge followed once.
  for (let frame = open.at(-1); frame !== undefined; frame = open.at(-1)) {
    const target = frame.edges[frame.at]
    frame.at += 1
    if (target === undefined) {
      open.pop()
      lower(state, open.at(-1)?.id, state.low.get(frame.id))
      close(frame.id, frame.edges, state, found)
    } else if (!state.index.has(target)) {
      enter(target, next, state, open)
    } else if (state.onStack.has(target)) {
      lower(state, frame.id, state.index.get(target))
    }
  }
}

function enter(
  id: string,
  next: ReadonlyMap<string, readonly string[]>,
  { index, low, stack, onStack }: Search,
  open: { id: string; edges: readonly string[]; at: number }[],
): void {
  const number = index.size
  index.set(id, number)
  low.set(id, number)
  stack.push(id)
  onStack.add(id)
  open.push({ id, edges: next.get(id) ?? [], at: 0 })
}

function lower({ low }: Search, id: string | undefined, to: number | undefined): void {
  if (id !== undefined && to !== undefined) low.set(id, Math.min(low.get(id) ?? to, to))
}

function close(id: string, edges: readonly string[], { index, low, stack, onStack }: Search, found: string[][]): void {
  if (low.get(id) !== index.get(id)) return
  const group = stack.splice(stack.indexOf(id))
  for (const member of group) onStack.delete(member)
  if (group.length > 1 || edges.includes(id)) found.push(group)
}
