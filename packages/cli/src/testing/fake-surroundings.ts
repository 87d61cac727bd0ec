import { createClient } from '@headgate/client'
import type { ReleaseView } from '@headgate/protocol/api'
import type { ExitCode } from '../exit-code.ts'
import { run, type Surroundings } from '../run.ts'

export interface Ran {
  readonly code: ExitCode
  readonly out: readonly string[]
  readonly err: readonly string[]
  /** Screens that were drawn, joined lines. */
  readonly drawn: readonly string[]
  /** `POST /api/v1/…` with its body, in order; reads are left out. */
  readonly sent: readonly unknown[]
}

/** Answers of a made-up server by `METHOD /path`: a JSON body, or a function for anything else. Unknown paths are 404. */
export type Answers = Readonly<Record<string, unknown>>

/** `connect: undefined` = the real way to a server. */
export type Changes = Partial<Omit<Surroundings, 'connect'>> & {
  readonly connect?: Surroundings['connect'] | undefined
}

/** Run one command line against a made-up server, terminal and environment. */
export async function runWith(args: readonly string[], answers: Answers = {}, changes: Changes = {}): Promise<Ran> {
  const out: string[] = []
  const err: string[] = []
  const drawn: string[] = []
  const sent: unknown[] = []
  let now = 1_030_000
  const code = await run(args, {
    out: (line) => out.push(...line.split('\n')),
    err: (line) => err.push(...line.split('\n')),
    drained: () => Promise.resolve(),
    env: {},
    cwd: '/nowhere',
    home: '/nowhere',
    terminal: {
      isLive: false,
      width: () => 100,
      height: () => undefined,
      hasColour: false,
      hasUnicode: false,
      draw: (lines) => drawn.push(lines.join('\n')),
      keep: () => undefined,
    },
    signal: new AbortController().signal,
    // Every look at the clock is 5 ms after the one before.
    now: () => (now += 5),
    version: '1.2.3',
    program: 'main.ts',
    readInput: noInput,
    onUncaught: () => () => undefined,
    connect: async () => await Promise.resolve(fakeClient(answers, sent)),
    ...changes,
  })
  return { code, out, err, drawn, sent }
}

function fakeClient(answers: Answers, sent: unknown[]) {
  return createClient({
    baseUrl: 'http://headgate.test',
    pause: () => Promise.resolve(),
    fetch: async (target, init) => {
      const request = new Request(target, init)
      const { pathname, search } = new URL(request.url)
      if (request.method !== 'GET') {
        const body = await request.text()
        sent.push([`${request.method} ${pathname}`, body === '' ? undefined : JSON.parse(body)])
      }
      const answer = answers[`${request.method} ${pathname}${search}`] ?? answers[`${request.method} ${pathname}`]
      if (answer === undefined) return new Response(null, { status: 404 })
      if (answer instanceof Watch) return answer.open(request.signal)
      return answer instanceof Response ? answer : Response.json(answer)
    },
  })
}

/** A stream of views that stays open until the caller leaves. */
class Watch {
  readonly #views: readonly ReleaseView[]

  constructor(views: readonly ReleaseView[]) {
    this.#views = views
  }

  open(signal: AbortSignal): Response {
    const text = this.#views.map((view) => `event: release\ndata: ${JSON.stringify(view)}\n\n`).join('')
    return new Response(
      new ReadableStream({
        start(controller) {
          controller.enqueue(new TextEncoder().encode(text))
          signal.addEventListener('abort', () => controller.error(signal.reason))
        },
      }),
    )
  }
}

export function watchAnswer(...views: readonly ReleaseView[]): Watch {
  return new Watch(views)
}

export function problemAnswer(status: number, code: string, detail: string): Response {
  return Response.json({ type: 'about:blank', title: 'x', status, code, detail }, { status })
}

async function* noInput(): AsyncGenerator<string> {
  // nothing was piped in
}
