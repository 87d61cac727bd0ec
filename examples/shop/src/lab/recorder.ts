import type { Client } from '@headgate/client'
import type { ReleaseView } from '@headgate/protocol/api'
import type { Entry } from './record.ts'

/** Takes down what happens, and lets a scenario wait for a state of the release. */
export interface Recorder {
  readonly entries: readonly Entry[]
  /** The last view; undefined before the first. */
  readonly view: () => ReleaseView | undefined
  add(entry: Entry): void
  /** Hears every entry, after it was taken down. */
  subscribe(listener: (entry: Entry) => void): () => void
  /** The first view, from now on or already there, that `holds` accepts. Rejects with what it waited for. */
  until(what: string, holds: (view: ReleaseView) => boolean, signal: AbortSignal): Promise<ReleaseView>
}

/** A scenario waited for something that did not come. */
export class NotReached extends Error {
  override readonly name = 'NotReached'
}

export function createRecorder(): Recorder {
  const entries: Entry[] = []
  const listeners = new Set<(entry: Entry) => void>()
  const view = (): ReleaseView | undefined => {
    const last = entries.findLast((entry) => entry.kind === 'view')
    return last?.kind === 'view' ? last.view : undefined
  }
  return {
    entries,
    view,
    add(entry) {
      entries.push(entry)
      for (const listener of listeners) listener(entry)
    },
    subscribe(listener) {
      listeners.add(listener)
      return () => void listeners.delete(listener)
    },
    async until(what, holds, signal) {
      const now = view()
      if (now !== undefined && holds(now)) return now
      return await new Promise<ReleaseView>((resolve, reject) => {
        const unsubscribe = this.subscribe((entry) => {
          if (entry.kind !== 'view' || !holds(entry.view)) return
          unsubscribe()
          resolve(entry.view)
        })
        const giveUp = (): void => {
          unsubscribe()
          reject(new NotReached(`waited for ${what}; the release is ${describe(view())}`))
        }
        if (signal.aborted) giveUp()
        else signal.addEventListener('abort', giveUp, { once: true })
      })
    },
  }
}

function describe(view: ReleaseView | undefined): string {
  if (view === undefined) return 'not there yet'
  const stage = view.stage === undefined ? '' : ` at ${view.stages[view.stage]?.id ?? ''}`
  const verdict = view.verdict === undefined ? '' : `; the gate says ${view.verdict.kind}: ${view.verdict.reason}`
  return `${view.phase}${stage} (${view.reason})${verdict}`
}

/** Follow a release until aborted. A stop's confirmation also takes down which gateway obeyed when. */
export async function follow(
  client: Client,
  release: string,
  { recorder, now, signal }: { readonly recorder: Recorder; readonly now: () => number; readonly signal: AbortSignal },
): Promise<void> {
  for await (const event of client.releases.watch(release, { signal, silenceMs: 40_000 })) {
    if (event.kind === 'lost') recorder.add({ kind: 'link-lost', at: now(), reason: event.reason })
    else {
      const wasInEffect = recorder.view()?.stop?.inEffectAt !== undefined
      recorder.add({ kind: 'view', at: now(), view: event.view })
      if (wasInEffect || event.view.stop?.inEffectAt === undefined) continue
      // Leases are renewed by new snapshots soon: who obeyed when is only known right now.
      const gateways = await client.gateways.list({ signal }).catch(() => [])
      recorder.add({ kind: 'confirmed', at: now(), gateways })
    }
  }
}
