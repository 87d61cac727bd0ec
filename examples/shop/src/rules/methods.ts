/** The ways through checkout; the path of a journey in the operating model has the same name. */
export const checkoutMethods = ['card', 'guest', 'coupon', 'wallet', 'split', 'collect'] as const
export type CheckoutMethod = (typeof checkoutMethods)[number]

export const methodTitles: Readonly<Record<CheckoutMethod, string>> = {
  card: 'Card',
  guest: 'Guest checkout',
  coupon: 'Coupon',
  wallet: 'Express wallet',
  split: 'Gift card and card',
  collect: 'Click and collect',
}

export function isCheckoutMethod(text: string): text is CheckoutMethod {
  return checkoutMethods.some((method) => method === text)
}

export const pickupStores = ['Berlin Mitte', 'Hamburg Altona', 'Köln Süd', 'München West'] as const
