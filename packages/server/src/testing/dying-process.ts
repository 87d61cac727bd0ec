/**
 * A process of the control plane that kills itself (SIGKILL: no handler, no goodbye) at one step of one act. Its order comes as
 * JSON in the first argument; it ends with code 0 only when the step was never reached.
 */
import { z } from 'zod'
import { openDatabase } from '../db/index.ts'
import { openControl, type World } from './control-world.ts'
import { principal } from './principal.ts'

const deathOrder = z.strictObject({
  url: z.string(),
  folder: z.string(),
  at: z.int(),
  metric: z.number(),
  /** `tick` runs the tick that is due; the others are a person's act. */
  act: z.enum(['tick', 'start', 'stop', 'accept']),
  by: z.string(),
  /** What its connections are called, so that others can see when PostgreSQL has noticed the death. */
  name: z.string(),
  /** A step of a transition or of a tick. */
  step: z.string(),
})

const order = deathOrder.parse(JSON.parse(process.argv[2] ?? '{}'))
const die = (step: string): void => {
  if (step === order.step) process.kill(process.pid, 'SIGKILL')
}
const database = openDatabase({ url: order.url, applicationName: order.name })
const world: World = {
  folder: order.folder,
  database,
  now: () => order.at,
  sent: [],
  metric: order.metric,
  closers: [],
}
const { control } = await openControl(world, { reached: die, reachedInTick: die })
const by = principal(order.by)
if (order.act === 'start') await control.releases.commands.start('next', by, { reason: 'go' })
if (order.act === 'stop') await control.releases.commands.stop('next', by, { reason: 'enough' })
if (order.act === 'accept') {
  await control.lessons.accept('next-reported-1', by, { criterion: 'errors:product@2%', reason: 'seen too late' })
}
if (order.act === 'tick') {
  const ticks = control.background.find((work) => work.name === 'ticks')
  await ticks?.round(new AbortController().signal)
}
for (const close of world.closers) await close()
await database.close()
