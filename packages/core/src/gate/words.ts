import type { Instant } from '../model/time.ts'

/** `12.3 %`, with fewer digits the larger it is. */
export function percent(share: number): string {
  const value = share * 100
  const digits = Math.abs(value) >= 99.95 || value === 0 ? 0 : Math.abs(value) >= 1 ? 1 : 2
  return `${value.toFixed(digits)} %`
}

/** `450 ms`, `12 s`, `3 min 20 s`, `2 h 5 min`, `3 d 4 h`. */
export function duration(ms: number): string {
  if (!Number.isFinite(ms)) return 'ever'
  if (ms < 1_000) return `${Math.round(Math.max(0, ms))} ms`
  const seconds = Math.round(ms / 1_000)
  if (seconds < 60) return `${seconds} s`
  if (seconds < 3_600) return twoUnits(seconds, 60, ['min', 's'])
  if (seconds < 86_400) return twoUnits(Math.round(seconds / 60), 60, ['h', 'min'])
  return twoUnits(Math.round(seconds / 3_600), 24, ['d', 'h'])
}

function twoUnits(value: number, base: number, [large, small]: readonly [string, string]): string {
  const rest = value % base
  const head = `${Math.floor(value / base)} ${large}`
  return rest === 0 ? head : `${head} ${rest} ${small}`
}

export function clockTime(at: Instant): string {
  const date = new Date(at)
  return Number.isNaN(date.getTime()) ? 'an unknown time' : `${date.toISOString().slice(0, 19)}Z`
}

/** `1,234` */
export function count(value: number): string {
  if (!(Math.abs(value) < 1e9)) return 'over a billion'
  return Math.round(value)
    .toString()
    .replaceAll(/\B(?=(\d{3})+$)/g, ',')
}

/** Evidence as odds: `1,234 : 1`, `1 : 8`. */
export function odds(evidence: number): string {
  return evidence >= 1 ? `${count(evidence)} : 1` : `1 : ${count(Math.min(1 / Math.max(evidence, 1e-9), 1e9))}`
}

/** `1,234 EUR`, `12.50 EUR` */
export function money(amount: number, currency: string): string {
  return `${Math.abs(amount) >= 100 ? count(amount) : amount.toFixed(2)} ${currency}`
}
