import { exitCodes } from '../exit-code.ts'
import type { Command } from '../host.ts'
import { argument } from '../input.ts'

/** `headgate verify R`: chain, frames, verdicts and state, recomputed by the server from its database alone. */
export const verify: Command = async (input, { connect, io }) => {
  const result = await (await connect(input)).releases.verification(argument(input, 0))
  if (io.json) io.out(JSON.stringify(result))
  else if (result.ok) {
    const { events, frames, verdicts, head } = result
    io.out(`${result.release} verified: ${events} events, ${frames} frames, ${verdicts} verdicts; head ${head}`)
  } else {
    const { broken } = result
    const where = broken === undefined ? 'the record' : `${broken.what} ${broken.seq}: ${broken.reason}`
    io.err(`${result.release} does not verify at ${where}`)
  }
  return result.ok ? exitCodes.done : exitCodes.failed
}
