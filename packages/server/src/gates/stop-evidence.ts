import { describeHarm, evidenceContext, type EvidenceState, type GateVerdict, type Harm } from '@headgate/core/gate'
import type { HarmFacts } from '@headgate/core/incident'
import type { Tx } from '../db/index.ts'
import { planOf, type ModelStore } from '../model/index.ts'
import { readJudgement, readRelease, type StopEvidence } from '../releases/index.ts'
import { readEvidence } from './tick-store.ts'

/** What the evidence says at the moment of a stop. A stop by a person names no criterion that did not fail. */
export async function readStopEvidence(tx: Tx, models: ModelStore, release: string): Promise<StopEvidence> {
  const judgement = await readJudgement(tx, release)
  const verdict = judgement === undefined ? {} : { verdict: judgement.verdict }
  const evidence = await readEvidence(tx, release)
  if (evidence?.state === undefined) return { ...verdict, shoppersExposed: 0 }
  const row = await readRelease(tx, release)
  const model = await models.version(tx, row.modelVersion)
  const plan = planOf(model, release)
  const harm = plan && describeHarm(evidenceContext(plan, model.model), evidence.state, failing(judgement?.verdict))
  return {
    ...verdict,
    ...(harm === undefined ? {} : { harm: toFacts(harm, judgement?.verdict) }),
    shoppersExposed: Math.round(harm?.exposedShoppers ?? candidateVisitors(evidence.state)),
  }
}

function failing(verdict: GateVerdict | undefined): string | undefined {
  return verdict?.criteria.find(({ kind, shadow }) => kind === 'fail' && !shadow)?.criterion
}

function toFacts(harm: Harm, verdict: GateVerdict | undefined): HarmFacts {
  const lost = harm.ordersLost === undefined ? {} : { ordersLost: harm.ordersLost }
  if (failing(verdict) === undefined) return lost
  return {
    ...lost,
    criterion: harm.criterion,
    ...(harm.where === undefined ? {} : { where: harm.where }),
    ...(harm.harmBeganAt === undefined ? {} : { beganAt: harm.harmBeganAt }),
  }
}

function candidateVisitors({ visits }: EvidenceState): number {
  return visits.counts[1] ?? 0
}
