import { sql } from 'kysely'
import type { Db } from '../db/index.ts'

export interface OrderValue {
  readonly flow: string
  readonly amount: number
  readonly currency: string
}

/** Fewer orders than this tell no average. */
const leastOrders = 30

/** What the control's orders were worth on average, per flow in the currency that most of them were paid in. */
export async function readOrderValues(db: Db, since: number): Promise<readonly OrderValue[]> {
  const result = await sql<OrderValue>`
    select distinct on (by_currency.flow) by_currency.flow, by_currency.amount, by_currency.currency
    from (
      select
        outcome_event.flow,
        outcome_event.currency,
        avg(outcome_event.amount)::double precision as amount,
        count(*) as orders
      from outcome_event
      where outcome_event.arm = 'control'
        and outcome_event.amount is not null
        and outcome_event.currency is not null
        and outcome_event.received_at >= ${new Date(since)}
      group by outcome_event.flow, outcome_event.currency
      having count(*) >= ${leastOrders}
    ) as by_currency
    order by by_currency.flow, by_currency.orders desc
  `.execute(db)
  return result.rows
}
