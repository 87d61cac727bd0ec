import { createServer, type Server } from 'node:http'
import { getRequestListener } from '@hono/node-server'
import type { Env, Hono } from 'hono'

export interface Listening {
  readonly port: number
  close(): Promise<void>
}

/** How long requests in flight may take to end before their connections are cut. */
const drainMs = 3_000

/** Serve an app on HTTP/1.1 with keep-alive. Resolves once it listens; rejects when the port is taken. */
export function listen<E extends Env>(app: Hono<E>, host: string, port: number): Promise<Listening> {
  const answer = getRequestListener(app.fetch)
  // Longer than the pools of its clients keep a connection: a client never writes into one that the server just closed.
  const server = createServer({ keepAliveTimeout: 65_000 }, (request, response) => void answer(request, response))
  return new Promise((resolve, reject) => {
    server.once('error', reject)
    server.listen(port, host, () => {
      const address = server.address()
      const bound = typeof address === 'object' && address !== null ? address.port : port
      resolve({ port: bound, close: () => close(server) })
    })
  })
}

/** Stop accepting, let requests in flight end, cut what is left after {@link drainMs}. */
function close(server: Server): Promise<void> {
  return new Promise((resolve) => {
    const cut = setTimeout(() => server.closeAllConnections(), drainMs)
    server.close(() => {
      clearTimeout(cut)
      resolve()
    })
    server.closeIdleConnections()
  })
}
