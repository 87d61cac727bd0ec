import { everything, type CriterionSight, type HarmSight } from '@headgate/core/sight'
import { moneyText, roundPercent, shortSpan } from './figures.ts'
import type { Line } from './line.ts'
import { sightTable, type Cell } from './sight-table.ts'

/** Every harm of every place: when it stops on average and in 95 of 100 cases, and what is lost by then. */
export function fullHarms({ signal, places }: CriterionSight): readonly Line[] {
  const hasOrders = places.some(({ harms }) => harms.some(({ lost }) => lost !== undefined))
  const currency = places.flatMap(({ harms }) => harms.flatMap(({ lost }) => lost?.money?.currency ?? []))[0]
  const head = [
    '',
    'stops after',
    '95 of 100',
    ...(hasOrders ? ['orders lost', '95 of 100'] : ['shoppers met']),
    ...(currency === undefined ? [] : [currency, '95 of 100']),
  ]
  const rows = places.flatMap(({ place, harms }) =>
    harms.map((harm) => {
      const what = `${place === '' ? everything(signal) : place} ${harmWords(signal, harm)}`
      const cells = [what, ...timeCells(harm), ...(hasOrders ? orderCells(harm) : [figure(harm.exposedUnits)])]
      const money = currency === undefined ? [] : moneyCells(harm)
      return [...cells, ...money].map((text): Cell => ({ text, style: harm.isSeen ? 'plain' : 'dim' }))
    }),
  )
  return [[], ...sightTable(head, rows)]
}

function harmWords(signal: CriterionSight['signal'], { size, kind }: HarmSight): string {
  if (signal === 'latency') return `${roundPercent(size)} slower`
  if (signal === 'errors') return `${roundPercent(size)} more fail`
  if (signal === 'count') return `${roundPercent(size)} more get it`
  if (signal === 'revenue') return `-${roundPercent(size)} of the value`
  return `-${roundPercent(size)}${kind === 'silent' ? '' : ', failing'}`
}

function timeCells({ stop, isSeen }: HarmSight): readonly string[] {
  if (stop === undefined) return ['never', '']
  return [shortSpan(stop.meanMs), `${shortSpan(stop.p95Ms)}${isSeen ? '' : ' *'}`]
}

function orderCells({ lost }: HarmSight): readonly string[] {
  return [figure(lost?.orders.mean), figure(lost?.orders.p95)]
}

function moneyCells({ lost }: HarmSight): readonly string[] {
  const money = lost?.money
  if (money === undefined) return ['', '']
  return [money.mean, money.p95].map((amount) => moneyText(amount))
}

function figure(value: number | undefined): string {
  if (value === undefined) return ''
  return value >= 10 ? Math.round(value).toString() : value.toFixed(1)
}
