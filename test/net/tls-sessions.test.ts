import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import fc from 'fast-check'
import { TlsSessions, withoutCertificate } from '#src/net/tls-sessions.js'

/** Sessions that are told apart by one octet, and are no DER. */
const session = (n: number) => Buffer.from([n])

function element(tag: number, contents: Buffer): Buffer {
  const { length } = contents
  if (length < 0x80) return Buffer.concat([Buffer.from([tag, length]), contents])
  const head = length < 0x100 ? [tag, 0x81, length] : [tag, 0x82, length >> 8, length & 0xff]
  return Buffer.concat([Buffer.from(head), contents])
}

describe('sessions to be resumed', () => {
  it('are used once each, the newest first, and the last one again when there is no other', () => {
    const sessions = new TlsSessions(null)
    assert.equal(sessions.next(), null)
    for (const n of [1, 2]) sessions.keep(session(n))
    assert.deepEqual(
      [2, 1, 1, 1].map(() => sessions.next()![0]),
      [2, 1, 1, 1],
    )
    sessions.keep(session(3))
    assert.equal(sessions.next()![0], 3)
  })

  it('are not offered again when the server did not take them', () => {
    const sessions = new TlsSessions(null)
    sessions.keep(session(1))
    const offered = sessions.next()!
    sessions.refused(offered)
    assert.equal(sessions.next(), null)
  })

  it('are kept in a bounded number, and not at all when none is resumed', () => {
    const sessions = new TlsSessions(null)
    for (let n = 0; n < 1000; n++) sessions.keep(session(n & 0xff))
    assert.equal(sessions.wanted, false)
    sessions.next()
    assert.equal(sessions.wanted, true)
    assert.equal(new TlsSessions(0).wanted, false)
  })

  it('are offered in the share that was wished, what could not be is caught up with', () => {
    for (const share of [0, 0.1, 0.5, 0.9, 1]) {
      const sessions = new TlsSessions(share)
      let offered = 0
      for (let n = 0; n < 1000; n++) {
        if (n >= 20) sessions.keep(session(1))
        if (sessions.next() !== null) offered++
      }
      assert.ok(Math.abs(offered - Math.min(share * 1000, 980)) <= 1, `${share}: ${offered}`)
    }
  })
})

describe('a session without its certificate', () => {
  it('has all the rest, whatever the lengths', () => {
    const octets = (max: number) => fc.uint8Array({ maxLength: max }).map((octets) => Buffer.from(octets))
    fc.assert(
      fc.property(octets(300), octets(900), octets(70_000 - 1300), (before, certificate, after) => {
        const rest = Buffer.concat([element(0x02, before), element(0xa4, after.subarray(0, 60_000))])
        const whole = Buffer.concat([
          element(0x02, before),
          element(0xa3, certificate),
          element(0xa4, after.subarray(0, 60_000)),
        ])
        assert.deepEqual(withoutCertificate(element(0x30, whole)), element(0x30, rest))
        assert.deepEqual(withoutCertificate(element(0x30, rest)), element(0x30, rest))
      }),
      { numRuns: 200 },
    )
  })

  it('is what it was where it is not understood', () => {
    fc.assert(
      fc.property(fc.uint8Array({ maxLength: 40 }), (octets) => {
        const given = Buffer.from(octets)
        assert.ok(withoutCertificate(given).length <= given.length)
      }),
      { numRuns: 500 },
    )
    for (const hex of ['', '30', '3080', '3005a302', '3003a30500', '31020500']) {
      assert.equal(withoutCertificate(Buffer.from(hex, 'hex')).toString('hex'), hex)
    }
  })
})
