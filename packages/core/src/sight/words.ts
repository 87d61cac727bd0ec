import type { Criterion } from '../gate/criterion.ts'

/** How a report names everything that a criterion of this signal watches. */
export function everything(signal: Criterion['signal']): string {
  if (signal === 'revenue') return 'all orders'
  return signal === 'count' ? 'all journeys' : 'all paths'
}

/** The largest harm that a report asks about: who does not see it is blind. */
export function worstHarm(signal: Criterion['signal']): string {
  if (signal === 'revenue') return 'the loss of half of the order value'
  return signal === 'count' ? 'an item for every journey' : 'a total break'
}
