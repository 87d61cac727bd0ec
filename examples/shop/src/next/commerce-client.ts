import { Pool } from 'undici'
import type { z } from 'zod'

/** One answer of the commerce API, parsed by its status. */
export interface ApiAnswer {
  readonly status: number
  readonly body: unknown
}

export interface ApiCall {
  readonly method: 'GET' | 'POST'
  readonly path: string
  readonly body?: unknown
  readonly headers?: Readonly<Record<string, string>>
}

export interface CommerceClient {
  call(call: ApiCall): Promise<ApiAnswer>
  /** The parsed answer, or undefined for 404. Throws for every other status and for answers that break the contract. */
  read<Schema extends z.ZodType>(path: string, schema: Schema): Promise<z.output<Schema> | undefined>
  close(): Promise<void>
}

const timeoutMs = 5_000

/**
 * HTTP client of the commerce API with a pool of kept-alive connections. Reads are tried once more when the connection broke; calls
 * that change something are not (checkout is made safe to repeat by its key, and it is the shopper who repeats).
 */
export function createCommerceClient(url: string): CommerceClient {
  const pool = new Pool(url, { connections: 16, pipelining: 1, headersTimeout: timeoutMs, bodyTimeout: timeoutMs })

  async function once(wanted: ApiCall): Promise<ApiAnswer> {
    const { method, path, body, headers = {} } = wanted
    const content = body === undefined ? {} : { body: JSON.stringify(body) }
    const type = body === undefined ? {} : { 'content-type': 'application/json' }
    const answer = await pool.request({ method, path, headers: { ...type, ...headers }, ...content })
    return { status: answer.statusCode, body: await answer.body.json() }
  }

  async function call(wanted: ApiCall): Promise<ApiAnswer> {
    try {
      return await once(wanted)
    } catch (error) {
      if (wanted.method !== 'GET') throw error
      return once(wanted)
    }
  }

  return {
    call,
    async read(path, schema) {
      const answer = await call({ method: 'GET', path })
      if (answer.status === 404) return undefined
      if (answer.status !== 200) throw new Error(`the commerce API answered ${answer.status} to GET ${path}`)
      return schema.parse(answer.body)
    },
    close: () => pool.close(),
  }
}
