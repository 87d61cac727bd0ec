import { deltaBatch, deltaReceipt, outcomeBatch, outcomeReceipt } from '@headgate/protocol/signals'
import type { Api } from '../http/index.ts'
import type { SignalsService } from './signals.ts'

const tag = 'signals'
const largestBatchBytes = 4 * 1024 * 1024

export function addSignalsRoutes(api: Api, signals: SignalsService): void {
  api.route(
    {
      method: 'post',
      path: '/api/v1/signals/deltas',
      summary: 'A numbered batch of counts from a gateway; a resend counts once',
      tag,
      access: ['gateway'],
      body: deltaBatch,
      bodyLimitBytes: largestBatchBytes,
      answer: { status: 200, description: 'Whether it was counted now or before', schema: deltaReceipt },
      problems: ['CONFLICT'],
    },
    ({ body, principal }) => signals.deltas(body, principal),
  )
  api.route(
    {
      method: 'post',
      path: '/api/v1/signals/events',
      summary: 'Journey steps that the shop reports, e.g. orders placed; a repeat counts once',
      tag,
      access: ['signals'],
      body: outcomeBatch,
      bodyLimitBytes: largestBatchBytes,
      answer: {
        status: 200,
        description: 'What was accepted, known before, or refused and why',
        schema: outcomeReceipt,
      },
    },
    ({ body, principal }) => signals.outcomes(body, principal),
  )
}
