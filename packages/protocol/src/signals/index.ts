export {
  deltaBatch,
  deltaCell,
  deltaReceipt,
  trafficCell,
  type DeltaBatch,
  type DeltaCell,
  type DeltaReceipt,
  type ExcludedCount,
  type TrafficCell,
} from './delta-batch.ts'
export { decodeJourneyToken, encodeJourneyToken, type JourneyToken, type Mac } from './journey-token.ts'
export {
  outcomeBatch,
  outcomeEvent,
  outcomeReceipt,
  type OutcomeBatch,
  type OutcomeEvent,
  type OutcomeReceipt,
} from './outcome-event.ts'
