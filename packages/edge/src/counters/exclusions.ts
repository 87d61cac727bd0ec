/** Requests of registered identities, which never vote. */
export interface Exclusions {
  count(identity: string): void
  /** Since the gateway started. */
  totals(): ReadonlyMap<string, number>
  /** What was counted since the last call. */
  drain(): { readonly identity: string; readonly requests: number }[]
}

export function createExclusions(): Exclusions {
  const totals = new Map<string, number>()
  const drained = new Map<string, number>()
  return {
    count: (identity) => void totals.set(identity, (totals.get(identity) ?? 0) + 1),
    totals: () => totals,
    drain() {
      return [...totals].flatMap(([identity, total]) => {
        const requests = total - (drained.get(identity) ?? 0)
        drained.set(identity, total)
        return requests === 0 ? [] : [{ identity, requests }]
      })
    },
  }
}
