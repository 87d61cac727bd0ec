import { createClient, type Client } from '@headgate/client'
import { randomBytes } from 'node:crypto'
import { readdir, readFile } from 'node:fs/promises'
import path from 'node:path'
import { fileURLToPath } from 'node:url'
import { setFaults } from '../service/fault-client.ts'
import { shopArguments, shopModelFolder, shopServices, type ShopFlags, type ShopServiceName } from '../services.ts'
import type { Addresses, GatewayAddress } from './addresses.ts'
import type { Child, ChildSpec } from './child.ts'
import { createFamily, type Family } from './family.ts'
import { getJson, putJson } from './loopback-json.ts'
import { copyModel, type ModelEdits } from './model-folder.ts'
import { createPeople } from './people.ts'
import { addTraffic, traffic, type World } from './world.ts'

export interface WorldOptions {
  readonly addresses: Addresses
  /** The program whose commands are run: `headgate serve`, `headgate gateway`. */
  readonly program: string
  readonly seed: number
  readonly visitorsPerMinute: number
  readonly release?: ModelEdits['release']
  readonly signal: AbortSignal
  /** Hears what is being started, for people who wait. */
  readonly onStep: (text: string) => void
}

const administrator = 'platform-lead@example.com'

/** Start every process of the lab in the order in which each finds what it needs, and wait until all serve. */
export async function startWorld(options: WorldOptions): Promise<World> {
  const family = createFamily(options.addresses.logFolder, options.signal)
  try {
    return await Promise.race([assemble(options, family), family.failure])
  } catch (error) {
    await family.close()
    throw error
  }
}

async function assemble(options: WorldOptions, family: Family): Promise<World> {
  const { addresses, onStep } = options
  onStep('PostgreSQL and the control plane')
  const databaseUrl = await startPostgres(options, family)
  const bootstrapSecret = randomBytes(24).toString('base64url')
  const server = await createServerProcess(options, family, bootstrapSecret)
  const admin = await becomeAdministrator(addresses, bootstrapSecret)
  onStep('the shop: legacy storefront, headless storefront, commerce API, ERP')
  const shop = await startShop(options, family, { databaseUrl, token: await machineToken(admin, 'shop', 'signals') })
  await applyModel(options, admin, shop)
  onStep(`${addresses.gateways.length} gateways`)
  const gatewayToken = await machineToken(admin, 'gateways', 'gateway')
  for (const gateway of addresses.gateways) await family.start(gatewaySpec(options, gateway, gatewayToken))
  onStep('shoppers and crawlers')
  const shoppers = await startTraffic(options, family)
  return {
    addresses,
    admin,
    people: createPeople(addresses.apiUrl, admin),
    failure: family.failure,
    ...server,
    ...shoppers,
    setFaults: async (faults) => await setFaults(internalUrls(shop), faults),
    close: async () => await family.close(),
  }
}

async function startPostgres(options: WorldOptions, family: Family): Promise<string> {
  const file = fileURLToPath(new URL('postgres.ts', import.meta.url))
  const args = asFlags({ 'data-dir': options.addresses.dataFolder, 'with-parent': 'true' })
  const postgres = await family.start({ name: 'postgres', file, args, env: {} })
  const { databaseUrl } = postgres.ready
  if (typeof databaseUrl !== 'string') throw new Error('the lab has no database URL')
  await family.runToEnd(shopSpec('database', { seed: options.seed }, { DATABASE_URL: databaseUrl }))
  return databaseUrl
}

/** `headgate serve`, which a scenario may kill and start again on the same address and data. */
async function createServerProcess(
  { program, addresses }: WorldOptions,
  family: Family,
  bootstrapSecret: string,
): Promise<Pick<World, 'killServer' | 'restartServer'>> {
  const spec: ChildSpec = {
    name: 'headgate-serve',
    file: program,
    args: [
      'serve',
      '--json',
      '--with-parent',
      ...asFlags({ port: String(addresses.apiPort), 'data-dir': addresses.dataFolder }),
    ],
    env: { HEADGATE_BOOTSTRAP_SECRET: bootstrapSecret, HEADGATE_LOG_LEVEL: 'info' },
  }
  let running = await family.start(spec)
  return {
    async killServer() {
      family.release(running)
      await running.kill()
    },
    async restartServer() {
      running = await family.start(spec)
    },
  }
}

async function becomeAdministrator({ apiUrl }: Addresses, secret: string): Promise<Client> {
  const stranger = createClient({ baseUrl: apiUrl })
  await stranger.ready()
  const { token } = await stranger.bootstrap({ secret, principal: administrator })
  return createClient({ baseUrl: apiUrl, token })
}

async function machineToken(admin: Client, name: string, scope: 'gateway' | 'signals'): Promise<string> {
  return (await admin.tokens.create({ name, principal: name, scopes: [scope] })).token
}

type Shop = Readonly<Record<'commerce' | 'legacy' | 'next', Child>>

async function startShop(
  options: WorldOptions,
  family: Family,
  { databaseUrl, token }: { readonly databaseUrl: string; readonly token: string },
): Promise<Shop> {
  const { seed, addresses } = options
  const env = { DATABASE_URL: databaseUrl, HEADGATE_TOKEN: token }
  const common: ShopFlags = { port: 0, internalPort: 0, seed, withParent: true }
  const reporting: ShopFlags = { ...common, headgateUrl: addresses.apiUrl }
  const page: ShopFlags = { publicUrl: shopUrl(addresses) }
  const [commerce, legacy] = await Promise.all([
    family.start(shopSpec('commerce', reporting, env)),
    family.start(shopSpec('legacy', { ...reporting, ...page }, env)),
  ])
  const next = await family.start(shopSpec('next', { ...common, ...page, commerceUrl: urlOf(commerce, 'http') }, {}))
  const links: ShopFlags = { legacyUrl: urlOf(legacy, 'internal'), commerceUrl: urlOf(commerce, 'internal') }
  await family.start(shopSpec('erp', { port: 0, seed, withParent: true, ...links }, { DATABASE_URL: databaseUrl }))
  return { commerce, legacy, next }
}

/** The address that storefronts print into canonical links. */
function shopUrl({ gateways }: Addresses): string {
  const [first] = gateways
  if (first === undefined) throw new Error('a lab needs a gateway')
  return first.url
}

async function applyModel({ addresses, release }: WorldOptions, admin: Client, shop: Shop): Promise<void> {
  const upstreams = {
    'storefront-legacy': urlOf(shop.legacy, 'http'),
    'storefront-next': urlOf(shop.next, 'http'),
  }
  const edits: ModelEdits = release === undefined ? { upstreams } : { upstreams, release }
  await copyModel(shopModelFolder, addresses.modelFolder, edits)
  const releases = await readdir(path.join(addresses.modelFolder, 'releases'))
  const names = ['headgate.yaml', ...releases.map((name) => `releases/${name}`)]
  const files = await Promise.all(
    names.map(async (name) => ({ path: name, text: await readFile(path.join(addresses.modelFolder, name), 'utf8') })),
  )
  const applied = await admin.model.apply({ files })
  const blocking = applied.findings.filter((finding) => finding.severity === 'error')
  if (blocking.length > 0)
    throw new Error(`the shop's model has gaps: ${blocking.map((gap) => gap.message).join('; ')}`)
}

function gatewaySpec({ program, addresses }: WorldOptions, gateway: GatewayAddress, token: string): ChildSpec {
  return {
    name: gateway.name,
    file: program,
    args: [
      'gateway',
      '--json',
      '--with-parent',
      ...asFlags({
        id: gateway.name,
        server: addresses.apiUrl,
        listen: `127.0.0.1:${gateway.port}`,
        admin: '127.0.0.1:0',
        'data-folder': gateway.dataFolder,
        'control-socket': gateway.socket,
      }),
    ],
    env: { HEADGATE_TOKEN: token },
  }
}

/** Shoppers at every gateway in equal parts, crawlers at the last one. */
async function startTraffic(
  { addresses, seed, visitorsPerMinute }: WorldOptions,
  family: Family,
): Promise<Pick<World, 'setRate' | 'shoppers'>> {
  const { gateways } = addresses
  const part = (rate: number): number => rate / gateways.length
  const shoppers: Child[] = []
  for (const [index, { url, name }] of gateways.entries()) {
    const flags: ShopFlags = {
      port: 0,
      withParent: true,
      url,
      seed: seed + index,
      visitorsPerMinute: part(visitorsPerMinute),
    }
    shoppers.push(await family.start({ ...shopSpec('shoppers', flags, {}), name: `shoppers-at-${name}` }))
  }
  const crawled = gateways.at(-1)?.url ?? shopUrl(addresses)
  await family.start(shopSpec('crawlers', { port: 0, withParent: true, url: crawled, seed }, {}))
  return {
    async setRate(rate) {
      await Promise.all(shoppers.map((one) => putJson(`${urlOf(one, 'http')}/rate`, { visitorsPerMinute: part(rate) })))
    },
    async shoppers() {
      const all = await Promise.all(shoppers.map((one) => getJson(`${urlOf(one, 'http')}/counters`, traffic)))
      return all.reduce(addTraffic)
    },
  }
}

function asFlags(values: Readonly<Record<string, string>>): readonly string[] {
  return Object.entries(values).flatMap(([name, value]) => [`--${name}`, value])
}

function shopSpec(service: ShopServiceName, flags: ShopFlags, env: Readonly<Record<string, string>>): ChildSpec {
  const [file = '', ...args] = shopArguments(service, flags)
  return { name: shopServices[service].name, file, args, env }
}

function urlOf(child: Child, port: string): string {
  const number = child.ready.ports[port]
  if (number === undefined) throw new Error(`${child.name} did not say its port "${port}"`)
  return `http://127.0.0.1:${number}`
}

function internalUrls(shop: Shop): Readonly<Record<'commerce' | 'legacy' | 'next', string>> {
  return {
    commerce: urlOf(shop.commerce, 'internal'),
    legacy: urlOf(shop.legacy, 'internal'),
    next: urlOf(shop.next, 'internal'),
  }
}
