import type { Criterion } from '../gate/criterion.ts'
import { HeadgateError } from '../model/errors.ts'
import type { Proposal, ProposedCriterion } from './proposal.ts'
import type { RehearsedStage, Rehearsal } from './rehearsal.ts'
import type { Weighed } from './weigh.ts'

const rehearsed = 8
const shownOthers = 5

/** Those that were early enough and fired on nothing good: each is played again alone before one of them is proposed. */
export function shortlist({ fired }: Weighed): readonly ProposedCriterion[] {
  return fired.filter((each) => each.savedMs > 0 && each.firedOnGood.length === 0).slice(0, rehearsed)
}

/**
 * The criterion that would have stopped first on an incident's evidence without firing on good evidence (SPEC I6). Errors and slow pages
 * are no harm but a sign of it, and a candidate may be slow and lose nothing: those must have passed in a good stage, or the next release
 * would wait for what was never wrong, and their evidence must not have grown before the harm's stage.
 *
 * Criteria that fire at about the same time count as equal, and of those the one with the fewest choices in it wins: all paths before
 * one path, completion before errors before latency, a wide tolerance before a narrow one. A search over many criteria on one incident
 * fits that incident; simple ones fit the next as well.
 *
 * @throws HeadgateError `INTERNAL` when a criterion, played again alone, stops at another moment than the search found
 */
export function propose(weighed: Weighed, rehearsals: ReadonlyMap<string, Rehearsal>): Proposal {
  const { harm, good, tried } = weighed
  const fired = weighed.fired.map((each) => {
    const doubt = doubtOf(weighed, each, rehearsals.get(each.key))
    return doubt === undefined ? each : { ...each, doubt }
  })
  const best = choose(weighed, fired)
  const stages = best === undefined ? [] : goodStagesOf(weighed, rehearsals.get(best.key))
  const passed = stages.filter(({ passedAt }) => passedAt !== undefined).length
  return {
    harm,
    tried,
    good: { ...good, passed, held: stages.length - passed },
    ...(best === undefined ? {} : { best }),
    others: fired.filter((each) => each !== best).slice(0, shownOthers),
  }
}

function doubtOf(weighed: Weighed, tried: ProposedCriterion, rehearsal: Rehearsal | undefined): string | undefined {
  if (tried.savedMs <= 0) return undefined
  if (tried.firedOnGood.length > 0) return `fired on good evidence: ${tried.firedOnGood.join('; ')}`
  // Beyond the shortlist: later than others, and not proposed for that.
  if (rehearsal === undefined) return undefined
  if (rehearsal.stoppedAt() !== tried.firedAt) {
    const message = `${tried.key}: the search and the replay with it alone stop at different moments`
    throw new HeadgateError('INTERNAL', message)
  }
  return isDirect(tried.criterion) ? undefined : proxyDoubt(weighed, tried, rehearsal)
}

/** Lost orders, lost value and items are the harm itself; errors and slow pages are not. */
function isDirect({ signal }: Criterion): boolean {
  return signal === 'completion' || signal === 'revenue' || signal === 'count'
}

function proxyDoubt(weighed: Weighed, { hadGrown }: ProposedCriterion, rehearsal: Rehearsal): string | undefined {
  if (hadGrown) return 'its evidence grew in good stages already: it saw something else'
  const stages = goodStagesOf(weighed, rehearsal)
  if (stages.some(({ passedAt }) => passedAt !== undefined)) return undefined
  if (stages.length > 0) return 'no good stage would have passed it'
  return weighed.good.releases.length > 0 ? undefined : 'no good evidence shows that it is quiet'
}

function goodStagesOf({ good }: Weighed, rehearsal: Rehearsal | undefined): readonly RehearsedStage[] {
  return rehearsal?.stages().slice(0, good.stages.length) ?? []
}

/** Criteria are as good as equal within a tenth of the time that the harm went on, two ticks at least. */
function choose({ plan, harm }: Weighed, fired: readonly ProposedCriterion[]): ProposedCriterion | undefined {
  const useful = fired.filter((each) => each.savedMs > 0 && each.doubt === undefined)
  const first = useful[0]
  if (first === undefined) return undefined
  const until = first.firedAt + Math.max(plan.tickMs * 2, (harm.stoppedAt - harm.beganAt) / 10)
  const equals = useful.filter(({ firedAt }) => firedAt <= until)
  return equals.toSorted((a, b) => choicesIn(a.criterion) - choicesIn(b.criterion) || a.firedAt - b.firedAt)[0]
}

function choicesIn(criterion: Criterion): number {
  switch (criterion.signal) {
    case 'completion':
      return criterion.onlyPaths === undefined ? 0 : 1
    case 'errors':
      return 2
    case 'count':
      return 3
    case 'revenue':
      return 4
    case 'latency':
      return 6 - Math.min(1, criterion.tolerance)
    case 'split':
    case 'metric':
      return 7
  }
}
