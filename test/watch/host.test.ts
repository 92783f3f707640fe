import assert from 'node:assert/strict'
import { readFileSync } from 'node:fs'
import { createConnection, createServer } from 'node:net'
import { cpus, loadavg, totalmem } from 'node:os'
import { describe, it } from 'node:test'
import fc from 'fast-check'
import { HostWatch, sampleBetween } from '#src/watch/host.js'
import { type HostReading, parseMeminfo, parseNetDev, parseStat, readHost } from '#src/watch/host-reading.js'

const LINUX = process.platform === 'linux'

const STAT = 'cpu  100 20 30 4000 50 6 7 8 90 10\ncpu0 1 2 3 4\nintr 5\n'
const MEMINFO = 'MemTotal:       16000 kB\nMemFree:          100 kB\nMemAvailable:    4000 kB\n'
const NET = `Inter-|   Receive                                                |  Transmit
 face |bytes    packets errs drop fifo frame compressed multicast|bytes    packets errs drop fifo colls carrier compressed
    lo: 1000 1 0 0 0 0 0 0 1000 1 0 0 0 0 0 0
  eth0:2000 2 0 0 0 0 0 0 300 3 0 0 0 0 0 0
`

describe('the files of /proc', () => {
  it('say what proc(5) says they say', () => {
    assert.deepEqual(parseStat(STAT), { busy: 171, total: 4221 })
    assert.deepEqual(parseStat('cpu  1 2 3 4\n'), { busy: 6, total: 10 })
    assert.deepEqual(parseMeminfo(MEMINFO), { used: 12_000 * 1024, total: 16_000 * 1024 })
    assert.deepEqual(parseNetDev(NET), { received: 3000, sent: 1300 })
  })

  it('may be missing or strange, and are then nothing', () => {
    for (const parse of [parseStat, parseMeminfo, parseNetDev]) {
      for (const text of ['', 'cpu', 'cpu  1 2\n', 'MemTotal: 5 kB\n', 'lo: 1 2\n']) assert.equal(parse(text), null)
      fc.assert(
        fc.property(fc.string(), fc.nat(200), (text, cut) => {
          for (const made of [
            text,
            STAT.slice(0, cut) + text,
            MEMINFO.slice(0, cut) + text,
            NET.slice(0, cut) + text,
          ]) {
            const found = parse(made)
            assert.ok(found === null || Object.values(found).every((figure) => figure >= 0), made)
          }
        }),
        { numRuns: 300 },
      )
    }
  })
})

describe('two readings', () => {
  const reading = (over: Partial<HostReading>): HostReading => ({
    from: 'proc',
    cpuBusy: 0,
    cpuTotal: 0,
    memoryUsed: 5,
    memoryTotal: 10,
    load: [1, 2, 3],
    network: { received: 0, sent: 0 },
    ...over,
  })
  const at = new Date(0)

  it('make a sample: shares and rates of what lies between them', () => {
    const sample = sampleBetween(
      reading({ cpuBusy: 100, cpuTotal: 1000, network: { received: 10, sent: 20 } }),
      reading({ cpuBusy: 150, cpuTotal: 1200, network: { received: 1010, sent: 520 }, load: [4, 5, 6] }),
      500,
      at,
    )
    assert.deepEqual(sample, {
      from: 'proc',
      at,
      durationMs: 500,
      cpu: 0.25,
      memoryUsed: 5,
      memoryTotal: 10,
      load: [4, 5, 6],
      receivedPerSecond: 2000,
      sentPerSecond: 1000,
    })
  })

  it('never make a negative figure or one above the whole', () => {
    const counter = fc.double({ min: 0, max: 1e15, noNaN: true })
    const some = fc.record({ cpuBusy: counter, cpuTotal: counter, received: counter, sent: counter })
    fc.assert(
      fc.property(some, some, fc.double({ min: 0, max: 1e6, noNaN: true }), (a, b, ms) => {
        const sample = sampleBetween(reading({ ...a, network: a }), reading({ ...b, network: b }), ms, at)
        assert.ok(sample.cpu >= 0 && sample.cpu <= 1)
        assert.ok((sample.receivedPerSecond ?? 0) >= 0 && (sample.sentPerSecond ?? 0) >= 0)
      }),
      { numRuns: 300 },
    )
  })

  it('know no network where one of them does not', () => {
    const sample = sampleBetween(reading({}), reading({ network: null }), 1000, at)
    assert.deepEqual([sample.receivedPerSecond, sample.sentPerSecond], [null, null])
  })
})

describe('this host', () => {
  it('is read as its own files say at the same moment', { skip: !LINUX && 'there is no /proc' }, () => {
    const before = parseStat(readFileSync('/proc/stat', 'latin1'))!
    const reading = readHost()
    const after = parseStat(readFileSync('/proc/stat', 'latin1'))!
    assert.equal(reading.from, 'proc')
    assert.ok(reading.cpuBusy >= before.busy && reading.cpuBusy <= after.busy)
    assert.ok(reading.cpuTotal >= before.total && reading.cpuTotal <= after.total)
    const kibibytes = Number(/^MemTotal: +(\d+) kB$/m.exec(readFileSync('/proc/meminfo', 'latin1'))![1])
    assert.equal(reading.memoryTotal, kibibytes * 1024)
    assert.equal(reading.memoryTotal, totalmem())
    assert.ok(reading.memoryUsed > 0 && reading.memoryUsed < reading.memoryTotal)
    assert.equal(reading.load.length, loadavg().length)
  })

  it('is seen to be busy: a loop on one CPU is at least most of one CPU', () => {
    const watch = new HostWatch()
    for (let cpu = process.cpuUsage(); process.cpuUsage(cpu).user < 400_000; );
    const sample = watch.look()
    const cpuSeconds = sample.cpu * cpus().length * (sample.durationMs / 1000)
    // Ticks are of 10 ms, on each CPU.
    assert.ok(cpuSeconds > 0.3, `${cpuSeconds} s of CPU in ${sample.durationMs} ms`)
    assert.ok(sample.durationMs >= 400)
  })

  it('is seen to send: octets over loopback go out and come in', { skip: !LINUX && 'there is no /proc' }, async () => {
    const octets = 1 << 20
    const server = createServer((socket) => socket.on('error', () => {}).resume())
    await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
    const { port } = server.address() as { port: number }
    const watch = new HostWatch()
    await new Promise<void>((resolve, reject) => {
      const socket = createConnection({ port, host: '127.0.0.1' })
      socket.on('error', reject)
      socket.on('close', () => resolve())
      socket.end(Buffer.alloc(octets))
      socket.resume()
    })
    const sample = watch.look()
    server.close()
    const seconds = sample.durationMs / 1000
    assert.ok(sample.sentPerSecond! * seconds >= octets)
    assert.ok(sample.receivedPerSecond! * seconds >= octets)
  })
})
