import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import path from 'node:path'
import { describe, expect, test } from 'vitest'
import { readConfig, variableNames } from './config.ts'

describe('readConfig', () => {
  test('needs nothing: data in .headgate, loopback, port 4400', () => {
    const config = readConfig({}, {})
    expect(config).toMatchObject({ host: '127.0.0.1', port: 4400, api: true, work: true, logLevel: 'info' })
    expect(config.dataDir).toBe(path.resolve('.headgate'))
    expect(config).not.toHaveProperty('databaseUrl')
  })

  test('flags win over variables, and an empty variable is none', () => {
    const environment = { HEADGATE_PORT: '5000', HEADGATE_HOST: '0.0.0.0', DATABASE_URL: '', HEADGATE_WORK: 'false' }
    const config = readConfig({ port: 6000 }, environment)
    expect(config).toMatchObject({ port: 6000, host: '0.0.0.0', work: false })
    expect(config).not.toHaveProperty('databaseUrl')
  })

  test('a flag that was not given does not hide a variable', () => {
    expect(readConfig({ port: undefined }, { HEADGATE_PORT: '5000' }).port).toBe(5_000)
  })

  test('secrets may stand in files', () => {
    const folder = mkdtempSync(path.join(tmpdir(), 'headgate-config-'))
    const file = path.join(folder, 'url')
    writeFileSync(file, 'postgres://user@db/headgate\n')
    expect(readConfig({}, { DATABASE_URL_FILE: file }).databaseUrl).toBe('postgres://user@db/headgate')
    rmSync(folder, { recursive: true })
    expect(() => readConfig({}, { DATABASE_URL_FILE: file })).toThrow('DATABASE_URL_FILE')
  })

  test("the operating model's secrets are those with the prefix, and no other variable", () => {
    const { secrets } = readConfig({}, { HEADGATE_SECRET_HOOK: 's', DATABASE_URL: 'postgres://u:p@h/d' })
    expect(secrets).toEqual({ HEADGATE_SECRET_HOOK: 's' })
  })

  test('lists are separated by commas', () => {
    const { privateTargets } = readConfig({}, { HEADGATE_PRIVATE_TARGETS: 'prometheus:9090, 10.0.0.7 ,' })
    expect(privateTargets).toEqual(['prometheus:9090', '10.0.0.7'])
  })

  test.each([
    ['HEADGATE_PORT', '70000'],
    ['HEADGATE_PORT', 'many'],
    ['HEADGATE_WORK', 'perhaps'],
    ['HEADGATE_LOG_LEVEL', 'loud'],
    ['HEADGATE_PUBLIC_URL', 'no url'],
    ['HEADGATE_BOOTSTRAP_SECRET', 'short'],
  ])('a wrong %s is named', (name, value) => {
    expect(() => readConfig({}, { [name]: value })).toThrow(name)
  })

  test('every variable has a row in docs/reference/configuration.md, and every row is a variable', () => {
    const page = readFileSync(new URL('../../../docs/reference/configuration.md', import.meta.url), 'utf8')
    const rows = [...page.matchAll(/^\| `(\w+)`/gm)].map(([, name]) => name)
    expect(new Set(rows)).toEqual(new Set(variableNames))
  })

  test('a flag that nobody knows is refused', () => {
    const flags: Record<string, unknown> = { prot: 1 }
    expect(() => readConfig(flags, {})).toThrow('configuration is not valid')
  })
})
