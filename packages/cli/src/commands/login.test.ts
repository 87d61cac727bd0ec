import { mkdtemp, readFile, rm, stat } from 'node:fs/promises'
import { createServer, type Server } from 'node:http'
import { tmpdir } from 'node:os'
import path from 'node:path'
import { text } from 'node:stream/consumers'
import { afterEach, beforeEach, expect, test } from 'vitest'
import { runWith } from '../testing/fake-surroundings.ts'

let folder = ''
let server: Server
let url = ''
const asked: string[] = []

beforeEach(async () => {
  folder = await mkdtemp(path.join(tmpdir(), 'headgate-login-'))
  asked.length = 0
  server = createServer(async (request, response) => {
    asked.push(`${request.method} ${request.url} ${request.headers.authorization ?? '-'} ${await text(request)}`.trim())
    response.setHeader('content-type', 'application/json')
    const view = { id: 't', name: 'admin', principal: 'a@example.com', scopes: ['admin'], createdAt: 1 }
    if (request.url === '/api/v1/bootstrap') response.end(JSON.stringify({ token: 'hg_first', view }))
    else if (request.headers.authorization === 'Bearer hg_wrong') response.writeHead(401).end()
    else response.end(JSON.stringify({ releases: [] }))
  })
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
  const address = server.address()
  url = typeof address === 'object' && address !== null ? `http://127.0.0.1:${address.port}` : ''
})

afterEach(async () => {
  server.close()
  await rm(folder, { recursive: true, force: true })
})

const file = (): string => path.join(folder, 'headgate', 'context.json')

async function login(args: readonly string[], stdin = '') {
  async function* input(): AsyncGenerator<string> {
    yield await Promise.resolve(stdin)
  }
  const env = { XDG_CONFIG_HOME: folder }
  return await runWith(['login', '--server', url, ...args], {}, { env, readInput: input })
}

test('a token from standard input is kept once the server accepted it, readable by its owner alone', async () => {
  const { code, out } = await login(['--token-stdin'], 'hg_piped\n')
  expect(code).toBe(0)
  expect(out[0]).toContain(file())
  expect(asked).toEqual(['GET /api/v1/releases Bearer hg_piped'])
  expect(JSON.parse(await readFile(file(), 'utf8'))).toEqual({ server: url, token: 'hg_piped' })
  expect((await stat(file())).mode & 0o777).toBe(0o600)
})

test('a token that the server refuses is not kept', async () => {
  expect((await login(['--token', 'hg_wrong'])).code).toBe(4)
  await expect(stat(file())).rejects.toThrow('ENOENT')
})

test('the one-time secret of the first start makes the administrator', async () => {
  const { code } = await login(['--bootstrap', 'secret', '--as', 'a@example.com'])
  expect(code).toBe(0)
  expect(asked[0]).toBe('POST /api/v1/bootstrap - {"secret":"secret","principal":"a@example.com"}')
  expect(JSON.parse(await readFile(file(), 'utf8'))).toMatchObject({ token: 'hg_first' })
})

test('without any token it says where one comes from', async () => {
  const { code, err } = await login([])
  expect([code, err[0]?.includes('--token-stdin')]).toEqual([2, true])
})
