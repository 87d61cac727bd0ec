import type { Duplex } from 'node:stream'
import type { Socket } from 'node:net'
import type { ResponseHead } from './upstream-response.ts'

/** An accepted upgrade: what was a request is now a two-way stream of bytes that the gateway does not read. */
export interface TunnelEnds {
  readonly client: Socket
  readonly upstream: Duplex
  /** What the client sent right behind its request. */
  readonly clientHead: Uint8Array
  /** Silence in both directions after which the tunnel is closed. */
  readonly idleMs: number
}

/** Passes 101 on and joins both ends until either closes; resolves when both are closed. */
export function openTunnel(
  ends: TunnelEnds,
  head: ResponseHead,
  upgrade: string,
  cookies: readonly string[],
): Promise<void> {
  const { client, upstream, clientHead } = ends
  client.write(switchingProtocols(head, upgrade, cookies), 'latin1')
  if (clientHead.length > 0) upstream.write(clientHead)
  client.setTimeout(ends.idleMs, () => client.destroy())
  client.pipe(upstream)
  upstream.pipe(client)
  return new Promise((resolve) => {
    let open = 2
    const closed = (): void => {
      client.destroy()
      upstream.destroy()
      open -= 1
      if (open === 0) resolve()
    }
    client.once('close', closed)
    upstream.once('close', closed)
  })
}

function switchingProtocols(head: ResponseHead, upgrade: string, cookies: readonly string[]): string {
  const lines = ['HTTP/1.1 101 Switching Protocols', 'Connection: Upgrade', `Upgrade: ${upgrade}`]
  for (let i = 0; i < head.headers.length; i += 2) lines.push(`${head.headers[i]}: ${head.headers[i + 1]}`)
  for (const cookie of cookies) lines.push(`Set-Cookie: ${cookie}`)
  return `${lines.join('\r\n')}\r\n\r\n`
}
