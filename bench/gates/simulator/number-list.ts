/** A list of numbers that keeps its memory when it is emptied. */
export class NumberList {
  #values: Float64Array
  #length = 0

  constructor(capacity = 16) {
    this.#values = new Float64Array(capacity)
  }

  get length(): number {
    return this.#length
  }

  push(value: number): void {
    if (this.#length === this.#values.length) {
      const grown = new Float64Array(this.#length * 2)
      grown.set(this.#values)
      this.#values = grown
    }
    this.#values[this.#length++] = value
  }

  at(index: number): number {
    return this.#values[index] ?? 0
  }

  clear(): void {
    this.#length = 0
  }
}
