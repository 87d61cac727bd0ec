import { chmod, mkdir, mkdtemp } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import path from 'node:path'
import { freePort } from './free-port.ts'

/** Where everything of one lab is. */
export interface Addresses {
  readonly folder: string
  readonly logFolder: string
  readonly dataFolder: string
  readonly modelFolder: string
  readonly apiPort: number
  readonly apiUrl: string
  readonly gateways: readonly GatewayAddress[]
}

export interface GatewayAddress {
  readonly name: string
  readonly port: number
  readonly url: string
  readonly dataFolder: string
  readonly socket: string
}

/**
 * A folder of its own and free ports. Only what others must know beforehand gets its port here: the API, which comes back on
 * the same address after a kill, and the gateways, whose address the storefronts print into their pages.
 */
export async function chooseAddresses(gateways: number, folder?: string): Promise<Addresses> {
  const root = folder === undefined ? await newFolder() : path.resolve(folder)
  const places = { logFolder: path.join(root, 'logs'), dataFolder: path.join(root, 'data') }
  const modelFolder = path.join(root, 'model')
  for (const place of [...Object.values(places), modelFolder]) await mkdir(place, { recursive: true })
  const apiPort = await freePort()
  return {
    folder: root,
    ...places,
    modelFolder,
    apiPort,
    apiUrl: `http://127.0.0.1:${apiPort}`,
    gateways: await Promise.all(Array.from({ length: gateways }, (_, index) => gatewayAddress(root, index + 1))),
  }
}

/** Others may pass through but not look around: PostgreSQL runs as a user of its own where the lab runs as root. */
async function newFolder(): Promise<string> {
  const folder = await mkdtemp(path.join(tmpdir(), 'headgate-lab-'))
  await chmod(folder, 0o711)
  return folder
}

async function gatewayAddress(root: string, index: number): Promise<GatewayAddress> {
  const port = await freePort()
  const name = `gateway-${index}`
  const dataFolder = path.join(root, name)
  // Short: the kernel takes about a hundred bytes for the path of a socket.
  const socket = path.join(root, `g${index}.sock`)
  return { name, port, url: `http://127.0.0.1:${port}`, dataFolder, socket }
}
