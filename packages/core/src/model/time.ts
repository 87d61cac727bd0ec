/** A point in time, milliseconds since the Unix epoch. Always handed in, never read from a clock in core. */
export type Instant = number
