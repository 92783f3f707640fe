/** What facts of a machine mean: nothing on a good one, and each bad one by itself. */
import assert from 'node:assert/strict'
import { test } from 'node:test'
import { type DoctorReport, doctorJson, doctorText, type Finding, healthy } from '#src/report/doctor.js'
import { machineFindings, programFindings } from '#src/run/doctor-findings.js'
import type { MachineFacts } from '#src/watch/machine.js'
import { golden } from '../report/golden.js'

const GOOD: MachineFacts = {
  platform: 'linux',
  openFiles: { soft: 1_048_576, hard: 1_048_576 },
  ports: [1024, 65_535],
  sockets: { inUse: 12, timeWait: 3 },
  reuse: 1,
  timeWaitMost: 262_144,
  somaxconn: 4096,
  synBacklog: 4096,
  listenOverflows: 0,
  listenDrops: 0,
  firstFreePort: 0,
  mayBindLow: false,
  clock: 'tsc',
  clocks: ['tsc', 'hpet'],
  governor: 'performance',
  cores: 8,
  quota: Number.POSITIVE_INFINITY,
  memory: 16e9,
  memoryFree: 8e9,
  memoryMost: null,
  load: 0.2,
}
const PROGRAM = { node: 'v22.12.0', arch: 'x64', uws: 'uws_linux_x64_127.node', koffi: true }

/** Name and level of what is not right. */
function wrong(findings: readonly Finding[]): string[] {
  return findings.filter(({ level }) => level !== 'ok').map(({ name, level }) => `${name} ${level}`)
}

test('nothing to say of a good machine', () => {
  assert.deepEqual(wrong(machineFindings(GOOD)), [])
  assert.deepEqual(wrong(programFindings(PROGRAM, 'linux')), [])
})

const BAD: readonly (readonly [Partial<MachineFacts>, ...string[]])[] = [
  [{ cores: 1 }, 'cores warn'],
  [{ quota: 1.5 }, 'cpu quota warn'],
  [{ quota: 8 }],
  [{ load: 5 }, 'load now note'],
  [{ load: 9 }, 'load now warn'],
  [{ governor: 'powersave' }, 'cpu governor note'],
  [{ governor: null }],
  [{ clock: 'hpet' }, 'clock source warn'],
  [{ clock: 'acpi_pm', clocks: ['acpi_pm'] }, 'clock source warn'],
  [{ clock: 'kvm-clock' }],
  [{ memoryMost: 256e6 }, 'memory warn'],
  [{ openFiles: { soft: 1024, hard: 4096 } }, 'open files warn'],
  [{ openFiles: { soft: 1024, hard: 1_048_576 } }],
  [{ openFiles: { soft: 64, hard: 64 } }, 'open files fail'],
  [{ ports: [32_768, 60_999], reuse: 2 }, 'local ports note', 'TIME_WAIT reuse note'],
  [{ ports: [50_000, 59_999] }, 'local ports warn'],
  [{ reuse: 0 }, 'local ports note', 'TIME_WAIT reuse warn'],
  [{ sockets: { inUse: 1, timeWait: 40_000 } }, 'sockets now warn'],
  [{ sockets: { inUse: 1, timeWait: 10 }, timeWaitMost: 10 }, 'sockets now warn'],
  [{ somaxconn: 128 }, 'listen queue warn'],
  [{ synBacklog: 256 }, 'SYN backlog note'],
  [{ listenOverflows: 5, listenDrops: 9 }, 'queue overflows note'],
  [{ firstFreePort: 1024 }, 'port 25 note'],
  [{ firstFreePort: 1024, mayBindLow: true }],
]

for (const [facts, ...found] of BAD) {
  test(`${JSON.stringify(facts)}: ${found.join(', ') || 'fine'}`, () => {
    const findings = machineFindings({ ...GOOD, ...facts })
    assert.deepEqual(wrong(findings), found)
    for (const { level, meaning, value } of findings) {
      assert.notEqual(value, '')
      assert.ok(level === 'ok' || meaning !== null, 'what follows from it')
    }
  })
}

test('a fix is offered where there is one', () => {
  const fixOf = (facts: Partial<MachineFacts>, name: string) =>
    machineFindings({ ...GOOD, ...facts }).find((one) => one.name === name)!.fix
  assert.match(fixOf({ clock: 'hpet' }, 'clock source')!, /^echo tsc > \/sys/)
  assert.equal(fixOf({ clock: 'hpet', clocks: ['hpet'] }, 'clock source'), null)
  assert.match(fixOf({ reuse: 0 }, 'TIME_WAIT reuse')!, /^sysctl -w net\.ipv4\.tcp_tw_reuse=1$/)
})

test('the program: an old Node is the end, what is optional is not', () => {
  assert.deepEqual(wrong(programFindings({ ...PROGRAM, node: 'v20.11.0' }, 'linux')), ['Node.js fail'])
  assert.deepEqual(wrong(programFindings({ ...PROGRAM, node: 'v20.12.0', uws: null, koffi: false }, 'darwin')), [
    'uWebSockets.js note',
    'koffi note',
    'system note',
  ])
})

const REPORT: DoctorReport = {
  schemaVersion: 1,
  version: '0.1.0',
  host: 'here',
  target: 'mx.example:25',
  seconds: 3,
  findings: [
    ...machineFindings({
      ...GOOD,
      quota: 1.5,
      openFiles: { soft: 1024, hard: 4096 },
      ports: [32_768, 60_999],
      reuse: 2,
    }),
    ...programFindings(PROGRAM, 'linux'),
    {
      group: 'target',
      name: 'connect',
      level: 'fail',
      value: 'Connection refused',
      meaning: 'Nobody listens there.',
      fix: null,
    },
  ],
  ceilings: [
    {
      mode: 'lock-step',
      options: '--pipelining off',
      perSecond: 31_234.5,
      cpuPerMessageUs: 31.25,
      busiest: 0.98,
      trouble: null,
    },
    {
      mode: 'pipelined in TLS',
      options: '--tls starttls --insecure',
      perSecond: 0,
      cpuPerMessageUs: 0,
      busiest: 0,
      trouble: 'cannot listen',
    },
  ],
}

test('as text, as data, and in colour', () => {
  golden('doctor.txt', doctorText(REPORT, false))
  assert.match(doctorText(REPORT, true), /\x1b\[31mfail\x1b\[0m {2}connect/)
  const { healthy: good, ...document } = JSON.parse(doctorJson(REPORT))
  assert.equal(good, false)
  assert.deepEqual(document, JSON.parse(JSON.stringify(REPORT)))
})

test('healthy: nothing failed, and something could be measured', () => {
  const findings = machineFindings(GOOD)
  assert.equal(healthy({ findings, ceilings: null }), true)
  assert.equal(healthy({ findings, ceilings: REPORT.ceilings }), true)
  assert.equal(healthy({ findings, ceilings: [REPORT.ceilings![1]!] }), false)
  assert.equal(healthy(REPORT), false)
})
