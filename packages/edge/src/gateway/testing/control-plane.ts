import { createServer, type IncomingMessage, type ServerResponse } from 'node:http'
import type { Snapshot } from '@headgate/core/exposure'
import { acknowledgement, localStopReport, type Acknowledgement, type LocalStopReport } from '@headgate/protocol/api'
import { deltaBatch, type DeltaBatch, type DeltaCell } from '@headgate/protocol/signals'
import { createSnapshotSigner, type SnapshotSigner } from '@headgate/testkit/snapshot'
import { listening, type Closing } from '../../proxy/testing/sockets.ts'

/** A control plane of one process and no database: publishes snapshots, takes counts, remembers what it was told. */
export interface FakeControlPlane {
  readonly url: string
  readonly signer: SnapshotSigner
  readonly batches: readonly DeltaBatch[]
  readonly acknowledged: readonly Acknowledgement[]
  readonly localStops: readonly LocalStopReport[]
  /** Every request it got, as `METHOD path`. */
  readonly asked: readonly string[]
  publish(snapshot: Snapshot): void
  /** Resolves when what was told fulfils the condition; looked at after every request. */
  until(isFulfilled: () => boolean): Promise<void>
  /** All cells of all batches, counts added up per equal cell. */
  cells(): readonly DeltaCell[]
  stop(): Promise<void>
}

export async function startControlPlane(closing: Closing, token = 'secret'): Promise<FakeControlPlane> {
  const plane = new Plane(token)
  const server = createServer((request, response) => void plane.answer(request, response))
  const url = await listening(server)
  const stop = async (): Promise<void> => {
    server.closeAllConnections()
    if (server.listening) await new Promise((resolve) => server.close(resolve))
  }
  closing.add(stop)
  return Object.assign(plane, { url, stop })
}

class Plane {
  readonly signer = createSnapshotSigner()
  readonly batches: DeltaBatch[] = []
  readonly acknowledged: Acknowledgement[] = []
  readonly localStops: LocalStopReport[] = []
  readonly asked: string[] = []
  readonly #token: string
  readonly #polls = new Set<ServerResponse>()
  readonly #watchers = new Set<() => void>()
  #snapshot: Snapshot | undefined

  constructor(token: string) {
    this.#token = token
  }

  publish(snapshot: Snapshot): void {
    this.#snapshot = snapshot
    for (const poll of this.#polls) this.#sendSnapshot(poll, snapshot)
    this.#polls.clear()
  }

  until(isFulfilled: () => boolean): Promise<void> {
    return new Promise((resolve) => {
      const look = (): void => {
        if (!isFulfilled()) return
        this.#watchers.delete(look)
        resolve()
      }
      this.#watchers.add(look)
      look()
    })
  }

  cells(): DeltaCell[] {
    const sums = new Map<string, DeltaCell>()
    for (const { count, ...cell } of this.batches.flatMap(({ cells }) => cells)) {
      const key = JSON.stringify(cell)
      sums.set(key, { ...cell, count: count + (sums.get(key)?.count ?? 0) })
    }
    return [...sums.values()]
  }

  async answer(request: IncomingMessage, response: ServerResponse): Promise<void> {
    const { pathname, searchParams } = new URL(request.url ?? '/', 'http://plane')
    this.asked.push(`${request.method} ${pathname}`)
    const body: unknown = request.method === 'POST' ? JSON.parse(await textOf(request)) : undefined
    if (request.headers.authorization !== `Bearer ${this.#token}`) json(response, 401, {})
    else if (pathname === '/api/v1/keys') json(response, 200, { keys: [this.signer] })
    else if (pathname === '/api/v1/gateway/snapshot') this.#poll(response, Number(searchParams.get('after')))
    else this.#take(pathname, body, response)
    for (const look of this.#watchers) look()
  }

  #poll(response: ServerResponse, after: number): void {
    if (this.#snapshot !== undefined && this.#snapshot.version > after) this.#sendSnapshot(response, this.#snapshot)
    else this.#polls.add(response)
    response.once('close', () => this.#polls.delete(response))
  }

  #take(path: string, body: unknown, response: ServerResponse): void {
    if (path === '/api/v1/gateway/acknowledgements') {
      this.acknowledged.push(acknowledgement.parse(body))
      response.writeHead(204).end()
    } else if (path === '/api/v1/gateway/local-stops') {
      this.localStops.push(localStopReport.parse(body))
      response.writeHead(204).end()
    } else if (path === '/api/v1/signals/deltas') {
      const batch = deltaBatch.parse(body)
      this.batches.push(batch)
      json(response, 200, { accepted: true, duplicate: false, seq: batch.seq })
    } else json(response, 404, {})
  }

  #sendSnapshot(response: ServerResponse, snapshot: Snapshot): void {
    json(response, 200, this.signer.sign(snapshot))
  }
}

async function textOf(request: IncomingMessage): Promise<string> {
  let text = ''
  for await (const chunk of request) text += String(chunk)
  return text
}

function json(response: ServerResponse, status: number, body: object): void {
  response.writeHead(status, { 'content-type': 'application/json' }).end(JSON.stringify(body))
}
