import type { CriterionVerdict, GateVerdict } from './verdict.ts'

/** Whether two looks of the gate say the same: the stage, and the kind of every criterion, shadows included. */
export function isSameVerdict(a: GateVerdict | undefined, b: GateVerdict): boolean {
  return a !== undefined && kindsOf(a, () => true) === kindsOf(b, () => true)
}

/** The same for what acts: what a shadow says goes on record, and changes nothing else (SPEC G19). */
export function isSameToActOn(a: GateVerdict | undefined, b: GateVerdict): boolean {
  return a !== undefined && kindsOf(a, isActing) === kindsOf(b, isActing)
}

function isActing({ shadow }: CriterionVerdict): boolean {
  return !shadow
}

function kindsOf({ stage, kind, criteria }: GateVerdict, counts: (criterion: CriterionVerdict) => boolean): string {
  return [stage, kind, ...criteria.filter(counts).map((each) => `${each.criterion}:${each.kind}`)].join(' ')
}
