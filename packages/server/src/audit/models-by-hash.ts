import { HeadgateError, type OperatingModel, type ReleasePlan } from '@headgate/core/model'
import type { Tx } from '../db/index.ts'
import { hashOfPlan, planOf, readVersion, type ModelVersion } from '../model/index.ts'
import { versionNumbers } from './audit-store.ts'

/** Versions of the operating model by their hashes, each read from the database and checked against its hash. */
export interface ModelsByHash {
  /** @throws HeadgateError `INTERNAL` when no unaltered version has the hash */
  find(hash: string): Promise<ModelVersion>
  /** The plan of a release under a version. @throws HeadgateError `INTERNAL` */
  plan(hash: string, release: string): Promise<PlanUnder>
}

export interface PlanUnder {
  readonly model: OperatingModel
  readonly plan: ReleasePlan
  readonly planHash: string
}

export function createModelsByHash(tx: Tx): ModelsByHash {
  const known = new Map<string, Promise<ModelVersion>>()

  async function read(hash: string): Promise<ModelVersion> {
    for (const number of await versionNumbers(tx, hash)) return readVersion(tx, number)
    throw new HeadgateError('INTERNAL', `no version of the operating model has the hash ${hash}`)
  }

  function find(hash: string): Promise<ModelVersion> {
    const found = known.get(hash) ?? read(hash)
    known.set(hash, found)
    return found
  }

  return {
    find,
    async plan(hash, release) {
      const version = await find(hash)
      const plan = planOf(version, release)
      if (plan === undefined)
        throw new HeadgateError('INTERNAL', `version ${version.version} has no plan of ${release}`)
      return { model: version.model, plan, planHash: hashOfPlan(plan) }
    },
  }
}
