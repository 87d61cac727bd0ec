export {
  approvalExpiry,
  countApprovals,
  raiseNeeds,
  type ApprovalCount,
  type DomainApprovals,
  type RaiseCase,
  type RaiseNeed,
} from './approvals.ts'
export { domainsTouched } from './domains.ts'
export { peopleOf, personKey, teamsOf, type Person } from './people.ts'
export {
  automationMayRaise,
  decideRight,
  decideStop,
  rightOf,
  type RightDecision,
  type RightQuestion,
} from './rights.ts'
export { whoCan, type TargetKind, type WhoAnswer } from './who-can.ts'
