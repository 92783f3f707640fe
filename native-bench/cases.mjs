// The table of comparisons. A case is { name, suites, measure, a, b, target?, what? } with a and b = { client, receiver };
// both sides of a case speak to the same receiver process, except where the receiver is what is measured.
//   measure   'client' or 'receiver': whose CPU the case is about
//   guess     messages a second, only to size the first warm-up run; later runs are sized from what that one reached
//   target    checks of the headline table; figures are named in stats.mjs
//   client.handshakes the run counts handshakes: nothing arrives
//   client.messages   where a run needs a number of its own instead of a length

import { client, floor, KiB, nameOfSize, native, ours, RECEIVERS, SESSIONS, SIZES, sending } from './cases-parts.mjs'
import { nativeSinkCases, SINK_TARGETS, sinkCases } from './cases-sink.mjs'
import { TLS_TARGETS, tlsCases } from './cases-tls.mjs'

/** The rows of the project's own table of targets: case name → what it must reach. */
const TARGETS = {
  'source/lock-step/s100/1KiB/stampede-sink': [{ figure: 'cpuRatio', atMost: 0.8 }],
  'source/lock-step/s100/1KiB/smtp-sink': [{ figure: 'cpuRatio', atMost: 1.0 }],
  'source/glued/s100/1KiB/stampede-sink': [
    { figure: 'cpuRatio', atMost: 0.25 },
    { figure: 'throughputRatio', atLeast: 4 },
  ],
  'source/glued/s100/1KiB/smtp-sink': [
    { figure: 'cpuRatio', atMost: 0.33 },
    { figure: 'limit', is: 'receiver' },
  ],
  'source/bdat16/s100/1KiB/stampede-sink': [
    { figure: 'cpuRatio', atMost: 0.03 },
    { figure: 'perSecond', atLeast: 1_000_000 },
  ],
  'source/per-message/s100/1KiB/stampede-sink': [{ figure: 'cpuRatio', atMost: 0.9 }],
  'source/per-message/s100/1KiB/smtp-sink': [{ figure: 'cpuRatio', atMost: 0.9 }],
  'source/per-message-pipelined/s100/1KiB/stampede-sink': [{ figure: 'cpuRatio', atMost: 0.75 }],
  'source/per-message-pipelined/s100/1KiB/smtp-sink': [{ figure: 'cpuRatio', atMost: 0.75 }],
  'sessions/glued/10000-vs-100/1KiB/c-sink': [
    { figure: 'cpuRatio', atMost: 2.2 },
    { figure: 'rssKiBPerSession', atMost: 8 },
  ],
  'recording/glued/s100/1KiB/c-sink': [{ figure: 'cpuRatio', atMost: 1.1 }],
  ...SINK_TARGETS,
  ...TLS_TARGETS,
}

/** Ours against smtp-source: sessions at 1 KiB, then sizes at 100 sessions; BDAT where the receiver knows it. */
function sourceCases() {
  const list = []
  const add = (mode, sessions, size, receiver) => {
    const label = mode === 'bdat' ? 'bdat16' : mode
    const more = mode === 'bdat' ? { depth: 16 } : {}
    const name = `source/${label}/s${sessions}/${nameOfSize(size)}/${receiver}`
    list.push(sending(name, ['source'], ours(mode, sessions, size, more), native(mode, sessions, size), receiver))
  }
  for (const mode of ['lock-step', 'glued', 'per-message', 'per-message-pipelined', 'bdat']) {
    for (const receiver of RECEIVERS) {
      if (mode === 'bdat' && receiver === 'smtp-sink') continue // it does not speak CHUNKING
      for (const sessions of SESSIONS) add(mode, sessions, KiB, receiver)
      for (const size of SIZES.slice(1)) add(mode, 100, size, receiver)
    }
  }
  return list
}

/** Ours beside what the machine allows: the same conversation in bare C. */
function floorCases() {
  const list = []
  const add = (mode, sessions, size, more = {}) => {
    const name = `floor/${mode === 'bdat' ? 'bdat16' : mode}/s${sessions}/${nameOfSize(size)}/c-sink`
    list.push(sending(name, ['floor'], ours(mode, sessions, size, more), floor(mode, sessions, size, more), 'c-sink'))
  }
  for (const mode of ['lock-step', 'glued']) for (const sessions of [1, 100, 1000]) add(mode, sessions, KiB)
  for (const size of SIZES.slice(1)) add('glued', 100, size)
  add('bdat', 100, KiB, { depth: 16 })
  add('per-message', 100, KiB)
  add('per-message-pipelined', 100, KiB)
  return list
}

/** What bare C gains on the native sender in the same conversations: the room there is. Needs nothing of ours. */
function nativeCases() {
  const list = []
  for (const mode of ['lock-step', 'pipelined', 'glued', 'per-message', 'per-message-pipelined']) {
    for (const receiver of ['smtp-sink', 'c-sink']) {
      const name = `native/${mode}/s100/1KiB/${receiver}`
      list.push(sending(name, ['native'], floor(mode, 100, KiB), native(mode, 100, KiB), receiver))
    }
  }
  const bdat = floor('bdat', 100, KiB, { depth: 16 })
  const postal = client('postal', 'per-message', 100, KiB)
  list.push(
    sending(
      'native/per-message-vs-postal/s100/1KiB/c-sink',
      ['native'],
      floor('per-message', 100, KiB),
      postal,
      'c-sink',
    ),
  )
  list.push(sending('native/bdat16/s100/1KiB/c-sink', ['native'], bdat, native('bdat', 100, KiB), 'c-sink'))
  return list
}

/** Many sessions against our own 100. Connecting is in the figures, so each session gets a hundred messages to dilute it. */
function sessionCases() {
  const list = []
  for (const receiver of ['c-sink', 'stampede-sink']) {
    for (const sessions of [1000, 5000, 10_000]) {
      const one = (n) => ours('glued', n, KiB, { messages: Math.max(300_000, sessions * 100) })
      list.push(
        sending(`sessions/glued/${sessions}-vs-100/1KiB/${receiver}`, ['sessions'], one(sessions), one(100), receiver),
      )
    }
  }
  return list
}

function workerCases() {
  const list = []
  for (const [mode, more] of [
    ['lock-step', {}],
    ['glued', {}],
    ['bdat', { depth: 16 }],
  ]) {
    for (const receiver of ['c-sink', 'stampede-sink']) {
      const two = ours(mode, 100, KiB, { ...more, workers: 2 })
      list.push(
        sending(`workers/${mode}/2-vs-1/s100/1KiB/${receiver}`, ['workers'], two, ours(mode, 100, KiB, more), receiver),
      )
    }
  }
  return list
}

function recordingCases() {
  const list = []
  for (const [mode, more] of [
    ['glued', {}],
    ['lock-step', {}],
    ['bdat', { depth: 16 }],
  ]) {
    const off = ours(mode, 100, KiB, { ...more, extra: ['--no-record'] })
    list.push(sending(`recording/${mode}/s100/1KiB/c-sink`, ['recording'], ours(mode, 100, KiB, more), off, 'c-sink'))
  }
  return list
}

/** postal's governor keeps it near 1,000 messages a second, so CPU per message is what can be compared. */
function postalCases() {
  const postal = (mode) => client('postal', mode, 100, KiB)
  return [
    sending(
      'postal/per-message/s100/1KiB/c-sink',
      ['postal'],
      ours('per-message', 100, KiB),
      postal('per-message'),
      'c-sink',
    ),
    sending(
      'postal/lock-step/s100/1KiB/c-sink',
      ['postal'],
      ours('lock-step', 100, KiB),
      postal('lock-step'),
      'c-sink',
    ),
  ]
}

/** Every case, in the order they run. */
export const cases = [
  sourceCases(),
  sessionCases(),
  recordingCases(),
  sinkCases(),
  floorCases(),
  workerCases(),
  tlsCases(),
  postalCases(),
  nativeCases(),
  nativeSinkCases(),
]
  .flat()
  .map((entry) => {
    const target = TARGETS[entry.name]
    return target ? { ...entry, suites: [...entry.suites, 'headline'], target } : entry
  })

for (const name of Object.keys(TARGETS)) {
  if (!cases.some((entry) => entry.name === name)) throw new Error(`no case is named ${name}`)
}

export const suites = [...new Set(cases.flatMap((entry) => entry.suites))]
