import { once } from 'node:events'
import {
  createServer,
  request,
  type IncomingHttpHeaders,
  type IncomingMessage,
  type RequestListener,
  type Server,
} from 'node:http'
import {
  connect,
  createServer as createTcpServer,
  type AddressInfo,
  type Server as TcpServer,
  type Socket,
} from 'node:net'

/** What a test opened and its end must close, last first. */
export class Closing {
  readonly #closers: (() => Promise<unknown>)[] = []

  add(close: () => Promise<unknown>): void {
    this.#closers.push(close)
  }

  async closeAll(): Promise<void> {
    for (const close of this.#closers.splice(0).toReversed()) await close()
  }
}

/** An HTTP upstream that keeps what it was asked. */
export interface Upstream {
  readonly url: string
  readonly server: Server
  readonly seen: {
    readonly method: string
    readonly url: string
    readonly headers: IncomingHttpHeaders
    readonly raw: string[]
  }[]
  /** Connections accepted so far. */
  readonly connections: Set<Socket>
}

export async function startUpstream(closing: Closing, listener: RequestListener): Promise<Upstream> {
  const seen: Upstream['seen'] = []
  const connections = new Set<Socket>()
  const server = createServer((asked, response) => {
    seen.push({ method: asked.method ?? '', url: asked.url ?? '', headers: asked.headers, raw: asked.rawHeaders })
    listener(asked, response)
  })
  server.on('connection', (socket) => connections.add(socket))
  const url = await listening(server)
  closing.add(() => {
    server.closeAllConnections()
    return new Promise((resolve) => server.close(resolve))
  })
  return { url, server, seen, connections }
}

/** Resolves when the upstream's first connection is closed; call it once there is one. */
export function firstConnectionGone(upstream: Upstream): Promise<void> {
  const [socket] = upstream.connections
  if (socket === undefined) return Promise.reject(new Error('nobody has connected'))
  return new Promise((resolve) => socket.once('close', () => resolve()))
}

/** A TCP upstream that says whatever the test wants; `received` is all it was sent, over all connections. */
export interface RawUpstream {
  readonly url: string
  received(): string
}

export async function startRawUpstream(closing: Closing, onRequest: (socket: Socket) => void): Promise<RawUpstream> {
  const chunks: Buffer[] = []
  const sockets = new Set<Socket>()
  const server = createTcpServer((socket) => {
    sockets.add(socket)
    socket.on('error', () => socket.destroy())
    socket.on('data', (chunk: Buffer) => {
      chunks.push(chunk)
      if (chunk.includes('\r\n\r\n')) onRequest(socket)
    })
  })
  const url = await listening(server)
  closing.add(() => {
    for (const socket of sockets) socket.destroy()
    return new Promise((resolve) => server.close(resolve))
  })
  return { url, received: () => Buffer.concat(chunks).toString('latin1') }
}

/** A port of this machine on which nobody listens. */
export async function deadUrl(): Promise<string> {
  const server = createTcpServer()
  const url = await listening(server)
  await new Promise((resolve) => server.close(resolve))
  return url
}

export async function listening(server: TcpServer): Promise<string> {
  server.listen(0, '127.0.0.1')
  await once(server, 'listening')
  return `http://127.0.0.1:${portOf(server)}`
}

export function portOf(server: TcpServer): number {
  const address: AddressInfo | string | null = server.address()
  if (address === null || typeof address === 'string') throw new Error('the server does not listen on a port')
  return address.port
}

export interface Reply {
  readonly status: number
  readonly headers: IncomingHttpHeaders
  readonly raw: string[]
  readonly body: string
  readonly trailers: NodeJS.Dict<string>
}

export interface AskOptions {
  readonly method?: string
  readonly headers?: Readonly<Record<string, string | string[]>>
  readonly body?: string | Uint8Array
}

/** One request over its own connection, answered in full; rejects when the response is cut short. */
export async function ask(port: number, path: string, options: AskOptions = {}): Promise<Reply> {
  const { method = 'GET', body } = options
  const length = body === undefined ? {} : { 'content-length': String(Buffer.byteLength(body)) }
  const framing = options.headers?.['transfer-encoding'] === undefined ? length : {}
  const headers = { ...framing, ...options.headers }
  const sent = request({ host: '127.0.0.1', port, path, method, headers, agent: false })
  sent.end(body)
  return readReply(await responseOf(sent))
}

export function responseOf(sent: ReturnType<typeof request>): Promise<IncomingMessage> {
  return new Promise((resolve, reject) => {
    sent.once('response', resolve)
    sent.once('error', reject)
  })
}

export async function readReply(response: IncomingMessage): Promise<Reply> {
  const chunks: Buffer[] = []
  for await (const chunk of response) chunks.push(Buffer.from(chunk))
  const { statusCode = 0, headers, rawHeaders: raw, trailers } = response
  return { status: statusCode, headers, raw, body: Buffer.concat(chunks).toString('latin1'), trailers }
}

/** Bytes as given, over one connection; resolves with all that came back once the other side has closed. */
export async function converse(port: number, text: string): Promise<string> {
  const socket = await open(port)
  socket.write(text, 'latin1')
  return readAll(socket)
}

export async function open(port: number): Promise<Socket> {
  const socket = connect(port, '127.0.0.1')
  socket.on('error', () => socket.destroy())
  await once(socket, 'connect')
  return socket
}

export async function readAll(socket: Socket): Promise<string> {
  let text = ''
  socket.on('data', (chunk: Buffer) => (text += chunk.toString('latin1')))
  if (!socket.closed) await once(socket, 'close')
  return text
}

/** Resolves as soon as what came back contains `mark`. */
export function readUntil(socket: Socket, mark: string): Promise<string> {
  return new Promise((resolve, reject) => {
    let text = ''
    const take = (chunk: Buffer): void => {
      text += chunk.toString('latin1')
      if (!text.includes(mark)) return
      socket.off('data', take)
      resolve(text)
    }
    socket.on('data', take)
    socket.once('close', () => reject(new Error(`closed after: ${text}`)))
  })
}
