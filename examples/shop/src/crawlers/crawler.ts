import { setTimeout as wait } from 'node:timers/promises'
import { Pool } from 'undici'
import { nextArrivalMs, pickEvenly, seededRandom } from '../random.ts'
import type { Logger } from '../service/logger.ts'
import { linksTo } from '../shoppers/page.ts'
import { parseRobots, type Robots } from './robots.ts'

/** What the crawler knows of one URL. */
export interface CrawledUrl {
  readonly visits: number
  /** Who served it last, by `<meta name="generator">`. */
  readonly servedBy: string
  /** How often that changed; more than once per stage of a release would confuse a search engine. */
  readonly changes: number
  readonly status: number
}

export interface CrawlReport {
  readonly fetched: number
  readonly failed: number
  /** URLs by who served them last. */
  readonly servedBy: Readonly<Record<string, number>>
  readonly changedUrls: number
  readonly urls: Readonly<Record<string, CrawledUrl>>
}

export interface CrawlerOptions {
  readonly url: string
  readonly pagesPerMinute: number
  readonly seed: number
  readonly logger: Logger
}

const userAgent = 'headgate-lab-crawler/1.0'
const timeoutMs = 10_000

/** Walks the shop as search engines do: no cookies, robots.txt obeyed, the same few hundred URLs again and again. */
export class Crawler {
  readonly #options: CrawlerOptions
  readonly #pool: Pool
  readonly #stopping = new AbortController()
  readonly #seen = new Map<string, CrawledUrl>()
  readonly #walking: Promise<void>
  #frontier: readonly string[] = ['/']
  #fetched = 0
  #failed = 0

  constructor(options: CrawlerOptions) {
    this.#options = options
    this.#pool = new Pool(options.url, { connections: 2, headersTimeout: timeoutMs, bodyTimeout: timeoutMs })
    this.#walking = this.#walk().catch((error: unknown) => {
      if (!this.#stopping.signal.aborted) options.logger.error('the crawler ended', { error })
    })
  }

  report(): CrawlReport {
    const servedBy: Record<string, number> = {}
    for (const url of this.#seen.values()) servedBy[url.servedBy] = (servedBy[url.servedBy] ?? 0) + 1
    const changedUrls = [...this.#seen.values()].filter((url) => url.changes > 0).length
    const counts = { fetched: this.#fetched, failed: this.#failed, changedUrls }
    return { ...counts, servedBy, urls: Object.fromEntries(this.#seen) }
  }

  async stop(): Promise<void> {
    this.#stopping.abort()
    await this.#walking
    await this.#pool.destroy()
  }

  // Ends when stopped.
  async #walk(): Promise<void> {
    const { pagesPerMinute, seed } = this.#options
    const { signal } = this.#stopping
    const random = seededRandom(seed)
    const robots = parseRobots((await this.#fetch('/robots.txt')).body)
    this.#frontier = await this.#readSitemap(robots)
    while (!signal.aborted) {
      await wait(nextArrivalMs(random, pagesPerMinute), undefined, { signal })
      await this.#visit(pickEvenly(random, this.#frontier) ?? '/')
    }
  }

  async #readSitemap(robots: Robots): Promise<readonly string[]> {
    const { body } = await this.#fetch('/sitemap.xml')
    const listed = [...body.matchAll(/<loc>https?:\/\/[^/]+([^<]*)<\/loc>/g)].map(([, path = '/']) => path)
    const linked = listed.length > 0 ? listed : linksTo((await this.#fetch('/')).body, '/c/')
    return linked.filter((path) => robots.allows(path))
  }

  async #visit(path: string): Promise<void> {
    try {
      const { status, body } = await this.#fetch(path)
      this.#fetched += 1
      if (status >= 500) this.#failed += 1
      this.#remember(path, status, /name="generator" content="([^"]*)"/.exec(body)?.[1] ?? 'unknown')
    } catch (error) {
      if (this.#stopping.signal.aborted) throw error
      this.#failed += 1
    }
  }

  #remember(path: string, status: number, servedBy: string): void {
    const known = this.#seen.get(path)
    const changes = known === undefined ? 0 : known.changes + (known.servedBy === servedBy ? 0 : 1)
    this.#seen.set(path, { visits: (known?.visits ?? 0) + 1, servedBy, changes, status })
  }

  async #fetch(path: string): Promise<{ status: number; body: string }> {
    const headers = { 'user-agent': userAgent }
    const answer = await this.#pool.request({ method: 'GET', path, headers, signal: this.#stopping.signal })
    return { status: answer.statusCode, body: await answer.body.text() }
  }
}
