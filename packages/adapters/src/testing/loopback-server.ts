import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http'

/** A real HTTP server on a free loopback port, for tests. */
export interface LoopbackServer {
  readonly url: string
  readonly host: string
  readonly close: () => Promise<void>
}

export async function startLoopbackServer(
  answer: (request: IncomingMessage, response: ServerResponse) => unknown,
): Promise<LoopbackServer> {
  const server = createServer(answer)
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
  const host = `127.0.0.1:${portOf(server)}`
  return {
    url: `http://${host}`,
    host,
    async close() {
      server.closeAllConnections()
      await new Promise((resolve) => server.close(resolve))
    },
  }
}

function portOf(server: Server): number {
  const address = server.address()
  if (address === null || typeof address === 'string') throw new Error('the server has no port')
  return address.port
}
