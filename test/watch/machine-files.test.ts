/** The files of /proc and /sys that the doctor reads: as systems write them, and anything else. */
import assert from 'node:assert/strict'
import { test } from 'node:test'
import fc from 'fast-check'
import { readMachine } from '#src/watch/machine.js'
import {
  hasCapability,
  parseCfs,
  parseCgroups,
  parseCounter,
  parseCpuMax,
  parseMemoryMax,
  parseNumbers,
  parseOpenFiles,
  parseSockstat,
} from '#src/watch/machine-files.js'

const LIMITS = `Limit                     Soft Limit           Hard Limit           Units     
Max cpu time              unlimited            unlimited            seconds   
Max open files            1024                 524288               files     
Max locked memory         8388608              8388608              bytes     
`
const NETSTAT = `TcpExt: SyncookiesSent SyncookiesRecv ListenOverflows ListenDrops TCPHPHits
TcpExt: 0 0 9 11 6405549
IpExt: InNoRoutes InTruncatedPkts
IpExt: 3 0
MPTcpExt: MPCapableSYNRX ListenOverflows
MPTcpExt: 1 77
`
const SOCKSTAT = `sockets: used 106
TCP: inuse 9 orphan 0 tw 15 alloc 9 mem 414
UDP: inuse 0 mem 0
`

test('limits of open files', () => {
  assert.deepEqual(parseOpenFiles(LIMITS), { soft: 1024, hard: 524288 })
  const endless = LIMITS.replace('524288   ', 'unlimited')
  assert.deepEqual(parseOpenFiles(endless), { soft: 1024, hard: Number.POSITIVE_INFINITY })
  assert.equal(parseOpenFiles(''), null)
})

test('counters by group and name', () => {
  assert.equal(parseCounter(NETSTAT, 'TcpExt', 'ListenOverflows'), 9)
  assert.equal(parseCounter(NETSTAT, 'TcpExt', 'ListenDrops'), 11)
  assert.equal(parseCounter(NETSTAT, 'MPTcpExt', 'ListenOverflows'), 77)
  assert.equal(parseCounter(NETSTAT, 'TcpExt', 'Unheard'), null)
  assert.equal(parseCounter('TcpExt: ListenDrops\n', 'TcpExt', 'ListenDrops'), null)
})

test('sockets, ports and other plain numbers', () => {
  assert.deepEqual(parseSockstat(SOCKSTAT), { inUse: 9, timeWait: 15 })
  assert.equal(parseSockstat('TCP: inuse x'), null)
  assert.deepEqual(parseNumbers('32768\t60999\n'), [32768, 60999])
  assert.equal(parseNumbers(''), null)
  assert.equal(parseNumbers('tsc hpet'), null)
})

test('quotas and memory of both versions of cgroups', () => {
  assert.equal(parseCpuMax('50000 100000\n'), 0.5)
  assert.equal(parseCpuMax('max 100000\n'), Number.POSITIVE_INFINITY)
  assert.equal(parseCpuMax('max'), null)
  assert.equal(parseCfs('150000\n', '100000\n'), 1.5)
  assert.equal(parseCfs('-1\n', '100000\n'), Number.POSITIVE_INFINITY)
  assert.equal(parseCfs('', ''), null)
  assert.equal(parseMemoryMax('536870912\n'), 536870912)
  assert.equal(parseMemoryMax('max\n'), Number.POSITIVE_INFINITY)
  assert.equal(parseMemoryMax('9223372036854771712\n'), Number.POSITIVE_INFINITY)
  assert.equal(parseMemoryMax(''), null)
})

test('our cgroups, and our capabilities', () => {
  const paths = parseCgroups('4:memory:/docker/ab\n2:cpu,cpuacct:/docker/cd\n0::/system.slice/x.service\n')
  assert.deepEqual(
    [...paths],
    [
      ['memory', '/docker/ab'],
      ['cpu', '/docker/cd'],
      ['cpuacct', '/docker/cd'],
      ['', '/system.slice/x.service'],
    ],
  )
  assert.equal(hasCapability('CapPrm:\t0000000000000000\nCapEff:\t0000000000000400\n', 10), true)
  assert.equal(hasCapability('CapEff:\t000001fffffffbff\n', 10), false)
  assert.equal(hasCapability('', 10), null)
})

test('anything else is null or a number, never an exception', () => {
  const texts = fc.oneof(fc.string(), fc.constantFrom(LIMITS, NETSTAT, SOCKSTAT, 'max 0', '- -', '\n\n'))
  fc.assert(
    fc.property(texts, texts, fc.nat(5000), (a, b, cut) => {
      const text = a.slice(0, cut) + b
      for (const value of [
        parseCounter(text, 'TcpExt', 'ListenDrops'),
        parseCpuMax(text),
        parseCfs(text, b),
        parseMemoryMax(text),
        parseOpenFiles(text)?.soft ?? null,
        parseSockstat(text)?.timeWait ?? null,
        parseNumbers(text)?.[0] ?? null,
      ])
        assert.ok(value === null || !Number.isNaN(value))
      parseCgroups(text)
      hasCapability(text, 10)
    }),
  )
})

test('a machine: the tightest limit among the cgroups above us counts', () => {
  const files: Readonly<Record<string, string>> = {
    '/proc/self/limits': LIMITS,
    '/proc/net/netstat': NETSTAT,
    '/proc/net/sockstat': SOCKSTAT,
    '/proc/self/cgroup': '0::/a/b\n',
    '/sys/fs/cgroup/a/b/cpu.max': 'max 100000',
    '/sys/fs/cgroup/a/cpu.max': '150000 100000',
    '/sys/fs/cgroup/memory.max': 'max',
    '/sys/fs/cgroup/a/b/memory.max': '1000000000',
    '/proc/sys/net/ipv4/ip_local_port_range': '32768\t60999\n',
    '/sys/devices/system/clocksource/clocksource0/current_clocksource': 'hpet \n',
    '/sys/devices/system/clocksource/clocksource0/available_clocksource': 'hpet acpi_pm \n',
    '/proc/self/status': 'CapEff:\t0000000000000000\n',
  }
  const facts = readMachine((path) => files[path] ?? '')
  assert.deepEqual(
    [facts.quota, facts.memoryMost, facts.ports, facts.clock, facts.clocks, facts.mayBindLow, facts.somaxconn],
    [1.5, 1e9, [32768, 60999], 'hpet', ['hpet', 'acpi_pm'], false, null],
  )
  const nothing = readMachine(() => '')
  assert.deepEqual([nothing.quota, nothing.openFiles, nothing.clock, nothing.listenDrops], [null, null, null, null])
  assert.ok(nothing.cores >= 1)
})
