import { describe, expect, test } from 'vitest'
import { z } from 'zod'
import { commonConfig, port, readConfig } from './config.ts'

const shape = { ...commonConfig, port: port(4501).describe('port of the shop'), databaseUrl: z.url() }
const databaseUrl = 'postgres://127.0.0.1/shop'

describe('configuration', () => {
  test('a flag goes before the environment, the environment before the default', () => {
    const env = { DATABASE_URL: databaseUrl, PORT: '7000', LOG_LEVEL: 'error' }
    expect(readConfig(shape, ['--port', '8000'], env)).toEqual({
      kind: 'config',
      config: { host: '127.0.0.1', logLevel: 'error', withParent: false, port: 8_000, databaseUrl },
    })
    expect(readConfig(shape, [], env)).toMatchObject({ config: { port: 7_000 } })
    expect(readConfig(shape, [], { DATABASE_URL: databaseUrl })).toMatchObject({ config: { port: 4_501 } })
  })

  test.each([
    [['--nope', '1'], 'nope'],
    [['--port', 'seventy'], '--port'],
    [['--port', '70000'], '--port'],
    [['--log-level', 'loud'], '--log-level'],
    [[], '--database-url'],
  ])('a wrong or missing value is named, and exits with 2: %j', (args, name) => {
    const read = readConfig(shape, args, {})
    expect(read).toMatchObject({ kind: 'text', exitCode: 2 })
    expect(read.kind === 'text' ? read.text : '').toContain(name)
  })

  test('--help shows flags, environment and what they are for', () => {
    const read = readConfig(shape, ['--help'], {})
    expect(read).toMatchObject({ kind: 'text', exitCode: 0 })
    expect(read.kind === 'text' ? read.text : '').toMatch(/--port\s+PORT\s+port of the shop/)
  })
})
