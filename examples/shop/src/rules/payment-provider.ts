import type { Random } from '../random.ts'
import { pauseAbout } from '../service/pause.ts'

/** What the shopper pays with. Numbers are never stored or logged. */
export interface Instrument {
  readonly kind: 'card' | 'wallet'
  readonly number: string
}

export type Authorisation =
  | { readonly kind: 'authorised'; readonly id: string }
  /** `final`: the issuer says never to try this card again (stolen, closed); else another try may succeed. */
  | { readonly kind: 'refused'; readonly code: RefusalCode; readonly final: boolean }

type RefusalCode = 'insufficient-funds' | 'card-closed' | 'invalid-number'

/** The bank side of checkout. `reference` makes an authorisation idempotent: asked again, it answers the same. */
export interface PaymentProvider {
  authorise(reference: string, amountCents: number, instrument: Instrument): Promise<Authorisation>
}

/** Test cards, as payment providers publish them. Every other number of twelve digits or more is accepted. */
export const testCards = {
  accepted: '4242424242424242',
  insufficientFunds: '4000000000009995',
  closed: '4000000000000002',
} as const

/**
 * A payment provider whose answer depends on the instrument alone: both storefronts are refused the same share because the same
 * shoppers hold the refused cards. It thinks a log-normal time about `medianMs`.
 */
export function createPaymentProvider(random: Random, medianMs: number): PaymentProvider {
  return {
    async authorise(reference, amountCents, instrument) {
      if (amountCents === 0) return { kind: 'authorised', id: `none-${reference}` }
      await pauseAbout(random, medianMs, 0.4)
      return judge(reference, instrument)
    },
  }
}

function judge(reference: string, instrument: Instrument): Authorisation {
  const digits = instrument.number.replaceAll(/[ -]/g, '')
  if (!/^\d{12,19}$/.test(digits)) return { kind: 'refused', code: 'invalid-number', final: false }
  if (digits === testCards.insufficientFunds) return { kind: 'refused', code: 'insufficient-funds', final: false }
  if (digits === testCards.closed) return { kind: 'refused', code: 'card-closed', final: true }
  return { kind: 'authorised', id: `auth-${reference}` }
}
