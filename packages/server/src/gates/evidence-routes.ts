import { z } from 'zod'
import type { Api } from '../http/index.ts'
import { exportEvidence, type ExportDeps } from './export-evidence.ts'

const instant = z.coerce.number().int().min(0).exactOptional()

/** Adds `GET /api/v1/releases/{id}/evidence`. */
export function addEvidenceRoutes(api: Api, deps: ExportDeps): void {
  api.route(
    {
      method: 'get',
      path: '/api/v1/releases/{id}/evidence',
      summary: 'The recorded evidence of a release, for headgate backtest; from and until are milliseconds since 1970',
      tag: 'releases',
      access: ['read'],
      params: z.object({ id: z.string() }),
      query: z.object({ from: instant, until: instant }),
      answer: {
        status: 200,
        description: 'Lines of the evidence format; without its last line, of kind end, the answer was cut off',
        contentType: 'application/x-ndjson',
      },
      problems: ['NOT_FOUND'],
    },
    async ({ params: { id }, query, signal }) => {
      const pieces = await exportEvidence(deps, id, query)
      return new Response(toBytes(pieces, signal), { headers: { 'content-type': 'application/x-ndjson' } })
    },
  )
}

/** Pulled by the caller's connection, so that a slow reader slows the database and not the memory. */
function toBytes(pieces: AsyncGenerator<string>, signal: AbortSignal): ReadableStream<Uint8Array> {
  const encoder = new TextEncoder()
  return new ReadableStream(
    {
      async pull(controller) {
        signal.throwIfAborted()
        const { value, done } = await pieces.next()
        if (done === true) controller.close()
        else controller.enqueue(encoder.encode(value))
      },
      async cancel() {
        await pieces.return(undefined)
      },
    },
    { highWaterMark: 1 },
  )
}
