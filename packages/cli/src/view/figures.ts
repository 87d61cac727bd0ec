/** `5 %`, `12.5 %`, `0.25 %` from basis points. */
export function percentOfBasisPoints(basisPoints: number): string {
  return `${trimZeros((basisPoints / 100).toFixed(2))} %`
}

/** `93.1 %` from a rate between 0 and 1. */
export function percent(rate: number): string {
  return `${(rate * 100).toFixed(1)} %`
}

/** `850 ms`, `4.2 s`, `3:07`, `2 h 05 min`: a span as people say it. */
export function span(ms: number): string {
  const abs = Math.abs(ms)
  if (abs < 1_000) return `${Math.round(ms)} ms`
  if (abs < 10_000) return `${(ms / 1_000).toFixed(1)} s`
  if (abs < 60_000) return `${Math.round(ms / 1_000)} s`
  const sign = ms < 0 ? '-' : ''
  const seconds = Math.round(abs / 1_000)
  if (seconds < 3_600) return `${sign}${Math.floor(seconds / 60)}:${two(seconds % 60)}`
  return `${sign}${Math.floor(seconds / 3_600)} h ${two(Math.floor((seconds % 3_600) / 60))} min`
}

/** `14:03:09Z`: UTC, like the times in reasons, so that people in several zones and the record speak of the same minute. */
export function timeOfDay(at: number): string {
  return `${new Date(at).toISOString().slice(11, 19)}Z`
}

/** `2026-05-04 14:03:09Z` */
export function dateAndTime(at: number): string {
  return `${new Date(at).toISOString().slice(0, 10)} ${timeOfDay(at)}`
}

/** Counts that may be fractional because units are weighted. */
export function count(value: number): string {
  return Number.isInteger(value) ? String(value) : value.toFixed(1)
}

/** Three digits, and a power of ten beyond a million. */
export function digits(value: number): string {
  return value >= 1e6 ? value.toExponential(1) : String(Number(value.toPrecision(3)))
}

/** `1 file`, `2 files` */
export function counted(value: number, noun: string): string {
  return `${value} ${noun}${value === 1 ? '' : 's'}`
}

function two(value: number): string {
  return String(value).padStart(2, '0')
}

function trimZeros(text: string): string {
  return text.replace(/\.?0+$/, '')
}

/** `850 ms`, `12 s`, `3:07`, `2h05`, `3d04h`: for tables. */
export function shortSpan(ms: number): string {
  if (!Number.isFinite(ms)) return 'never'
  if (ms < 1_000) return `${Math.round(ms)} ms`
  const seconds = Math.round(ms / 1_000)
  if (seconds < 60) return `${seconds} s`
  if (seconds < 3_600) return `${Math.floor(seconds / 60)}:${two(seconds % 60)}`
  const minutes = Math.round(seconds / 60)
  if (minutes < 1_440) return `${Math.floor(minutes / 60)}h${two(minutes % 60)}`
  const hours = Math.round(minutes / 60)
  return `${Math.floor(hours / 24)}d${two(hours % 24)}h`
}

/** `12 %`, `1.5 %`, `0.25 %`: with fewer digits the larger it is. */
export function roundPercent(rate: number): string {
  const value = rate * 100
  return `${value >= 10 ? value.toFixed(0) : trimZeros(value.toFixed(value >= 1 ? 1 : 2))} %`
}

/** `1,234 EUR`, `12.50 EUR`; without a currency the number alone. */
export function moneyText(amount: number, currency?: string): string {
  const text = amount >= 100 ? Math.round(amount).toString() : amount.toFixed(2)
  const grouped = text.replaceAll(/\B(?=(\d{3})+(\.|$))/g, ',')
  return currency === undefined ? grouped : `${grouped} ${currency}`
}
