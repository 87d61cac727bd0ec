import { giftCardCode } from '../database/seed.ts'
import { pickupStores, type CheckoutMethod } from '../rules/methods.ts'
import { testCards } from '../rules/payment-provider.ts'
import { pickEvenly, type Random } from '../random.ts'
import { behaviour } from './behaviour.ts'
import type { SeenPage } from './browser.ts'
import type { JourneyEnd } from './counters.ts'
import { hiddenFields } from './page.ts'
import type { Visit, VisitEnd } from './visit.ts'

/** From the button in the cart to a thank-you page, or to wherever it ends. */
export async function payFor(visit: Visit, method: CheckoutMethod): Promise<VisitEnd> {
  const { tally, browser } = visit
  const form = await browser.open(startPath(visit, method))
  tally.started(method)
  const end = await goThroughWith(visit, method, form)
  tally.ended(method, end)
  return end === 'thanked' ? 'ordered' : 'left'
}

function startPath({ random, visitor }: Visit, method: CheckoutMethod): string {
  const path = `/checkout/start/${method}`
  if (method === 'coupon') return `${path}?code=${random() < 0.8 ? 'SPRING10' : 'WELCOME5'}`
  return method === 'split' ? `${path}?gift=${giftCardCode(visitor)}` : path
}

async function goThroughWith(visit: Visit, method: CheckoutMethod, first: SeenPage): Promise<JourneyEnd> {
  const { random } = visit
  const { givesUp } = behaviour.paths.find((path) => path.method === method) ?? { givesUp: 1 }
  let page = first
  let card = drawCard(random)
  for (let tries = 0; tries < behaviour.maxTries; tries += 1) {
    if (isFailure(page) && random() >= behaviour.triesAgain) return 'failed'
    if (page.kind === 'empty-cart' || page.kind === 'sold-out') return 'turned-away'
    await visit.wait(tries === 0 ? behaviour.fillsPaymentForm : behaviour.findsAnotherCard)
    if (tries === 0 && random() < givesUp) return 'gave-up'
    page = await press(visit, method, page, card)
    const end = endOf(visit, page)
    if (end !== undefined) return end
    if (page.kind === 'payment-refused') card = testCards.accepted
  }
  return isFailure(page) ? 'failed' : 'turned-away'
}

/** Send the form, or ask for it again when the last page was not one. */
async function press(visit: Visit, method: CheckoutMethod, page: SeenPage, card: string): Promise<SeenPage> {
  const { browser, random } = visit
  const action = `/checkout/pay/${method}`
  const form = page.body.includes(`action="${action}"`) ? page : await browser.open(startPath(visit, method))
  const hidden = hiddenFields(form.body, action)
  if (hidden['attempt'] === undefined) return form
  const store = method === 'collect' ? { store: pickEvenly(random, pickupStores) ?? '' } : {}
  const instrument = method === 'wallet' ? {} : { card }
  return browser.send(action, { ...hidden, ...store, ...instrument, email: 'shopper@example.com' })
}

/** Undefined: the shopper goes on trying. */
function endOf({ random }: Visit, page: SeenPage): JourneyEnd | undefined {
  if (page.kind === 'thanks') return 'thanked'
  if (page.kind === 'payment-refused') return random() < behaviour.triesAnotherCard ? undefined : 'refused'
  if (page.kind === 'price-changed') return random() < behaviour.acceptsNewPrice ? undefined : 'turned-away'
  if (isFailure(page)) return random() < behaviour.triesAgain ? undefined : 'failed'
  return 'turned-away'
}

function isFailure(page: SeenPage): boolean {
  return page.status === 0 || page.status >= 500
}

function drawCard(random: Random): string {
  const luck = random()
  if (luck < behaviour.cardClosed) return testCards.closed
  return luck < behaviour.cardClosed + behaviour.cardRefused ? testCards.insufficientFunds : testCards.accepted
}
