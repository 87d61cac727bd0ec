/** The worst few of all values so far, for rules that count failed checks. */
export class WorstValues {
  readonly #size: number
  readonly #values: number[] = []

  constructor(size: number) {
    this.#size = size
  }

  /** Larger is worse. */
  add(value: number): void {
    if (this.#values.length === this.#size && value <= (this.#values.at(-1) ?? Infinity)) return
    const at = this.#values.findIndex((known) => known < value)
    this.#values.splice(at === -1 ? this.#values.length : at, 0, value)
    if (this.#values.length > this.#size) this.#values.pop()
  }

  /** The value that `size` checks reach or exceed. */
  get last(): number {
    return this.#values.length < this.#size ? -Infinity : (this.#values[this.#size - 1] ?? -Infinity)
  }
}
