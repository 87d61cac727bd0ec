import type { Client } from '@headgate/client'
import type { Input } from './input.ts'
import type { ExitCode } from './exit-code.ts'
import type { Io } from './io.ts'

/** What commands are given beside their input. */
export interface Host {
  readonly io: Io
  /** A client for the server of this call (flags, environment, login). */
  readonly connect: (input: Input) => Promise<Client>
  /** Standard input, opened only when asked for. */
  readonly readInput: () => AsyncIterable<Uint8Array | string>
  /** Hear errors that nobody caught, until the returned function is called; without a listener they end the process. */
  readonly onUncaught: (listener: (error: unknown) => void) => () => void
  /** File of the running program: children of `lab` are started with it. */
  readonly program: string
}

/** A command: from input and surroundings to an exit code. Errors are thrown and told by the caller. */
export type Command = (input: Input, host: Host) => Promise<ExitCode>
