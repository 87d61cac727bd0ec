import type { EvidenceFrame } from '@headgate/core/gate'
import { overlayTraffic, trafficCounter, type Traffic } from '@headgate/core/sight'
import type { OperatingModel } from '@headgate/core/model'
import type { Db } from '../db/index.ts'
import { parseFrameRecord, readEvidence, readFrameTexts } from '../gates/index.ts'
import { listReleases } from '../releases/index.ts'
import { readOrderValues } from './order-value-store.ts'

/** More frames than this are not read for one answer: a day at a tick of five seconds. */
const mostFrames = 20_000
const pageSize = 500

/** What the frames of the last days show, of all releases, newest first; undefined where there are next to none. */
export async function recordedTraffic(db: Db, model: OperatingModel, since: number): Promise<Traffic | undefined> {
  const counter = trafficCounter(model.flows)
  let room = mostFrames
  const releases = (await listReleases(db)).toSorted((a, b) => b.changedAt - a.changedAt)
  for (const { id } of releases) {
    for await (const frame of lastFrames(db, id, room)) {
      if (frame.at < since) continue
      counter.add(id, frame)
      room -= 1
    }
  }
  const counted = counter.read()
  return counted === undefined ? undefined : overlayTraffic(counted, await valuesAsTraffic(db, since))
}

/** The last frames of a release, oldest first. */
async function* lastFrames(db: Db, release: string, most: number): AsyncGenerator<EvidenceFrame> {
  const head = (await readEvidence(db, release))?.frameSeq ?? 0
  let after = Math.max(0, head - Math.max(0, most))
  // Stops at the head that was read before: frames that come meanwhile are left for another time.
  while (after < head) {
    const page = await readFrameTexts(db, release, { after, limit: pageSize })
    for (const { text } of page) yield parseFrameRecord(text).frame
    after = page.at(-1)?.seq ?? head
  }
}

/** What orders were worth, as far as the shop's events said so. */
async function valuesAsTraffic(db: Db, since: number): Promise<Traffic> {
  const values = await readOrderValues(db, since)
  return {
    origin: 'recorded',
    flows: Object.fromEntries(
      values.map(({ flow, amount, currency }) => [flow, { averageOrder: { amount, currency }, paths: {} }]),
    ),
    routes: {},
  }
}
