import { BlockList, isIP } from 'node:net'
import { HeadgateError } from '@headgate/core/model'

/** A list that answers whether a peer is one of our own proxies. Throws `INVALID_INPUT` for what is no address or network. */
export function trustedProxyList(entries: readonly string[]): BlockList {
  const list = new BlockList()
  for (const entry of entries) {
    const [address = '', bits, ...rest] = entry.split('/')
    const family = isIP(address)
    const widest = family === 6 ? 128 : 32
    const prefix = bits === undefined ? widest : Number(bits)
    if (family === 0 || rest.length > 0 || !(Number.isInteger(prefix) && prefix >= 0 && prefix <= widest)) {
      const message = `trusted proxy "${entry}" is no address or network; write e.g. 10.0.0.0/8 or 127.0.0.1`
      throw new HeadgateError('INVALID_INPUT', message)
    }
    list.addSubnet(address, prefix, family === 6 ? 'ipv6' : 'ipv4')
  }
  return list
}
