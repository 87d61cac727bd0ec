import type { Server } from 'node:net'
import { HeadgateError } from '@headgate/core/model'
import type { ListenAddress } from './gateway-config.ts'

/** Resolves once the server accepts connections. Throws `CONFLICT` when the address is taken, `INVALID_INPUT` when it is none. */
export async function listenOn(server: Server, { host, port }: ListenAddress): Promise<void> {
  const { promise, resolve, reject } = Promise.withResolvers<void>()
  server.once('error', reject)
  server.listen(port, host, resolve)
  try {
    await promise
  } catch (cause) {
    throw new HeadgateError(isTaken(cause) ? 'CONFLICT' : 'INVALID_INPUT', `cannot listen on ${host}:${port}`, {
      cause,
    })
  } finally {
    server.off('error', reject)
  }
}

/** Where a server listens. Throws `INTERNAL` when it does not. */
export function addressOf(server: Server): ListenAddress {
  const address = server.address()
  if (address === null || typeof address === 'string') throw new HeadgateError('INTERNAL', 'the server does not listen')
  return { host: address.address, port: address.port }
}

const isTaken = (error: unknown): boolean => error instanceof Error && 'code' in error && error.code === 'EADDRINUSE'
