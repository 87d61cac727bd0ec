import { eventStream, type Call } from '../http/index.ts'
import type { ReleaseService } from './releases.ts'

type Watcher = Pick<Call<never, never, never>, 'context' | 'signal'>

/** Sends the view at once and then whenever it looks different; a slow reader gets the latest, not every one. */
export async function watchRelease(releases: ReleaseService, id: string, watcher: Watcher): Promise<Response> {
  // Before the stream begins, so that an unknown release is a plain 404.
  await releases.view(id)
  return eventStream(watcher.context, watcher.signal, async (write, signal) => {
    const changes = changeSignal()
    const unsubscribe = releases.subscribe(id, changes.notify)
    const wake = (): void => changes.notify()
    signal.addEventListener('abort', wake)
    try {
      let sent = ''
      // Ends with the caller's connection or with the server.
      while (!signal.aborted) {
        changes.clear()
        const view = await releases.view(id)
        const text = JSON.stringify(view)
        if (text !== sent) await write({ event: 'release', data: view, id: String(view.revision) })
        sent = text
        await changes.next()
      }
    } finally {
      signal.removeEventListener('abort', wake)
      unsubscribe()
    }
  })
}

interface ChangeSignal {
  readonly notify: () => void
  readonly clear: () => void
  /** Resolves when something has happened since the last `clear`. */
  readonly next: () => Promise<void>
}

function changeSignal(): ChangeSignal {
  let happened = false
  let wake: (() => void) | undefined
  return {
    notify() {
      happened = true
      wake?.()
    },
    clear() {
      happened = false
    },
    next() {
      if (happened) return Promise.resolve()
      return new Promise((resolve) => {
        wake = resolve
      })
    },
  }
}
