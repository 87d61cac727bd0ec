import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { describe, expect, test } from 'vitest'
import { gatewaySettings, readGatewayConfig, type GatewayFlags } from './config.ts'

const base: GatewayFlags = { server: 'https://headgate.example.com', token: 'hgt_1' }

test('flags win over the environment, and what nobody says has its default', () => {
  const env = {
    HEADGATE_GATEWAY_LISTEN: '0.0.0.0:80',
    HEADGATE_GATEWAY_ID: 'g1',
    HEADGATE_URL: 'http://other',
    HEADGATE_TOKEN: 'hgt_2',
  }
  expect(readGatewayConfig({ ...base, listen: '[::1]:8080' }, env)).toMatchObject({
    gateway: 'g1',
    listen: { host: '::1', port: 8_080 },
    admin: { host: '127.0.0.1', port: 4_481 },
    source: { kind: 'control-plane', url: 'https://headgate.example.com', token: 'hgt_1', keys: undefined },
    dataFolder: join('.headgate', 'gateway'),
    controlSocket: join('.headgate', 'gateway', 'gateway.sock'),
    hostPolicy: 'client',
    drainMs: 15_000,
  })
})

test('everything can be said', () => {
  const config = readGatewayConfig(
    {
      ...base,
      admin: 'off',
      'control-socket': 'off',
      key: 'k1=abc, k2=def',
      shop: 'demo',
      host: 'upstream',
      'trust-proxy': '10.0.0.0/8,127.0.0.1',
      'max-body': '50mb',
      'max-header': '64kb',
      'max-connections': '10',
      'max-upstream-connections': '20',
      'header-timeout': '5s',
      'request-timeout': '10m',
      'idle-timeout': '90s',
      'keep-alive': '1m',
      'tunnel-timeout': '2h',
      'connect-timeout': '500ms',
      drain: '30s',
    },
    {},
  )
  expect(config).toMatchObject({
    admin: undefined,
    controlSocket: undefined,
    source: { keys: { k1: 'abc', k2: 'def' } },
    shop: 'demo',
    hostPolicy: 'upstream',
    trustedProxies: ['10.0.0.0/8', '127.0.0.1'],
    limits: {
      maxBodyBytes: 52_428_800,
      maxHeaderBytes: 65_536,
      maxConnections: 10,
      headersMs: 5_000,
      requestMs: 600_000,
      idleMs: 90_000,
      keepAliveMs: 60_000,
      tunnelIdleMs: 7_200_000,
    },
    pools: { maxConnections: 20, connectTimeoutMs: 500, idleMs: 90_000 },
    drainMs: 30_000,
  })
})

test('a snapshot file needs no control plane, and wins over one that the environment names', () => {
  const env = { HEADGATE_URL: 'http://127.0.0.1:4400' }
  expect(readGatewayConfig({ 'snapshot-file': 'a.json' }, env).source).toEqual({ kind: 'file', path: 'a.json' })
})

test('the token may come from a file', () => {
  const folder = mkdtempSync(join(tmpdir(), 'headgate-config-'))
  writeFileSync(join(folder, 'token'), 'hgt_9\n')
  const { source } = readGatewayConfig({ server: 'http://a', 'token-file': join(folder, 'token') }, {})
  rmSync(folder, { recursive: true })
  expect(source).toMatchObject({ token: 'hgt_9' })
})

describe('what is not understood is refused with the name of its flag', () => {
  test.each([
    ['listen', '4480'],
    ['listen', 'a:b'],
    ['listen', '127.0.0.1:70000'],
    ['server', 'headgate.example.com'],
    ['id', 'two words'],
    ['key', 'abc'],
    ['host', 'mine'],
    ['max-body', 'much'],
    ['max-connections', '0'],
    ['header-timeout', '10'],
    ['drain', '-1s'],
  ] as const)('--%s %s', (flag, text) => {
    expect(() => readGatewayConfig({ ...base, [flag]: text }, {})).toThrow(`--${flag} "${text}" is not understood`)
  })

  test.each([
    [{}, 'a gateway needs --server (and a token) or --snapshot-file'],
    [{ server: 'http://a' }, 'a gateway needs a token with the scope gateway'],
    [{ server: 'http://a', 'token-file': '/nowhere' }, 'the token file /nowhere cannot be read'],
    [{ ...base, 'trust-proxy': 'cdn' }, 'trusted proxy "cdn" is no address or network'],
  ] as const)('%j', (flags, message) => {
    expect(() => readGatewayConfig(flags, {})).toThrow(message)
  })
})

test('every setting has its own flag and variable', () => {
  expect(new Set(gatewaySettings.map(({ flag }) => flag)).size).toBe(gatewaySettings.length)
  expect(new Set(gatewaySettings.map(({ env }) => env)).size).toBe(gatewaySettings.length)
})

test('every setting has a row in docs/reference/gateway.md, and every row is a setting', () => {
  const page = readFileSync(new URL('../../../docs/reference/gateway.md', import.meta.url), 'utf8')
  const rows = [...page.matchAll(/^\| `--([a-z-]+) .*?` \| `(\w+)`/gm)].map(([, flag, env]) => `${flag} ${env}`)
  expect(rows).toEqual(gatewaySettings.map(({ flag, env }) => `${flag} ${env}`))
})
