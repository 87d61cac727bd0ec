import { once } from 'node:events'
import { mkdtemp, rm, stat, writeFile } from 'node:fs/promises'
import { createConnection, createServer, type Socket } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, beforeEach, describe, expect, test } from 'vitest'
import { recordingLog } from '../link/testing/scripted-link.ts'
import { openControlSocket, sendControlCommand, type ControlCommand, type ControlSocket } from './index.ts'

let folder = ''
let path = ''
let opened: ControlSocket | undefined
const commands: ControlCommand[] = []

beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'headgate-'))
  path = join(folder, 'run', 'gateway.sock')
  commands.length = 0
})
afterEach(async () => {
  await opened?.close()
  opened = undefined
  await rm(folder, { recursive: true, force: true })
})

async function remember(command: ControlCommand): Promise<{ ok: true }> {
  commands.push(command)
  return { ok: true }
}

async function open(perform = remember): Promise<void> {
  opened = await openControlSocket({ path, log: recordingLog(), perform })
}

/** What the socket says to these bytes; the connection stays half open when `isEnded` is false. */
async function say(text: string, isEnded = true): Promise<string> {
  const socket = createConnection({ path, allowHalfOpen: true })
  if (isEnded) socket.end(text)
  else socket.write(text)
  const answer = await readAll(socket)
  socket.destroy()
  return answer
}

async function readAll(socket: Socket): Promise<string> {
  let text = ''
  for await (const chunk of socket.setEncoding('utf8')) text += String(chunk)
  return text
}

describe('the control socket', () => {
  const stop: ControlCommand = {
    kind: 'stop',
    release: 'r1',
    mode: 'hold',
    by: 'ops@example.com',
    reason: 'prices wrong',
  }

  test('performs a command and answers it', async () => {
    await open()
    expect(await sendControlCommand(path, stop)).toEqual({ ok: true })
    expect(commands).toEqual([stop])
  })

  test('is open to its owner only', async () => {
    await open()
    expect((await stat(path)).mode & 0o777).toBe(0o600)
    expect((await stat(join(folder, 'run'))).mode & 0o777).toBe(0o700)
  })

  test('understands a line typed by hand, with or without its end', async () => {
    await open()
    expect(await say('status\n', false)).toBe('{"ok":true}\n')
    expect(await say('status')).toBe('{"ok":true}\n')
    expect(commands).toEqual([{ kind: 'status' }, { kind: 'status' }])
  })

  test.each([
    ['nonsense', 'hello\n'],
    ['an HTTP request', 'GET / HTTP/1.1\r\n\r\n'],
    ['bytes', '\0\u00ff\ud800\n'],
  ])('answers %s with what it expects', async (_, text) => {
    await open()
    expect(JSON.parse(await say(text))).toMatchObject({ ok: false, error: expect.stringContaining('stop <release>') })
    expect(commands).toEqual([])
  })

  test('turns away lines that are too long, and does not read on', async () => {
    await open()
    expect(JSON.parse(await say('x'.repeat(5_000), false))).toMatchObject({
      ok: false,
      error: expect.stringContaining('1024'),
    })
    expect(JSON.parse(await say(`${'x'.repeat(1_100)}\n`))).toMatchObject({ ok: false })
    expect(await sendControlCommand(path, { kind: 'status' })).toEqual({ ok: true })
  })

  test('a connection that says nothing harms nobody', async () => {
    await open()
    const silent = createConnection(path)
    await once(silent, 'connect')
    expect(await say('')).toBe('')
    expect(await sendControlCommand(path, { kind: 'status' })).toEqual({ ok: true })
    silent.destroy()
  })

  test('a command that fails is answered without its insides', async () => {
    await open(() => Promise.reject(new Error('secret')))
    expect(await sendControlCommand(path, { kind: 'status' })).toEqual({
      ok: false,
      error: 'the command failed; see the log of the gateway',
    })
  })

  test('takes the place of a gateway that was killed, and not of one that lives', async () => {
    await open()
    await expect(openControlSocket({ path, log: recordingLog(), perform: () => ({ ok: true }) })).rejects.toMatchObject(
      {
        code: 'CONFLICT',
      },
    )
    await opened?.close()
    await writeFile(path, '')
    await open()
    expect(await sendControlCommand(path, { kind: 'status' })).toEqual({ ok: true })
  })

  test('a path that no socket can have is refused with what to do', async () => {
    const long = join(folder, 'x'.repeat(120))
    await expect(
      openControlSocket({ path: long, log: recordingLog(), perform: () => ({ ok: true }) }),
    ).rejects.toMatchObject({
      code: 'INVALID_INPUT',
    })
  })
})

describe('the other end', () => {
  test('says that nobody is there', async () => {
    await expect(sendControlCommand(path, { kind: 'status' })).rejects.toMatchObject({ code: 'UNAVAILABLE' })
  })

  test('says that what is there is no gateway', async () => {
    const other = createServer((socket) => socket.end('hello'))
    const otherPath = join(folder, 'other.sock')
    other.listen(otherPath)
    await once(other, 'listening')
    await expect(sendControlCommand(otherPath, { kind: 'status' })).rejects.toMatchObject({ code: 'UNAVAILABLE' })
    other.close()
  })
})
