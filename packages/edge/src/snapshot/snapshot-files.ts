import { mkdir } from 'node:fs/promises'
import { join } from 'node:path'
import { signedSnapshot } from '@headgate/protocol/snapshot'
import { z } from 'zod'
import { readParsed, setAside, writeDurably, type EdgeLog } from '../link/index.ts'
import type { KeptSnapshot } from './snapshot-cache.ts'
import type { PublicKeys } from './snapshot-keys.ts'

/** What a gateway remembers on disk between runs, in a folder of its own. */
export interface SnapshotFiles {
  loadSnapshot(): Promise<KeptSnapshot | undefined>
  /** Moves a kept snapshot that is not to be used out of the way. */
  setSnapshotAside(): Promise<void>
  /** The newest version ever accepted, 0 when unknown. */
  loadNewestVersion(): Promise<number>
  save(kept: KeptSnapshot, version: number): Promise<void>
  loadKeys(): Promise<PublicKeys | undefined>
  saveKeys(keys: PublicKeys): Promise<void>
}

const keptSnapshot = z.strictObject({ signed: signedSnapshot, receivedAt: z.int().min(0) })
const newestVersion = z.strictObject({ version: z.int().min(0) })
const publicKeys = z.record(z.string(), z.string())

/**
 * Files under `folder` (created, owner only). The newest version has its own file, so that a damaged snapshot file does not
 * open the door to an older snapshot. A file that cannot be understood is set aside with a warning and counts as absent.
 */
export async function openSnapshotFiles(folder: string, log: EdgeLog): Promise<SnapshotFiles> {
  await mkdir(folder, { recursive: true, mode: 0o700 })
  const snapshotPath = join(folder, 'snapshot.json')
  const versionPath = join(folder, 'newest-version.json')
  const keysPath = join(folder, 'keys.json')
  return {
    loadSnapshot: () => readParsed(snapshotPath, keptSnapshot, log),
    setSnapshotAside: async () => {
      await setAside(snapshotPath)
    },
    loadNewestVersion: async () => (await readParsed(versionPath, newestVersion, log))?.version ?? 0,
    async save(kept, version) {
      // The snapshot first: after a crash in between, the kept snapshot itself tells the newest version.
      await writeDurably(snapshotPath, JSON.stringify(kept))
      await writeDurably(versionPath, JSON.stringify({ version }))
    },
    loadKeys: () => readParsed(keysPath, publicKeys, log),
    saveKeys: (keys) => writeDurably(keysPath, JSON.stringify(keys)),
  }
}
