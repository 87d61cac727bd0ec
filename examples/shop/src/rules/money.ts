/** Amounts are whole euro cents. Floats of euros never enter a sum. */
const format = new Intl.NumberFormat('en-IE', { style: 'currency', currency: 'EUR' })

/** `123450` -> `€1,234.50` */
export function showCents(cents: number): string {
  return format.format(cents / 100)
}

/** `4990` -> `49.90`, the form JSON-LD and Headgate's outcome values want. */
export function decimalCents(cents: number): string {
  return (cents / 100).toFixed(2)
}

/** Share of an amount, rounded half up to a cent, in whole percent. */
export function percentOf(cents: number, percent: number): number {
  return Math.floor((cents * percent + 50) / 100)
}
