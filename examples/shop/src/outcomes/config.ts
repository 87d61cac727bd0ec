import { z } from 'zod'
import type { FaultSwitches } from '../service/faults.ts'
import type { Logger } from '../service/logger.ts'
import { OutcomeSender } from './outcome-sender.ts'

/** Where order outcomes are reported. Without an address the shop runs by itself and reports nothing. */
export const outcomeConfig = {
  headgateUrl: z.url().optional().describe('address of Headgate; outcomes are reported only when given'),
  headgateToken: z.string().default('').describe('token with the scope signals'),
}

interface Parts {
  readonly source: string
  readonly logger: Logger
  readonly faults: FaultSwitches
}

export function outcomesFrom(
  config: { readonly headgateUrl?: string | undefined; readonly headgateToken: string },
  { source, logger, faults }: Parts,
): Pick<OutcomeSender, 'report' | 'close'> {
  if (config.headgateUrl === undefined) return { report: () => undefined, close: () => Promise.resolve() }
  return new OutcomeSender({
    url: config.headgateUrl.replace(/\/$/, ''),
    token: config.headgateToken,
    source,
    isSilent: () => faults.current.blind === true,
    warn: (message) => logger.warn(message),
  })
}
