import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http'
import type { ListenAddress } from './gateway-config.ts'
import { listenOn } from './listen.ts'

/** What the admin listener tells. */
export interface AdminPages {
  /** Undefined when the gateway serves; else why it does not. */
  readonly whyNotReady: () => string | undefined
  readonly snapshotVersion: () => number
  readonly metrics: () => string
}

/**
 * Health, readiness and metrics, on a listener of their own that is not the shop's: `/_headgate/health` says that the
 * process answers, `/_headgate/ready` that it serves shoppers (503 while it does not), `/metrics` is Prometheus text.
 */
export async function openAdmin(address: ListenAddress, pages: AdminPages): Promise<Server> {
  const server = createServer((request, response) => answer(request, response, pages))
  server.maxConnections = 64
  await listenOn(server, address)
  // A failed accept must not end the process; the next scrape tells.
  server.on('error', () => undefined)
  return server
}

function answer(request: IncomingMessage, response: ServerResponse, pages: AdminPages): void {
  const version = pages.snapshotVersion()
  const why = pages.whyNotReady()
  switch (request.url ?? '') {
    case '/_headgate/health':
      json(response, 200, { status: 'ok', snapshotVersion: version })
      return
    case '/_headgate/ready':
      if (why === undefined) json(response, 200, { status: 'ready', snapshotVersion: version })
      else json(response, 503, { status: 'not ready', reason: why, snapshotVersion: version })
      return
    case '/metrics':
      response.writeHead(200, {
        'content-type': 'text/plain; version=0.0.4; charset=utf-8',
        'cache-control': 'no-store',
      })
      response.end(pages.metrics())
      return
    default:
      json(response, 404, { status: 'not found', pages: ['/_headgate/health', '/_headgate/ready', '/metrics'] })
  }
}

function json(response: ServerResponse, status: number, body: object): void {
  response.writeHead(status, { 'content-type': 'application/json', 'cache-control': 'no-store' })
  response.end(`${JSON.stringify(body)}\n`)
}
