import { performance } from 'node:perf_hooks'
import type { Dispatcher } from 'undici'
import { pageKind } from './page.ts'

/** What a shopper got to see after all redirects. */
export interface SeenPage {
  readonly kind: string
  /** 0 when there was no answer at all. */
  readonly status: number
  readonly body: string
  /** From the click to the last byte, redirects included. */
  readonly ms: number
}

export interface Browser {
  open(path: string): Promise<SeenPage>
  send(path: string, form: Readonly<Record<string, string>>): Promise<SeenPage>
}

interface BrowserOptions {
  readonly pool: Dispatcher
  readonly signal: AbortSignal
  readonly onPage: (page: SeenPage) => void
}

const maxRedirects = 5
const timeoutMs = 10_000
/** Of a load generator, said openly. Gateways must not look at it. */
const userAgent = 'headgate-lab-shopper/1.0'

/** One browser: cookies of one visitor, redirects followed, one page at a time. */
export function createBrowser({ pool, signal, onPage }: BrowserOptions): Browser {
  const cookies = new Map<string, string>()

  async function request(method: 'GET' | 'POST', path: string, content?: string) {
    const cookie = [...cookies].map(([name, value]) => `${name}=${value}`).join('; ')
    const headers = {
      'user-agent': userAgent,
      accept: 'text/html',
      ...(cookie === '' ? {} : { cookie }),
      ...(content === undefined ? {} : { 'content-type': 'application/x-www-form-urlencoded' }),
    }
    const limits = { headersTimeout: timeoutMs, bodyTimeout: timeoutMs, signal }
    const answer = await pool.request({
      method,
      path,
      headers,
      ...limits,
      ...(content === undefined ? {} : { body: content }),
    })
    keepCookies(cookies, answer.headers['set-cookie'])
    return { status: answer.statusCode, location: answer.headers.location, body: await answer.body.text() }
  }

  async function follow(method: 'GET' | 'POST', path: string, content?: string): Promise<Omit<SeenPage, 'ms'>> {
    let answer = await request(method, path, content)
    for (let hops = 0; isRedirect(answer) && hops < maxRedirects; hops += 1) {
      answer = await request('GET', pathOf(String(answer.location)))
    }
    return { kind: pageKind(answer.body), status: answer.status, body: answer.body }
  }

  async function see(method: 'GET' | 'POST', path: string, content?: string): Promise<SeenPage> {
    const startedAt = performance.now()
    const seen = await follow(method, path, content).catch((error: unknown) => {
      if (signal.aborted) throw error
      return { kind: 'no-answer', status: 0, body: '' }
    })
    const page = { ...seen, ms: performance.now() - startedAt }
    onPage(page)
    return page
  }

  return {
    open: (path) => see('GET', path),
    send: (path, form) => see('POST', path, new URLSearchParams(form).toString()),
  }
}

function isRedirect(answer: { status: number; location: string | string[] | undefined }): boolean {
  return answer.status >= 301 && answer.status <= 308 && answer.location !== undefined
}

function pathOf(location: string): string {
  const { pathname, search } = new URL(location, 'http://shop.invalid')
  return pathname + search
}

/** All cookies of the lab live on one host and on `/`, so a name is enough to tell them apart. */
function keepCookies(cookies: Map<string, string>, header: string | string[] | undefined): void {
  const lines = header === undefined ? [] : Array.isArray(header) ? header : [header]
  for (const line of lines) {
    const [pair = ''] = line.split(';', 1)
    const cut = pair.indexOf('=')
    const name = pair.slice(0, cut).trim()
    if (/;\s*max-age=0\b/i.test(line)) cookies.delete(name)
    else cookies.set(name, pair.slice(cut + 1).trim())
  }
}
