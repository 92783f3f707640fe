import assert from 'node:assert/strict'
import { isIP } from 'node:net'
import { describe, it } from 'node:test'
import fc from 'fast-check'
import { formatAddress, isLocalOrPrivate, isLoopback, parseAddress } from '#src/plan/address.js'

describe('address', () => {
  it('reads and writes', () => {
    const forms: Readonly<Record<string, string>> = {
      '127.0.0.1': '127.0.0.1',
      '::': '::',
      '::1': '::1',
      '1::': '1::',
      '2001:DB8:0:0:1:0:0:1': '2001:db8::1:0:0:1',
      '1:0:2:3:4:5:6:7': '1:0:2:3:4:5:6:7',
      '::ffff:1.2.3.4': '::ffff:102:304',
      '1:2:3:4:5:6:1.2.3.4': '1:2:3:4:5:6:102:304',
    }
    for (const [text, expected] of Object.entries(forms)) assert.equal(formatAddress(parseAddress(text)!), expected)
  })

  it('agrees with Node about what is an address, and with itself', () => {
    const piece = fc.string({ unit: fc.constantFrom(...'0123456789abf:.'), maxLength: 24 })
    fc.assert(
      fc.property(fc.oneof(fc.ipV4(), fc.ipV6(), piece), (text) => {
        const address = parseAddress(text)
        assert.equal(address?.family ?? 0, isIP(text), text)
        if (address) assert.deepEqual(parseAddress(formatAddress(address)), address)
      }),
      { numRuns: 2000 },
    )
  })

  it('knows its neighbourhood', () => {
    const near = [
      '127.0.0.1',
      '127.255.255.255',
      '0.0.0.0',
      '10.1.2.3',
      '172.16.0.1',
      '172.31.255.255',
      '192.168.1.1',
      '169.254.1.1',
      '::',
      '::1',
      'fc00::1',
      'fdff::1',
      'fe80::1',
      'fe80::1%eth0',
      'febf::1',
      '::ffff:10.0.0.1',
    ]
    const far = [
      '1.1.1.1',
      '128.0.0.1',
      '11.0.0.1',
      '172.15.0.1',
      '172.32.0.1',
      '192.169.0.1',
      '169.253.1.1',
      '0.0.0.1',
      '100.64.0.1',
      '2001:db8::1',
      'fec0::1',
      'fbff::1',
      '::2',
      '::ffff:1.1.1.1',
      'localhost',
      '',
    ]
    for (const ip of near) assert.equal(isLocalOrPrivate(ip), true, ip)
    for (const ip of far) assert.equal(isLocalOrPrivate(ip), false, ip)
  })

  it('knows what never leaves this machine', () => {
    for (const host of ['127.0.0.1', '127.9.9.9', '::1', '::ffff:127.0.0.2', 'localhost', 'LocalHost.'])
      assert.equal(isLoopback(host), true, host)
    for (const host of ['0.0.0.0', '128.0.0.1', '10.0.0.1', '::', '::2', '::ffff:10.0.0.1', 'localhost.example', ''])
      assert.equal(isLoopback(host), false, host)
  })
})
