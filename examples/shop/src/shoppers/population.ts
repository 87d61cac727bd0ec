import { setMaxListeners } from 'node:events'
import { setTimeout as wait } from 'node:timers/promises'
import { Pool } from 'undici'
import { deriveSeed, logNormal, nextArrivalMs, seededRandom, type Random } from '../random.ts'
import type { Logger } from '../service/logger.ts'
import { behaviour } from './behaviour.ts'
import { createBrowser } from './browser.ts'
import type { Tally } from './counters.ts'
import { linksTo } from './page.ts'
import { visitAgain, visitShop } from './shopper.ts'
import type { Visit, VisitEnd } from './visit.ts'

export interface PopulationOptions {
  readonly url: string
  readonly visitorsPerMinute: number
  /** How many times faster than in real life shoppers read, think and return. */
  readonly timeScale: number
  readonly seed: number
  /** Visitors under way at most; further arrivals are turned away and counted, so that a slow shop is not buried. */
  readonly maxInFlight: number
  readonly tally: Tally
  readonly logger: Logger
}

const graceMs = 1_500
const pausedMs = 200

/** Open loop: arrivals follow a Poisson process that does not care how the shop is doing, as real shoppers do not. */
export class Population {
  readonly #options: PopulationOptions
  readonly #pool: Pool
  readonly #stopping = new AbortController()
  readonly #underWay = new Set<Promise<void>>()
  readonly #arriving: Promise<void>
  #rate: number
  #visitors = 0
  #advertised: readonly string[] = []

  constructor(options: PopulationOptions) {
    this.#options = options
    this.#rate = options.visitorsPerMinute
    this.#pool = new Pool(options.url, { connections: 128, pipelining: 1, keepAliveTimeout: 30_000 })
    setMaxListeners(0, this.#stopping.signal)
    this.#arriving = this.#keepArriving().catch((error: unknown) => {
      options.logger.error('no more shoppers arrive', { error })
    })
  }

  /** Arrivals a minute from now on; 0 pauses. */
  setRate(visitorsPerMinute: number): void {
    this.#rate = visitorsPerMinute
  }

  /** No new arrivals; those under way are given a moment, then stopped. */
  async stop(): Promise<void> {
    this.#rate = 0
    await Promise.race([Promise.all(this.#underWay), wait(graceMs)])
    this.#stopping.abort()
    await Promise.all([this.#arriving, ...this.#underWay])
    await this.#pool.destroy()
  }

  // Ends when stopped. Arrivals are due at fixed instants: one that came late does not delay those after it.
  async #keepArriving(): Promise<void> {
    const { signal } = this.#stopping
    const random = seededRandom(this.#options.seed)
    this.#advertised = await readAdvertised(this.#pool, this.#options.logger)
    let dueAt = performance.now()
    while (!signal.aborted) {
      const isPaused = this.#rate <= 0
      dueAt = isPaused ? performance.now() + pausedMs : dueAt + nextArrivalMs(random, this.#rate)
      const aheadMs = dueAt - performance.now()
      if (aheadMs > 0) await wait(aheadMs, undefined, { signal }).catch(() => undefined)
      if (!isPaused && !signal.aborted) this.#admit()
    }
  }

  #admit(): void {
    const { tally, maxInFlight, seed, logger } = this.#options
    const visitor = (this.#visitors += 1)
    if (tally.inFlight >= maxInFlight) {
      tally.shed()
      return
    }
    const life = this.#live(visitor, seededRandom(deriveSeed(seed, visitor)))
      .catch((error: unknown) => {
        if (!this.#stopping.signal.aborted) logger.error('a shopper stumbled', { visitor, error })
      })
      .finally(() => this.#underWay.delete(life))
    this.#underWay.add(life)
  }

  /** All visits of one visitor, with the same cookies. Ends: each return is less likely than not. */
  async #live(visitor: number, random: Random): Promise<void> {
    const { tally, timeScale } = this.#options
    const { signal } = this.#stopping
    const browser = createBrowser({
      pool: this.#pool,
      signal,
      onPage: (page) => tally.page(page.kind, page.status, page.ms),
    })
    const pause = async ({ medianMs, sigma }: { readonly medianMs: number; readonly sigma: number }) => {
      await wait(logNormal(random, medianMs, sigma) / timeScale, undefined, { signal })
    }
    const visit: Visit = { browser, random, tally, visitor, wait: pause, advertised: this.#advertised }
    tally.arrived(false)
    let end = await visitShop(visit).finally(() => tally.left())
    while (comesBack(random, end)) {
      await pause(behaviour.returnsLater)
      tally.arrived(true)
      end = await visitAgain(visit).finally(() => tally.left())
    }
  }
}

function comesBack(random: Random, end: VisitEnd): boolean {
  if (end === 'looked') return false
  return random() < (end === 'ordered' ? behaviour.returnsAfterOrder : behaviour.returnsAfterLeaving)
}

/** The articles that adverts and mails link to, as a feed would list them. Without it visits begin at the front page. */
async function readAdvertised(pool: Pool, logger: Logger): Promise<readonly string[]> {
  try {
    const answer = await pool.request({ method: 'GET', path: '/sitemap.xml' })
    const text = await answer.body.text()
    return linksTo(text.replaceAll(/<loc>https?:\/\/[^/]+/g, 'href="').replaceAll('</loc>', '"'), '/p/')
  } catch (error) {
    logger.warn('the shop has no sitemap yet, all visits begin at the front page', { error })
    return []
  }
}
