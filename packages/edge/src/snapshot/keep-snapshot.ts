import type { EdgeLog } from '../link/index.ts'
import type { KeptSnapshot } from './snapshot-cache.ts'
import type { SnapshotFiles } from './snapshot-files.ts'

/** Writes accepted snapshots to disk behind the scenes; when the disk is slower than they come, only the latest. */
export interface SnapshotKeeper {
  keep(kept: KeptSnapshot, version: number): void
  /** Resolves when the latest is written, or given up with a log line. */
  settled(): Promise<void>
}

export function createSnapshotKeeper(
  files: Pick<SnapshotFiles, 'save'>,
  log: EdgeLog,
  onFailed: (error: unknown) => void = () => undefined,
): SnapshotKeeper {
  let next: { readonly kept: KeptSnapshot; readonly version: number } | undefined
  let writing: Promise<void> | undefined

  const writeAll = async (): Promise<void> => {
    // Ends when no snapshot came while the last one was written.
    while (next !== undefined) {
      const { kept, version } = next
      next = undefined
      try {
        await files.save(kept, version)
      } catch (error) {
        log.error({ version, error: String(error) }, 'the snapshot could not be kept on disk')
        onFailed(error)
      }
    }
    writing = undefined
  }

  return {
    keep(kept, version) {
      next = { kept, version }
      writing ??= writeAll()
    },
    settled: () => writing ?? Promise.resolve(),
  }
}
