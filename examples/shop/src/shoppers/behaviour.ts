import type { CheckoutMethod } from '../rules/methods.ts'

/** How one way through checkout is chosen and left. */
interface PathBehaviour {
  readonly method: CheckoutMethod
  /** Part of all checkouts. */
  readonly share: number
  /** Part of those who see the payment form and do not send it: forms that are too long, delivery costs, doubts. */
  readonly givesUp: number
}

/**
 * What shoppers do, as probabilities and times of a real shop; the clock is compressed elsewhere. Nothing here knows of storefronts or
 * arms: whatever differs between the two comes from what the shop answers.
 */
export const behaviour = {
  /** Shares and completion follow what is published of card, wallet and guest checkouts; see README for the sums. */
  paths: [
    { method: 'card', share: 0.62, givesUp: 0.33 },
    { method: 'guest', share: 0.1, givesUp: 0.44 },
    { method: 'coupon', share: 0.12, givesUp: 0.41 },
    { method: 'wallet', share: 0.1, givesUp: 0.29 },
    { method: 'split', share: 0.03, givesUp: 0.49 },
    { method: 'collect', share: 0.03, givesUp: 0.39 },
  ],
  /** Where a visit begins: front page, an advertised article, a category, a search. */
  entries: [
    { weight: 0.4, value: 'landing' },
    { weight: 0.25, value: 'product' },
    { weight: 0.25, value: 'listing' },
    { weight: 0.1, value: 'search' },
  ],
  /** Visitors who mean to buy. A real shop sees a tenth of that; here two cores have to show hundreds of checkouts a minute. */
  meansToBuy: 0.75,
  /** Pages that others look at before they go. */
  browsesPages: 2.5,
  /** From a product page: into the cart, else on to another article. */
  addsToCart: 0.6,
  addsAnother: 0.15,
  /** Of those with a full cart, how many never go to checkout. */
  leavesCart: 0.1,
  /** Longest look around before a buyer gives up finding something, pages. */
  patiencePages: 12,
  /** Cards: refused for now, refused for good. The same shoppers on either storefront. */
  cardRefused: 0.03,
  cardClosed: 0.004,
  triesAnotherCard: 0.7,
  /** Sees another total than a moment ago, and agrees. */
  acceptsNewPrice: 0.6,
  /** Presses the button again after an error page or a timeout. */
  triesAgain: 0.5,
  maxTries: 3,
  /** Has to wait longer than this for a page: half of them go. */
  patienceMs: 4_000,
  leavesWhenSlow: 0.5,
  /** Comes back later with the same browser: after giving up at checkout, after an order. */
  returnsAfterLeaving: 0.15,
  returnsAfterOrder: 0.06,
  /** Medians of log-normal times of a real shop, milliseconds, and their spread. */
  readsPage: { medianMs: 24_000, sigma: 0.6 },
  fillsPaymentForm: { medianMs: 105_000, sigma: 0.8 },
  findsAnotherCard: { medianMs: 40_000, sigma: 0.5 },
  returnsLater: { medianMs: 1_200_000, sigma: 0.5 },
} as const satisfies { readonly paths: readonly PathBehaviour[] } & Record<string, unknown>

/** What shoppers type into the search box. */
export const searchWords = [
  'oak',
  'linen',
  'lamp',
  'vase',
  'towel',
  'bag',
  'rug',
  'copper',
  'planter',
  'kettle',
] as const
