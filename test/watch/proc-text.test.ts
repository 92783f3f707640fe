import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import fc from 'fast-check'
import {
  descriptorKind,
  parseCgroup,
  parseCpuMax,
  parseListenOverflows,
  parsePidIo,
  parsePidStat,
  parsePidStatus,
  parsePressure,
  parsePss,
  parseSwitches,
  socketInode,
} from '#src/watch/proc-text.js'

const STAT =
  '812 (a) b (c) S 1 812 812 0 -1 4194560 900 50 0 0 123 45 67 8 20 0 3 0 4711 178257920 2500 18446744073709551615 1 1 0\n'
const STATUS = `Name:	smtpd
Pid:	812
VmSize:	   17408 kB
VmRSS:	    9000 kB
SigIgn:	0000000000011000
Cpus_allowed:	0000,0000000f
voluntary_ctxt_switches:	17
nonvoluntary_ctxt_switches:	4
`
const NETSTAT =
  'TcpExt: SyncookiesSent ListenOverflows ListenDrops\nTcpExt: 5 12 13\nIpExt: InNoRoutes ListenOverflows\nIpExt: 1 99\n'
const IO = 'rchar: 1\nwchar: 2\nsyscr: 3\nsyscw: 4\nread_bytes: 4096\nwrite_bytes: 8192\ncancelled_write_bytes: 7\n'
const ROLLUP = '5561-7fff ---p 00000000 00:00 0  [rollup]\nRss:  1696 kB\nPss:   228 kB\nPss_Dirty: 112 kB\n'
const PSI = 'some avg10=12.50 avg60=1.00 avg300=0.00 total=9\nfull avg10=99.00 avg60=0.00 avg300=0.00 total=0\n'

describe('the files of a process', () => {
  it('say what proc(5) says they say', () => {
    assert.deepEqual(parsePidStat(STAT), {
      pid: 812,
      name: 'a) b (c',
      state: 'S',
      parent: 1,
      userMs: 1230,
      systemMs: 450,
      waitedUserMs: 670,
      waitedSystemMs: 80,
      threads: 3,
      startTicks: 4711,
    })
    assert.deepEqual(parsePidStatus(STATUS), {
      rss: 9000 * 1024,
      vsz: 17_408 * 1024,
      ignoresChildren: true,
      cores: 4,
    })
    assert.equal(parsePidStatus(STATUS.replace('11000', '01000'))!.ignoresChildren, false)
    assert.deepEqual(parseSwitches(STATUS), { voluntary: 17, involuntary: 4 })
    assert.deepEqual(parsePidIo(IO), { read: 4096, written: 8192 })
    assert.equal(parsePss(ROLLUP), 228 * 1024)
  })

  it('say where its control group is, under both versions', () => {
    assert.deepEqual(parseCgroup('9:name=systemd:/\n4:cpu,memory:/a/b\n0::/x:y/z\n'), {
      unified: '/x:y/z',
      memory: '/a/b',
    })
    assert.deepEqual(parseCgroup('0::/\n'), { unified: '/', memory: null })
    assert.deepEqual(parseCgroup(''), { unified: null, memory: null })
    assert.equal(parseCpuMax('150000 100000\n'), 1.5)
    assert.equal(parseCpuMax('max 100000\n'), null)
  })

  it('tell descriptors by where they lead', () => {
    const kinds = [
      'socket:[9]',
      'pipe:[8]',
      '/var/log/mail.log (deleted)',
      '/dev/null',
      'anon_inode:[eventpoll]',
      '/memfd:x (deleted)',
    ]
    assert.deepEqual(kinds.map(descriptorKind), ['sockets', 'pipes', 'files', 'other', 'other', 'other'])
    assert.equal(socketInode('socket:[4711]'), 4711)
    assert.equal(socketInode('pipe:[4711]'), null)
  })
})

describe('the files of the machine', () => {
  it('say how long tasks wait, and whom a full queue turned away', () => {
    assert.equal(parsePressure(PSI), 0.125)
    assert.equal(parseListenOverflows(NETSTAT), 12)
  })
})

it('whatever is strange is null, or a figure that can be: never an error', () => {
  const files = {
    parsePidStat: STAT,
    parsePidStatus: STATUS,
    parseSwitches: STATUS,
    parsePidIo: IO,
    parsePss: ROLLUP,
    parsePressure: PSI,
    parseListenOverflows: NETSTAT,
  }
  const parsers = {
    parsePidStat,
    parsePidStatus,
    parseSwitches,
    parsePidIo,
    parsePss,
    parsePressure,
    parseListenOverflows,
  }
  for (const [name, parse] of Object.entries(parsers)) {
    const file = files[name as keyof typeof files]
    assert.equal(parse(''), null, name)
    fc.assert(
      fc.property(fc.string(), fc.nat(file.length), fc.nat(9), (text, cut, gap) => {
        for (const made of [text, file.slice(0, cut) + text, file.slice(0, cut) + text + file.slice(cut + gap)]) {
          const found: unknown = parse(made)
          if (found === null) continue
          const values = typeof found === 'object' ? Object.values(found as object) : [found]
          for (const value of values)
            if (typeof value === 'number') assert.ok(value >= 0, `${name}: ${value} of ${made}`)
        }
      }),
      { numRuns: 200 },
    )
  }
  fc.assert(
    fc.property(
      fc.string(),
      (text) => void [parseCgroup(text), parseCpuMax(text), descriptorKind(text), socketInode(text)],
    ),
  )
})
