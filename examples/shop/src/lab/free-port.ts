import { createServer } from 'node:net'

/**
 * A loopback port that is free now. Needed only where an address must be known before its process starts, and for a
 * process that comes back on the same address after a kill; everything else listens on port 0 and says what it got.
 */
export async function freePort(): Promise<number> {
  const server = createServer()
  await new Promise<void>((resolve, reject) => {
    server.once('error', reject)
    server.listen(0, '127.0.0.1', resolve)
  })
  const address = server.address()
  await new Promise((resolve) => server.close(resolve))
  if (address === null || typeof address === 'string') throw new Error('the system gave no port')
  return address.port
}
