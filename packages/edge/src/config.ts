import { hostname } from 'node:os'
import { join } from 'node:path'
import { readFileSync } from 'node:fs'
import { HeadgateError, parseDuration } from '@headgate/core/model'
import {
  defaultLimits,
  defaultPools,
  type GatewayConfig,
  type ListenAddress,
  type SnapshotSource,
} from './gateway/gateway-config.ts'
import { trustedProxyList } from './gateway/trusted-proxies.ts'
import type { FrontLimits } from './proxy/front.ts'
import type { PublicKeys } from './snapshot/index.ts'
import type { PoolLimits } from './proxy/upstream-pools.ts'

/** One thing that can be said to a gateway: by flag, or by environment variable. */
export interface GatewaySetting {
  /** Flag without dashes, e.g. `data-folder`. */
  readonly flag: string
  readonly env: string
  readonly placeholder: string
  readonly help: string
}

/** Everything `headgate gateway` understands; flags win over the environment. */
export const gatewaySettings = [
  setting('id', 'name', 'name of this gateway among its likes (default: host name)'),
  setting('listen', 'host:port', 'address for shoppers (default 127.0.0.1:4480)'),
  setting('admin', 'host:port|off', 'address of health, readiness and metrics (default 127.0.0.1:4481)'),
  { ...setting('server', 'url', 'the control plane'), env: 'HEADGATE_URL' },
  {
    ...setting('token', 'token', 'token with the scope gateway; better given by file or environment'),
    env: 'HEADGATE_TOKEN',
  },
  { ...setting('token-file', 'file', 'file that holds the token'), env: 'HEADGATE_TOKEN_FILE' },
  setting('key', 'id=key,...', 'trusted snapshot keys; else the first ones the control plane shows are remembered'),
  setting('snapshot-file', 'file', 'an unsigned snapshot to obey, instead of a control plane'),
  setting('data-folder', 'folder', 'where snapshot, keys and local stops are kept (default .headgate/gateway)'),
  setting('control-socket', 'file|off', 'Unix socket for local stops (default gateway.sock in the data folder)'),
  setting('shop', 'name', 'refuse snapshots of other shops'),
  setting('host', 'client|upstream', 'which Host upstreams see (default client)'),
  setting('trust-proxy', 'address,...', 'addresses or networks whose X-Forwarded-* are believed'),
  setting('max-body', 'size', 'largest request body, e.g. 50mb (default 1gb)'),
  setting('max-header', 'size', 'largest request header (default 32kb)'),
  setting('max-connections', 'number', 'open connections of clients (default 20000)'),
  setting('max-upstream-connections', 'number', 'open connections per upstream (default 512)'),
  setting('header-timeout', 'duration', 'for the whole header of a request (default 10s)'),
  setting('request-timeout', 'duration', 'for a whole request with its body (default 5m)'),
  setting('idle-timeout', 'duration', 'silence while a request is under way (default 2m)'),
  setting('keep-alive', 'duration', 'how long an unused client connection stays open (default 65s)'),
  setting('tunnel-timeout', 'duration', 'silence on an upgraded connection (default 1h)'),
  setting('connect-timeout', 'duration', 'for a connection to an upstream (default 2s)'),
  setting('drain', 'duration', 'for requests under way when the gateway closes (default 15s)'),
] as const satisfies readonly GatewaySetting[]

type Flag = (typeof gatewaySettings)[number]['flag']
/** What was said, by flag. */
export type GatewayFlags = Readonly<Partial<Record<Flag, string>>>

function setting<const Name extends string>(
  flag: Name,
  placeholder: string,
  help: string,
): GatewaySetting & { readonly flag: Name } {
  return { flag, env: `HEADGATE_GATEWAY_${flag.replaceAll('-', '_').toUpperCase()}`, placeholder, help }
}

/**
 * The configuration that flags and environment make. Throws `INVALID_INPUT` with the flag's name for a value that is not
 * understood, and when there is neither a control plane nor a snapshot file. With both, the file is obeyed.
 */
export function readGatewayConfig(
  flags: GatewayFlags,
  env: Readonly<Record<string, string | undefined>>,
): GatewayConfig {
  const said = (flag: Flag): string | undefined => {
    const known = gatewaySettings.find((candidate) => candidate.flag === flag)
    const text = flags[flag] ?? env[known?.env ?? '']
    return text === undefined || text.trim() === '' ? undefined : text.trim()
  }
  const dataFolder = said('data-folder') ?? join('.headgate', 'gateway')
  const trustedProxies = said('trust-proxy')?.split(',') ?? []
  trustedProxyList(trustedProxies)
  return {
    gateway: idOf(said('id') ?? hostname()),
    listen: addressIn('listen', said('listen') ?? '127.0.0.1:4480'),
    admin: said('admin') === 'off' ? undefined : addressIn('admin', said('admin') ?? '127.0.0.1:4481'),
    source: sourceOf(said),
    dataFolder,
    controlSocket:
      said('control-socket') === 'off' ? undefined : (said('control-socket') ?? join(dataFolder, 'gateway.sock')),
    shop: said('shop'),
    hostPolicy: hostPolicyOf(said('host')),
    trustedProxies,
    limits: limitsOf(said),
    pools: poolsOf(said),
    drainMs: durationIn('drain', said('drain')) ?? 15_000,
    flushMs: 2_000,
  }
}

type Said = (flag: Flag) => string | undefined

function idOf(text: string): string {
  if (/^[A-Za-z0-9._-]{1,100}$/.test(text)) return text
  throw invalid('id', text, 'letters, digits, dots, dashes and underscores')
}

function sourceOf(said: Said): SnapshotSource {
  const path = said('snapshot-file')
  const server = said('server')
  // A control plane that the environment names for other commands does not speak against a file.
  if (path !== undefined) return { kind: 'file', path }
  if (server === undefined) {
    const message = 'a gateway needs --server (and a token) or --snapshot-file'
    throw new HeadgateError('INVALID_INPUT', message)
  }
  return { kind: 'control-plane', url: urlIn(server), token: tokenOf(said), keys: keysIn(said('key')) }
}

function urlIn(text: string): string {
  const url = URL.canParse(text) ? new URL(text) : undefined
  if (url?.protocol === 'http:' || url?.protocol === 'https:') return text
  throw invalid('server', text, 'a URL such as https://headgate.example.com')
}

function tokenOf(said: Said): string {
  const path = said('token-file')
  const token = path === undefined ? said('token') : readToken(path)
  if (token !== undefined && /^[\u0021-\u007e]+$/.test(token)) return token
  throw new HeadgateError(
    'INVALID_INPUT',
    'a gateway needs a token with the scope gateway: --token-file or HEADGATE_TOKEN',
  )
}

function readToken(path: string): string {
  try {
    return readFileSync(path, 'utf8').trim()
  } catch (cause) {
    throw new HeadgateError('INVALID_INPUT', `the token file ${path} cannot be read`, { cause })
  }
}

function keysIn(text: string | undefined): PublicKeys | undefined {
  if (text === undefined) return undefined
  const pairs = text.split(',').map((pair) => {
    const [id = '', key = ''] = pair.trim().split('=', 2)
    if (id === '' || key === '') throw invalid('key', pair, 'id=key, both as GET /api/v1/keys shows them')
    return [id, key] as const
  })
  return Object.fromEntries(pairs)
}

function hostPolicyOf(text: string | undefined): GatewayConfig['hostPolicy'] {
  if (text === undefined || text === 'client') return 'client'
  if (text === 'upstream') return 'upstream'
  throw invalid('host', text, 'client or upstream')
}

function limitsOf(said: Said): FrontLimits {
  return {
    ...defaultLimits,
    maxBodyBytes: sizeIn('max-body', said('max-body')) ?? defaultLimits.maxBodyBytes,
    maxHeaderBytes: sizeIn('max-header', said('max-header')) ?? defaultLimits.maxHeaderBytes,
    maxConnections: countIn('max-connections', said('max-connections')) ?? defaultLimits.maxConnections,
    headersMs: durationIn('header-timeout', said('header-timeout')) ?? defaultLimits.headersMs,
    requestMs: durationIn('request-timeout', said('request-timeout')) ?? defaultLimits.requestMs,
    idleMs: durationIn('idle-timeout', said('idle-timeout')) ?? defaultLimits.idleMs,
    keepAliveMs: durationIn('keep-alive', said('keep-alive')) ?? defaultLimits.keepAliveMs,
    tunnelIdleMs: durationIn('tunnel-timeout', said('tunnel-timeout')) ?? defaultLimits.tunnelIdleMs,
  }
}

function poolsOf(said: Said): PoolLimits {
  const maxConnections =
    countIn('max-upstream-connections', said('max-upstream-connections')) ?? defaultPools.maxConnections
  return {
    ...defaultPools,
    maxConnections,
    maxRequests: maxConnections * 8,
    idleMs: durationIn('idle-timeout', said('idle-timeout')) ?? defaultPools.idleMs,
    connectTimeoutMs: durationIn('connect-timeout', said('connect-timeout')) ?? defaultPools.connectTimeoutMs,
  }
}

function addressIn(flag: Flag, text: string): ListenAddress {
  const match = /^(?:\[([0-9A-Fa-f:.]+)\]|([A-Za-z0-9.-]*)):(\d{1,5})$/.exec(text)
  const port = Number(match?.[3])
  if (match === null || port > 65_535) throw invalid(flag, text, 'host:port such as 0.0.0.0:4480')
  return { host: match[1] ?? (match[2] === '' || match[2] === undefined ? '::' : match[2]), port }
}

function countIn(flag: Flag, text: string | undefined): number | undefined {
  if (text === undefined) return undefined
  if (/^[1-9]\d{0,8}$/.test(text)) return Number(text)
  throw invalid(flag, text, 'a whole number above 0')
}

const bytesPer = { b: 1, kb: 1_024, mb: 1_048_576, gb: 1_073_741_824 } as const

function sizeIn(flag: Flag, text: string | undefined): number | undefined {
  if (text === undefined) return undefined
  const [, digits, unit] = /^(\d{1,6})(b|kb|mb|gb)?$/.exec(text.toLowerCase()) ?? []
  if (digits === undefined) throw invalid(flag, text, 'a size such as 64kb or 50mb')
  const known = unit === 'kb' || unit === 'mb' || unit === 'gb' ? unit : 'b'
  return Number(digits) * bytesPer[known]
}

function durationIn(flag: Flag, text: string | undefined): number | undefined {
  if (text === undefined) return undefined
  const ms = parseDuration(text)
  if (ms === undefined) throw invalid(flag, text, 'a duration such as 500ms, 20s or 5m')
  return ms
}

function invalid(flag: Flag, text: string, expected: string): HeadgateError {
  return new HeadgateError('INVALID_INPUT', `--${flag} "${text}" is not understood; expected ${expected}`)
}
