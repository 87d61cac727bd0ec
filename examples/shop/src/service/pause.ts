import { setTimeout as wait } from 'node:timers/promises'
import { logNormal, type Random } from '../random.ts'

/** Wait a log-normal time: what work looks like that this lab does not really do (templates, banks, remote hops). */
export function pauseAbout(random: Random, medianMs: number, sigma: number): Promise<void> {
  return medianMs <= 0 ? Promise.resolve() : wait(logNormal(random, medianMs, sigma))
}
