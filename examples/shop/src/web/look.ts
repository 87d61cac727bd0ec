/** What makes one storefront look unlike the other. Pages, links and forms are the same: they share one URL space. */
export interface Look {
  /** Component name; shown in `<meta name="generator">`, which is how a crawler can tell who served a page. */
  readonly id: 'storefront-legacy' | 'storefront-next'
  readonly stylesheet: string
  readonly motto: string
}

export const shopName = 'Millrace'

export const legacyLook: Look = {
  id: 'storefront-legacy',
  stylesheet: '/assets/legacy.css',
  motto: 'Good things for house and garden since 1987',
}

export const nextLook: Look = {
  id: 'storefront-next',
  stylesheet: '/assets/next.css',
  motto: 'Good things for house and garden',
}
