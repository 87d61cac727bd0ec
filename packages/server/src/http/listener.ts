import { createServer, type RequestListener, type Server } from 'node:http'
import { getRequestListener } from '@hono/node-server'
import { HeadgateError } from '@headgate/core/model'

export interface ListenOptions {
  readonly host: string
  /** 0 picks a free port. */
  readonly port: number
}

export interface Listener {
  readonly port: number
  readonly url: string
  /** Takes no more connections, lets running requests end for at most `graceMs`, then cuts them. */
  close(graceMs: number): Promise<void>
}

type Fetch = (request: Request, env: object) => Response | Promise<Response>

/** @throws HeadgateError `UNAVAILABLE` when the address cannot be listened on */
export async function listen(fetch: Fetch, options: ListenOptions): Promise<Listener> {
  return listenWith(getRequestListener(fetch), options)
}

/** A listener of plain Node, e.g. for metrics beside the API. @throws HeadgateError as {@link listen} */
export async function listenWith(onRequest: RequestListener, options: ListenOptions): Promise<Listener> {
  const server = createServer(
    {
      maxHeaderSize: 16 * 1024,
      // A client gets ten seconds to say what it wants, and thirty to have sent all of it.
      headersTimeout: 10_000,
      requestTimeout: 30_000,
      keepAliveTimeout: 65_000,
      connectionsCheckingInterval: 5_000,
    },
    onRequest,
  )
  const port = await startListening(server, options)
  const host = options.host.includes(':') ? `[${options.host}]` : options.host
  return { port, url: `http://${host}:${port}`, close: (graceMs) => closeServer(server, graceMs) }
}

async function startListening(server: Server, options: ListenOptions): Promise<number> {
  await new Promise<void>((resolve, reject) => {
    server.once('error', (cause: Error & { code?: string }) => {
      const why = cause.code === 'EADDRINUSE' ? 'another process listens there' : cause.message
      reject(new HeadgateError('UNAVAILABLE', `Cannot listen on ${options.host}:${options.port}: ${why}`, { cause }))
    })
    server.listen(options.port, options.host, resolve)
  })
  const address = server.address()
  return address === null || typeof address === 'string' ? options.port : address.port
}

async function closeServer(server: Server, graceMs: number): Promise<void> {
  const closed = new Promise((resolve) => {
    server.close(resolve)
  })
  // A connection that waits for its next request is idle only once its last answer is out; there is no event for that.
  const sweep = setInterval(() => server.closeIdleConnections(), 20)
  const cut = setTimeout(() => server.closeAllConnections(), graceMs)
  await closed
  clearInterval(sweep)
  clearTimeout(cut)
}
