import { chmod, mkdir, rm } from 'node:fs/promises'
import { createConnection, createServer, type Server, type Socket } from 'node:net'
import { dirname } from 'node:path'
import { HeadgateError } from '@headgate/core/model'
import type { EdgeLog } from '../link/index.ts'
import { controlUsage, parseCommand, type ControlCommand } from './command.ts'

/** What the gateway answers: one line of JSON. */
export type ControlAnswer =
  | { readonly ok: true; readonly [detail: string]: unknown }
  | { readonly ok: false; readonly error: string }

export interface ControlSocket {
  close(): Promise<void>
}

export interface ControlSocketOptions {
  readonly path: string
  readonly log: EdgeLog
  readonly perform: (command: ControlCommand) => Promise<ControlAnswer> | ControlAnswer
}

const maxLineBytes = 1_024
const lineWithinMs = 2_000
const maxConnections = 16
/** Room for a path in the kernel's socket address; the smallest of the systems we run on. */
const maxPathBytes = 103

/**
 * Listens on a Unix socket that only its owner may open. One connection is one command: a line in, a line of JSON out, so
 * `echo 'stop r1 evict prices wrong' | nc -U gateway.sock` works where nothing else does. Longer lines, slow senders and more
 * than a few connections at once are turned away. Throws `CONFLICT` when a living gateway already listens there.
 */
export async function openControlSocket(options: ControlSocketOptions): Promise<ControlSocket> {
  const { path, log } = options
  if (Buffer.byteLength(path) > maxPathBytes)
    throw new HeadgateError(
      'INVALID_INPUT',
      `${path} is too long for a socket; choose one of at most ${maxPathBytes} bytes`,
    )
  await mkdir(dirname(path), { recursive: true, mode: 0o700 })
  await removeStale(path)
  const connections = new Set<Socket>()
  const server = createServer({ allowHalfOpen: true }, (socket) => {
    connections.add(socket)
    socket.on('close', () => connections.delete(socket))
    converse(socket, options)
  })
  server.maxConnections = maxConnections
  await listen(server, path)
  await chmod(path, 0o600)
  server.on('error', (error) => log.error({ error: error.message }, 'the control socket failed'))
  return {
    async close() {
      const closed = new Promise<void>((resolve) => {
        server.close(() => resolve())
      })
      for (const socket of connections) socket.destroy()
      await closed
    },
  }
}

/** The socket file is created without rights for others; between creation and chmod nobody else could connect. */
async function listen(server: Server, path: string): Promise<void> {
  const opened = Promise.withResolvers<void>()
  server.once('error', opened.reject)
  const before = process.umask(0o177)
  try {
    server.listen(path, opened.resolve)
  } finally {
    process.umask(before)
  }
  await opened.promise
  server.off('error', opened.reject)
}

/** A gateway that was killed leaves its socket file behind; one that lives answers. */
async function removeStale(path: string): Promise<void> {
  const isAlive = await new Promise<boolean>((resolve) => {
    const probe = createConnection(path)
    probe.once('connect', () => {
      probe.destroy()
      resolve(true)
    })
    probe.once('error', () => resolve(false))
  })
  if (isAlive)
    throw new HeadgateError('CONFLICT', `a gateway already listens on ${path}; stop it or choose another path`)
  await rm(path, { force: true })
}

/** Ends with the answer, with the first line that is too long, or when the line does not come in time. */
function converse(socket: Socket, options: ControlSocketOptions): void {
  let received = ''
  const timer = setTimeout(() => finish({ ok: false, error: 'no command came in time' }), lineWithinMs)
  const finish = (answer: ControlAnswer): void => {
    clearTimeout(timer)
    socket.removeAllListeners('data')
    socket.end(`${JSON.stringify(answer)}\n`)
    // Whatever is still sent is not read; a peer that does not hang up is cut off.
    socket.resume()
    socket.setTimeout(lineWithinMs, () => socket.destroy())
  }
  const take = (line: string): void => {
    clearTimeout(timer)
    socket.removeAllListeners('data')
    void answerTo(line, options).then(finish)
  }
  socket.setEncoding('utf8')
  socket.on('error', () => socket.destroy())
  socket.on('close', () => clearTimeout(timer))
  socket.on('data', (chunk: string) => {
    received += chunk
    const end = received.indexOf('\n')
    if (end >= 0 && end <= maxLineBytes) take(received.slice(0, end))
    else if (received.length > maxLineBytes) finish({ ok: false, error: `a command has at most ${maxLineBytes} bytes` })
  })
  socket.on('end', () => {
    if (received !== '' && !received.includes('\n') && received.length <= maxLineBytes) take(received)
    else if (received === '') socket.destroy()
  })
}

async function answerTo(line: string, { perform, log }: ControlSocketOptions): Promise<ControlAnswer> {
  const command = parseCommand(line)
  if (command === undefined) return { ok: false, error: `not a command; expected: ${controlUsage}` }
  try {
    return await perform(command)
  } catch (error) {
    log.error({ command: command.kind, error: String(error) }, 'a control command failed')
    return { ok: false, error: 'the command failed; see the log of the gateway' }
  }
}
