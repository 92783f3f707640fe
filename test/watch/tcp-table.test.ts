import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import fc from 'fast-check'
import { addressOf, parseSsLimits, tallyTcp, unixListeners } from '#src/watch/tcp-table.js'

const HEAD = '  sl  local_address rem_address   st tx_queue rx_queue tr tm->when retrnsmt   uid  timeout inode\n'
const row = (number: number, local: string, remote: string, state: string, queues: string, inode: number) =>
  `${String(number).padStart(4)}: ${local} ${remote} ${state} ${queues} 00:00000000 00000000     0        0 ${inode} 1 0000 100 0 0 10 0   \n`
const FOUR = [
  HEAD,
  row(0, '0100007F:0019', '00000000:0000', '0A', '00000000:00000007', 501),
  row(1, '0100007F:0019', '0100007F:C001', '01', '00000000:00000000', 502),
  row(2, '0100007F:0019', '0100007F:C002', '08', '00000000:00000001', 503),
  // The other end of the first connection is not the server's.
  row(3, '0100007F:C001', '0100007F:0019', '01', '00000000:00000000', 504),
  row(12_345, '0100007F:0019', '0100007F:C003', '06', '00000000:00000000', 0),
  row(12_346, '0100007F:0019', '0100007F:C004', '0C', '00000000:00000000', 0),
].join('')
const SIX = [
  HEAD,
  row(
    0,
    '00000000000000000000000000000000:0019',
    '00000000000000000000000000000000:0000',
    '0A',
    '00000000:00000002',
    601,
  ),
  row(
    1,
    '0000000000000000FFFF00000100007F:0019',
    '0000000000000000FFFF00000100007F:C005',
    '01',
    '00000000:00000000',
    602,
  ),
].join('')

describe("the kernel's tables of sockets", () => {
  it('count the own end of the connections of a port by state, and who listens', () => {
    const { sockets, listeners } = tallyTcp([Buffer.from(FOUR), Buffer.from(SIX)], new Set([25]))
    assert.deepEqual(sockets, { LISTEN: 2, ESTABLISHED: 2, CLOSE_WAIT: 1, TIME_WAIT: 1, SYN_RECV: 1 })
    assert.deepEqual(listeners, [
      { address: '127.0.0.1', port: 25, inode: 501, waiting: 7 },
      { address: '::', port: 25, inode: 601, waiting: 2 },
    ])
    assert.deepEqual(tallyTcp([Buffer.from(FOUR)], new Set([49_153])).sockets, { ESTABLISHED: 1 })
  })

  it('hold addresses in words turned around', () => {
    assert.equal(addressOf('0100007F'), '127.0.0.1')
    assert.equal(addressOf('B80D0120000000000000000001000000'), '2001:db8::1')
    assert.equal(addressOf('0000000000000000FFFF00000100007F'), '127.0.0.1')
    assert.equal(addressOf('xyz'), null)
  })

  it('may be cut off or strange anywhere', () => {
    for (let end = 0; end <= FOUR.length; end++) tallyTcp([Buffer.from(FOUR.slice(0, end))], new Set([25]))
    fc.assert(
      fc.property(fc.uint8Array(), fc.nat(FOUR.length), (octets, at) => {
        const made = Buffer.concat([Buffer.from(FOUR.slice(0, at)), octets, Buffer.from(FOUR.slice(at))])
        const { listeners } = tallyTcp([made, Buffer.from(octets)], new Set([25]))
        for (const { waiting, inode, port } of listeners) assert.ok(waiting >= 0 && inode >= 0 && port >= 0)
      }),
      { numRuns: 300 },
    )
  })

  it('name who listens on a path, in a chroot too', () => {
    const text = [
      'Num       RefCount Protocol Flags    Type St Inode Path',
      '0000000081495b6e: 00000002 00000000 00010000 0001 01 701 /run/lmtp',
      '0000000081495b6f: 00000003 00000000 00000000 0001 03 702 /run/lmtp',
      '0000000081495b70: 00000002 00000000 00010000 0001 01   703 private/lmtp',
      '0000000081495b71: 00000002 00000000 00010000 0001 01 704 @/run/lmtp',
      '0000000081495b72: 00000003 00000000 00000000 0001 03 705',
    ].join('\n')
    assert.deepEqual(unixListeners(text, '/run/lmtp'), [701])
    assert.deepEqual(unixListeners(text, '/var/spool/postfix/private/lmtp'), [703])
    assert.deepEqual(unixListeners(text, '/run/other'), [])
    fc.assert(fc.property(fc.string(), fc.string(), (a, b) => unixListeners(a, b).every(Number.isFinite)))
  })

  it('lack the limit of an accept queue, which ss tells', () => {
    const text =
      'LISTEN 0      100        127.0.0.1:2525       0.0.0.0:*\nLISTEN 3 4096 [::]:2525 [::]:*\nLISTEN 0 5 *:25 *:*\nESTAB 0 0 a:1 b:2\n'
    assert.deepEqual(
      [...parseSsLimits(text)],
      [
        [2525, 4196],
        [25, 5],
      ],
    )
    fc.assert(fc.property(fc.string(), (any) => parseSsLimits(any).size >= 0))
  })
})
