import { chmod, mkdtemp, readdir, readFile, rm, stat, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { buildSnapshot, createSnapshotSigner, issuedAt } from '@headgate/testkit/snapshot'
import { afterEach, beforeEach, describe, expect, test } from 'vitest'
import { recordingLog } from '../link/testing/scripted-link.ts'
import { createSnapshotKeeper } from './keep-snapshot.ts'
import { openSnapshotFiles, type KeptSnapshot } from './index.ts'

const signer = createSnapshotSigner()
const kept = (version: number): KeptSnapshot => ({
  signed: signer.sign(buildSnapshot({ version })),
  receivedAt: issuedAt + version,
})

let folder = ''
beforeEach(async () => {
  folder = join(await mkdtemp(join(tmpdir(), 'headgate-')), 'state')
})
afterEach(() => rm(join(folder, '..'), { recursive: true }))

describe('state on disk', () => {
  test('reads back what was saved, in a folder and files that only their owner may read', async () => {
    const files = await openSnapshotFiles(folder, recordingLog())
    expect([await files.loadSnapshot(), await files.loadNewestVersion(), await files.loadKeys()]).toEqual([
      undefined,
      0,
      undefined,
    ])
    await files.save(kept(7), 7)
    await files.saveKeys({ k1: signer.publicKey })
    const again = await openSnapshotFiles(folder, recordingLog())
    expect(await again.loadSnapshot()).toEqual(kept(7))
    expect(await again.loadNewestVersion()).toBe(7)
    expect(await again.loadKeys()).toEqual({ k1: signer.publicKey })
    expect((await stat(folder)).mode & 0o777).toBe(0o700)
    for (const name of await readdir(folder)) expect((await stat(join(folder, name))).mode & 0o777).toBe(0o600)
  })

  test.each(['', '{', '{"signed":{}}', '\0\0\0\0'])(
    'a damaged snapshot file (%j) is set aside with a warning, and the newest version is still known',
    async (text) => {
      const files = await openSnapshotFiles(folder, recordingLog())
      await files.save(kept(7), 7)
      await writeFile(join(folder, 'snapshot.json'), text)
      const log = recordingLog()
      const again = await openSnapshotFiles(folder, log)
      expect(await again.loadSnapshot()).toBeUndefined()
      expect(await again.loadNewestVersion()).toBe(7)
      expect(log.lines).toMatchObject([{ level: 'warn' }])
      expect(await readFile(join(folder, 'snapshot.json.corrupt'), 'utf8')).toBe(text)
      await again.save(kept(8), 8)
      expect(await again.loadSnapshot()).toEqual(kept(8))
    },
  )

  test('a write that fails leaves the old file whole and nothing behind', async () => {
    const files = await openSnapshotFiles(folder, recordingLog())
    await files.save(kept(7), 7)
    // In place of a full disk: a value that cannot be written at all, then a place that cannot be written to.
    const endless = {
      ...kept(8),
      get signed(): never {
        throw new Error('ENOSPC')
      },
    }
    await expect(files.save(endless, 8)).rejects.toThrow('ENOSPC')
    await rm(join(folder, 'snapshot.json'))
    await rm(folder, { recursive: true })
    await expect(files.save(kept(8), 8)).rejects.toThrow('ENOENT')
    await openSnapshotFiles(folder, recordingLog())
    expect(await readdir(folder)).toEqual([])
    await chmod(folder, 0o700)
  })
})

describe('keeping behind the scenes', () => {
  test('writes one after the other, and only the latest when the disk is slow', async () => {
    const written: number[] = []
    const slow = Promise.withResolvers<void>()
    const save = async (_: KeptSnapshot, version: number): Promise<void> => {
      written.push(version)
      if (version === 1) await slow.promise
    }
    const keeper = createSnapshotKeeper({ save }, recordingLog())
    for (const version of [1, 2, 3, 4]) keeper.keep(kept(version), version)
    slow.resolve()
    await keeper.settled()
    expect(written).toEqual([1, 4])
    keeper.keep(kept(5), 5)
    await keeper.settled()
    expect(written).toEqual([1, 4, 5])
  })

  test('a full disk is reported and does not stop it', async () => {
    const failures: unknown[] = []
    const log = recordingLog()
    let isFull = true
    const save = (): Promise<void> => (isFull ? Promise.reject(new Error('ENOSPC')) : Promise.resolve())
    const keeper = createSnapshotKeeper({ save }, log, (error) => failures.push(error))
    keeper.keep(kept(1), 1)
    await keeper.settled()
    isFull = false
    keeper.keep(kept(2), 2)
    await keeper.settled()
    expect(failures).toHaveLength(1)
    expect(log.lines).toMatchObject([{ level: 'error', fields: { version: 1 } }])
  })
})
