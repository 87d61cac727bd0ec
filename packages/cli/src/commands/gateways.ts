import { exitCodes } from '../exit-code.ts'
import type { Command } from '../host.ts'
import { textOption } from '../input.ts'
import { span } from '../view/figures.ts'
import { table } from '../view/table.ts'

/** `headgate gateways`; with `--forget` one that was taken out of service leaves the list. */
export const gateways: Command = async (input, { connect, io }) => {
  const client = await connect(input)
  const forgotten = textOption(input, 'forget')
  if (forgotten !== undefined) await client.gateways.forget(forgotten)
  const list = await client.gateways.list()
  if (io.json) io.out(JSON.stringify({ gateways: list }))
  else if (list.length === 0) io.out('No gateway has reported yet. Start one with: headgate gateway')
  else {
    const rows = list.map((gateway) => [
      gateway.id,
      gateway.status,
      `${span(io.now() - gateway.lastHeardAt)} ago`,
      String(gateway.snapshotVersion),
    ])
    for (const line of table(['gateway', 'status', 'heard', 'snapshot'], rows, new Set(['snapshot']))) io.out(line)
  }
  return exitCodes.done
}
