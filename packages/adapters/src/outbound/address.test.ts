import { fc, test } from '@fast-check/vitest'
import { describe, expect, test as plain } from 'vitest'
import { isPublicAddress } from './address.ts'

describe('a public address', () => {
  plain.each([
    '127.0.0.1',
    '127.255.255.254',
    '0.0.0.0',
    '10.1.2.3',
    '172.16.0.1',
    '172.31.255.255',
    '192.168.1.1',
    '169.254.169.254',
    '100.64.0.1',
    '224.0.0.1',
    '255.255.255.255',
    '::1',
    '::',
    '::ffff:127.0.0.1',
    '::ffff:8.8.8.8',
    '::127.0.0.1',
    '64:ff9b::7f00:1',
    '2002:7f00:1::',
    'fe80::1',
    'fd00::1',
    'ff02::1',
    'localhost',
    '127.1',
    '0x7f000001',
    '',
  ])('is not %s', (address) => {
    expect(isPublicAddress(address)).toBe(false)
  })

  plain.each(['8.8.8.8', '172.32.0.1', '1.1.1.1', '2606:4700:4700::1111', '2a00:1450:4001::1'])('is %s', (address) => {
    expect(isPublicAddress(address)).toBe(true)
  })

  test.prop([fc.ipV4()])('is never its IPv4-mapped IPv6 form, which would slip past an IPv4 list', (address) => {
    expect(isPublicAddress(`::ffff:${address}`)).toBe(false)
  })
})
