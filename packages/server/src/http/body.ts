import { HeadgateError } from '@headgate/core/model'
import type { z } from 'zod'
import { invalidInput } from './problem.ts'

/**
 * Reads, limits and parses a JSON body.
 *
 * @throws HeadgateError `TOO_LARGE` beyond `limitBytes`, also when the length was not announced (chunked);
 *   `INVALID_INPUT` when it is not JSON or not of the schema
 */
export async function readJson<T>(request: Request, schema: z.ZodType<T>, limitBytes: number): Promise<T> {
  if (!/^application\/([\w.+-]+\+)?json\s*(;|$)/i.test(request.headers.get('content-type') ?? '')) {
    throw new HeadgateError('INVALID_INPUT', 'Send the body as JSON, with content-type: application/json')
  }
  const parsed = schema.safeParse(parseJson(await readText(request, limitBytes)))
  if (!parsed.success) throw invalidInput('The body does not have the right form', parsed.error)
  return parsed.data
}

async function readText(request: Request, limitBytes: number): Promise<string> {
  const announced = request.headers.get('content-length')
  if (announced !== null && Number(announced) > limitBytes) throw tooLarge(limitBytes)
  // An announced length is enforced by the HTTP parser; only an unannounced one must be counted.
  if (announced !== null || request.body === null) return request.text()
  return readCounted(request.body, limitBytes)
}

async function readCounted(body: ReadableStream<Uint8Array>, limitBytes: number): Promise<string> {
  const decoder = new TextDecoder()
  let text = ''
  let length = 0
  for await (const chunk of body) {
    length += chunk.byteLength
    if (length > limitBytes) throw tooLarge(limitBytes)
    text += decoder.decode(chunk, { stream: true })
  }
  return text + decoder.decode()
}

function parseJson(text: string): unknown {
  try {
    return JSON.parse(text)
  } catch (cause) {
    throw new HeadgateError('INVALID_INPUT', 'The body is not JSON', { cause })
  }
}

function tooLarge(limitBytes: number): HeadgateError {
  return new HeadgateError('TOO_LARGE', `The body is larger than ${limitBytes} bytes; send it in parts`)
}
