import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import { type UseInput, useOf } from '#src/measure/use.js'
import { judge } from '#src/measure/verdict.js'
import { endedDead, happenings, serverCpu, type Watched, type WatchedServer } from '#src/measure/watched.js'
import { histogram } from '../report/fixture.js'

const server = (over: Partial<WatchedServer>): WatchedServer => ({
  processes: 1,
  cpuUserMs: 0,
  cpuSystemMs: 0,
  rss: 1,
  pss: null,
  vsz: 1,
  threads: 1,
  descriptors: null,
  sockets: null,
  accept: null,
  switches: null,
  disk: null,
  cgroup: null,
  ...over,
})
const host = { cpu: 0.5, memoryUsed: 1, memoryTotal: 2, load: 3, receivedPerSecond: null, sentPerSecond: null }
const accept = (waiting: number, overflows: number) => ({ waiting, limit: 100, overflows })
const WATCHED: Watched = {
  target: ':25',
  cores: 2,
  samples: [
    { atMs: 0, server: server({ cpuUserMs: 0, accept: accept(50, 5) }), host },
    {
      atMs: 1000,
      server: server({ cpuUserMs: 300, cpuSystemMs: 200, accept: accept(3, 7) }),
      host: { ...host, load: 9 },
    },
    { atMs: 2000, server: server({ cpuUserMs: 1500, cpuSystemMs: 500, accept: accept(1, 8) }), host },
    { atMs: 3000, server: null, host },
  ],
  events: [{ atMs: 2500, kind: 'died', pid: 9, text: 'smtpd (process 9) ended' }],
}
const INPUT: UseInput = {
  workers: 1,
  elapsedMs: 2000,
  fromMs: 0,
  cpuMs: 500,
  health: [0, 1].flatMap((worker) =>
    [0, 1].map((second) => ({
      worker,
      second,
      durationMs: 1000,
      utilisation: 0.2 + worker * 0.3,
      loopDelayP99Us: 1,
      cpu: 0.1 + worker * 0.3,
      draining: worker,
      backlog: second * 4,
      active: 10,
    })),
  ),
  startLag: histogram([2000, 10]),
  latency: [
    { name: 'connect', outcome: 'accepted', histogram: histogram([100, 50], [5100, 50]) },
    { name: 'greeting', outcome: 'accepted', histogram: histogram([1000, 99], [3000, 1]) },
    { name: 'greeting', outcome: 'refused', histogram: histogram([900_000, 5]) },
  ],
  deferred: 10,
  refused: 4,
  done: 200,
  dropped: 1,
  errors: [
    { error: 'out of ports', count: 2 },
    { error: 'timeout', count: 3 },
    { error: 'connection reset', count: 5 },
    { error: 'timeout', count: 1 },
    { error: 'stopped', count: 6 },
  ],
  watched: WATCHED,
}

describe('utilisation, saturation, errors', () => {
  it('of the generator', () => {
    const { utilisation, saturation, errors } = useOf(INPUT).generator
    assert.deepEqual(utilisation, { loop: 0.5, cpu: 0.4, cpus: 0.25 })
    assert.deepEqual(saturation.backlog, { mean: 4, most: 8 })
    assert.equal(saturation.draining, 0.05)
    assert.equal(saturation.dropped, 1)
    assert.ok(Math.abs(saturation.startLagP99Ms - 2) < 0.01)
    assert.deepEqual(errors, [{ kind: 'out of ports', count: 2 }])
  })

  it('of the server: its CPU, its queue, and what it did not take', () => {
    const { utilisation, saturation, errors } = useOf(INPUT).server
    assert.deepEqual(utilisation, { cpu: 0.5, mostCpu: 0.75, cores: 2 })
    const { p50Ms, p99Ms } = saturation.acceptWait!
    assert.equal(p50Ms, 0)
    assert.ok(Math.abs(p99Ms - 5) < 0.02, `${p99Ms}`)
    assert.deepEqual(saturation.acceptQueue, { most: 50, limit: 100, overflows: 3 })
    assert.deepEqual([saturation.runQueue, saturation.deferred, saturation.deferredShare], [9, 10, 0.05])
    assert.deepEqual(errors, [
      { kind: 'died', count: 1 },
      { kind: 'refused (5xx)', count: 4 },
      { kind: 'connection reset', count: 5 },
      { kind: 'timeout', count: 4 },
    ])
  })

  it('of what is measured only: the warm-up does not count', () => {
    const { utilisation, saturation } = useOf({ ...INPUT, fromMs: 1000 }).server
    assert.deepEqual(utilisation, { cpu: 0.75, mostCpu: 0.75, cores: 2 })
    assert.deepEqual(saturation.acceptQueue, { most: 3, limit: 100, overflows: 1 })
  })

  it('of a server that nobody watched: what the conversation tells', () => {
    const { utilisation, saturation } = useOf({ ...INPUT, watched: null }).server
    assert.deepEqual(
      [utilisation, saturation.acceptQueue, saturation.runQueue, saturation.pressure],
      [null, null, null, null],
    )
    assert.equal(saturation.deferred, 10)
    assert.ok(saturation.acceptWait!.p99Ms > 4)
  })
})

describe('what was watched', () => {
  it('says what happened, and whether the server was dead at the end', () => {
    assert.deepEqual(happenings(WATCHED), ['server: smtpd (process 9) ended at 2.5 s'])
    assert.equal(endedDead(WATCHED), true)
    const [died] = WATCHED.events
    const back = { ...died!, atMs: 2900, kind: 'restarted' as const }
    assert.equal(endedDead({ events: [died!, back] }), false)
    assert.equal(endedDead({ events: [] }), false)
    assert.equal(serverCpu({ samples: WATCHED.samples.slice(0, 1) }, 0), null)
  })

  it('sharpens the verdict where the server was the limit', () => {
    const reason = (used: number, cores: number) =>
      judge({
        due: null,
        elapsedMs: 10_000,
        sessions: 1,
        done: 100,
        dropped: 0,
        health: [],
        startLagP99Us: 0,
        messageP50Us: 100,
        serviceP99Us: 100,
        waitingUs: 9_500_000,
        outOfDescriptors: 0,
        outOfPorts: 0,
        server: { used, most: used, cores },
      }).reason
    assert.match(reason(1.96, 2), /the server's CPU stood at 98% of 2 CPUs, /)
    assert.match(reason(0.5, 0.5), /the server's CPU stood at 100% of 0\.5 CPUs, /)
    assert.match(reason(1.01, 8), /the server's CPU stood at 101% of one CPU, as of a single thread, /)
    assert.match(reason(0.2, 8), /the server used 0\.2 of 8 CPUs, so it was not its CPU, /)
  })
})
