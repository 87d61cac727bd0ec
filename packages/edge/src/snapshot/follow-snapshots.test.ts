import { buildExposure, buildSnapshot, createSnapshotSigner, issuedAt } from '@headgate/testkit/snapshot'
import { describe, expect, test } from 'vitest'
import type { LinkAnswer, LinkRequest } from '../link/index.ts'
import {
  answered,
  never,
  recordingLog,
  scriptedLink,
  unreachable,
  type ScriptedLink,
} from '../link/testing/scripted-link.ts'
import {
  createEdgeClock,
  createKeyRing,
  createSnapshotCache,
  followSnapshots,
  restoreSnapshot,
  type FollowOptions,
  type KeptSnapshot,
  type PublicKeys,
  type SnapshotFiles,
} from './index.ts'

const signer = createSnapshotSigner()

/** Files in memory, to see what is kept. */
class MemoryFiles implements SnapshotFiles {
  snapshot: KeptSnapshot | undefined
  keys: PublicKeys | undefined
  version = 0
  isSetAside = false
  isFull = false

  async loadSnapshot(): Promise<KeptSnapshot | undefined> {
    return this.snapshot
  }
  async setSnapshotAside(): Promise<void> {
    this.isSetAside = true
  }
  async loadNewestVersion(): Promise<number> {
    return this.version
  }
  async save(kept: KeptSnapshot, version: number): Promise<void> {
    if (this.isFull) throw new Error('ENOSPC')
    this.snapshot = kept
    this.version = version
  }
  async loadKeys(): Promise<PublicKeys | undefined> {
    return this.keys
  }
  async saveKeys(keys: PublicKeys): Promise<void> {
    this.keys = keys
  }
}

interface Rig {
  readonly options: FollowOptions
  readonly files: MemoryFiles
  readonly link: ScriptedLink
  readonly pauses: number[]
  readonly log: ReturnType<typeof recordingLog>
  /** Follows until the script has nothing more to say. */
  readonly follow: (extra?: Partial<FollowOptions>) => Promise<void>
}

type PollAnswer = LinkAnswer | 'hold'

interface Script {
  /** Answers to the polls, in order; afterwards following is ended. */
  readonly polls: readonly PollAnswer[]
  readonly acknowledge?: (ask: LinkRequest, signal: AbortSignal) => LinkAnswer | Promise<LinkAnswer>
  readonly keys?: readonly LinkAnswer[]
  readonly trusted?: boolean
}

function rig({ polls, keys: keyAnswers = [], trusted = true, acknowledge = () => answered(204) }: Script): Rig {
  const over = new AbortController()
  const left = [...polls]
  const keysLeft = [...keyAnswers]
  let wall = issuedAt
  const next = (answers: LinkAnswer[] | PollAnswer[]): LinkAnswer => {
    const answer = answers.shift()
    if (answer === undefined) over.abort()
    // A poll that the control plane held takes its time.
    if (answer === 'hold') wall += 25_000
    return answer === undefined || answer === 'hold' ? answered(204) : answer
  }
  const link = scriptedLink(async (ask, signal) => {
    if (ask.path === '/api/v1/keys') return next(keysLeft)
    return ask.method === 'POST' ? acknowledge(ask, signal) : next(left)
  })
  const keys = createKeyRing()
  if (trusted) keys.trust({ [signer.keyId]: signer.publicKey })
  const files = new MemoryFiles()
  const pauses: number[] = []
  const log = recordingLog()
  const options: FollowOptions = {
    cache: createSnapshotCache({ signatures: keys, clock: createEdgeClock(() => wall) }),
    files,
    keys,
    link,
    log,
    gateway: 'gw-1',
    source: '00000000-0000-4000-8000-000000000000',
    wallClock: () => wall,
    random: () => 0.5,
    sleep: async (ms) => {
      pauses.push(ms)
    },
  }
  return {
    options,
    files,
    link,
    pauses,
    log,
    follow: (extra) => followSnapshots({ ...options, ...extra }, over.signal),
  }
}

function snapshotAnswer(version: number): LinkAnswer {
  return answered(200, signer.sign(buildSnapshot({ version })))
}

function paths(link: ScriptedLink, method: string): readonly string[] {
  return link.asked.filter((ask) => ask.method === method).map(({ path }) => path)
}

describe('following', () => {
  test('asks for what is newer, applies, acknowledges and keeps it', async () => {
    const { options, files, link, pauses, follow } = rig({ polls: [snapshotAnswer(3), 'hold', snapshotAnswer(4)] })
    const applied: number[] = []
    await follow({ onApplied: ({ compiled }) => applied.push(compiled.version) })
    expect(applied).toEqual([3, 4])
    expect(paths(link, 'GET').slice(0, 4)).toEqual(
      [0, 3, 3, 4].map((version) => `/api/v1/gateway/snapshot?after=${version}&wait=25`),
    )
    expect(link.asked.filter(({ method }) => method === 'POST')).toMatchObject([
      { path: '/api/v1/gateway/acknowledgements', body: { gateway: 'gw-1', version: 3 } },
      { path: '/api/v1/gateway/acknowledgements', body: { gateway: 'gw-1', version: 4 } },
    ])
    expect(files.version).toBe(4)
    expect(pauses).toEqual([])
    expect(options.cache.version()).toBe(4)
  })

  test('waits longer and longer while nobody answers, and not at all once somebody does', async () => {
    const { pauses, follow, log } = rig({
      polls: [unreachable, answered(500), unreachable, unreachable, answered(401), unreachable, 'hold', unreachable],
    })
    await follow()
    expect(pauses).toEqual([75, 150, 300, 600, 1_200, 2_250, 75])
    expect(log.lines.every(({ level }) => level === 'warn')).toBe(true)
  })

  test('does not spin when the control plane does not hold the request', async () => {
    const { pauses, follow } = rig({ polls: [answered(204), answered(204)] })
    await follow()
    expect(pauses).toEqual([250, 250])
  })

  test('E7: what is refused changes nothing, is reported, and is not asked for in a loop', async () => {
    const forged = { ...signer.sign(buildSnapshot({ version: 9 })), signature: 'AAAA' }
    const refusals: string[] = []
    const { options, pauses, log, files, follow } = rig({
      polls: [snapshotAnswer(3), answered(200, forged), answered(200, 'nonsense'), snapshotAnswer(3)],
    })
    await follow({ onRefused: (reason) => refusals.push(reason) })
    expect(refusals).toEqual(['bad-signature', 'malformed', 'not-newer'])
    expect(pauses).toEqual([75, 150, 300])
    expect(options.cache.version()).toBe(3)
    expect(files.version).toBe(3)
    expect(log.lines.filter(({ level }) => level === 'error')).toHaveLength(3)
  })

  test('a full disk delays nothing and is reported', async () => {
    const state = rig({ polls: [snapshotAnswer(3)] })
    state.files.isFull = true
    await state.follow()
    expect(state.options.cache.version()).toBe(3)
    expect(paths(state.link, 'POST')).toHaveLength(1)
    expect(state.log.lines).toMatchObject([{ level: 'error', fields: { version: 3 } }])
  })

  test('an exposure that cannot be used is reported, and the rest of the snapshot obeyed', async () => {
    const snapshot = buildSnapshot({ version: 2, exposures: [buildExposure({ routes: ['nowhere'] })] })
    const { options, log, follow } = rig({ polls: [answered(200, signer.sign(snapshot))] })
    await follow()
    expect(options.cache.version()).toBe(2)
    expect(log.lines).toMatchObject([{ level: 'error', fields: { version: 2 } }])
  })
})

describe('acknowledging', () => {
  test('repeats until the control plane hears it', async () => {
    const answers = [unreachable, answered(503), answered(204)]
    const heard = Promise.withResolvers<void>()
    const over = new AbortController()
    const polls = [snapshotAnswer(3)]
    const link = scriptedLink(async (ask, signal) => {
      if (ask.method === 'GET') return polls.shift() ?? never(signal)
      const answer = answers.shift() ?? answered(204)
      if (answers.length === 0) heard.resolve()
      return answer
    })
    const following = followSnapshots({ ...rig({ polls: [] }).options, link }, over.signal)
    await heard.promise
    over.abort()
    await following
    expect(paths(link, 'POST')).toHaveLength(3)
  })

  test('gives up an acknowledgement that a newer one supersedes', async () => {
    const versions: number[] = []
    const { options } = rig({ polls: [] })
    const over = new AbortController()
    const fourHeard = Promise.withResolvers<void>()
    const polls = [snapshotAnswer(3), snapshotAnswer(4)]
    const scripted = scriptedLink(async (ask, signal) => {
      if (ask.method === 'GET') return polls.shift() ?? never(signal)
      const version = Number(JSON.parse(JSON.stringify(ask.body)).version)
      versions.push(version)
      if (version === 3) return never(signal)
      fourHeard.resolve()
      return answered(204)
    })
    const following = followSnapshots({ ...options, link: scripted }, over.signal)
    await fourHeard.promise
    over.abort()
    await following
    expect(versions).toEqual([3, 4])
  })

  test('says at the start which snapshot an earlier run left in effect', async () => {
    const { options, link, follow, files } = rig({ polls: [] })
    await restoreSnapshot(options, { signed: signer.sign(buildSnapshot({ version: 8 })), receivedAt: issuedAt })
    await follow()
    expect(link.asked.find(({ method }) => method === 'POST')?.body).toMatchObject({ version: 8 })
    expect(files.isSetAside).toBe(false)
  })

  test('a kept snapshot that is refused is set aside', async () => {
    const { options, files, log } = rig({ polls: [] })
    const kept = { signed: createSnapshotSigner().sign(buildSnapshot({ version: 8 })), receivedAt: issuedAt }
    expect(await restoreSnapshot(options, kept)).toBeUndefined()
    expect(files.isSetAside).toBe(true)
    expect(log.lines).toMatchObject([{ level: 'warn', fields: { reason: 'bad-signature' } }])
  })
})

describe('keys', () => {
  const keysAnswer = answered(200, { keys: [{ keyId: signer.keyId, publicKey: signer.publicKey }] })

  test('are fetched once when none are configured, and remembered', async () => {
    const { options, files, link, follow, pauses } = rig({
      trusted: false,
      keys: [unreachable, answered(200, { keys: [] }), keysAnswer],
      polls: [snapshotAnswer(1)],
    })
    await follow()
    expect(paths(link, 'GET').filter((path) => path === '/api/v1/keys')).toHaveLength(3)
    expect(pauses).toEqual([75, 150])
    expect(files.keys).toEqual({ [signer.keyId]: signer.publicKey })
    expect(options.cache.version()).toBe(1)
  })

  test('are not fetched again for a snapshot that is signed with another', async () => {
    const { options, link, follow } = rig({
      polls: [answered(200, createSnapshotSigner('k2').sign(buildSnapshot({ version: 5 })))],
    })
    await follow()
    expect(options.cache.version()).toBe(0)
    expect(paths(link, 'GET')).not.toContain('/api/v1/keys')
  })

  test('that are none are refused', async () => {
    const bad = answered(200, { keys: [{ keyId: 'k1', publicKey: 'AAAA' }] })
    const { files, follow, log } = rig({ trusted: false, keys: [bad], polls: [] })
    await follow()
    expect(files.keys).toBeUndefined()
    expect(log.lines[0]).toMatchObject({ level: 'error' })
  })
})
