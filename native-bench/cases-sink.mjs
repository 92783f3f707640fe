// The cases in which a receiver is measured: the same sender, in one sitting, sends to ours and to smtp-sink, or to ours on one worker and on two.
import { floor, KiB, nameOfSize, native, receiving } from './cases-parts.mjs'

const MiB = 1024 * KiB
const SESSIONS = [10, 100, 1000]
const SIZES = [KiB, 100 * KiB]
const VERSUS = 'sink-versus-postfix'
const BDAT = { depth: 16 }

/** What the rows of the table of targets must reach. */
export const SINK_TARGETS = {
  'sink/lock-step/s100/1KiB': [{ figure: 'receiverCpuRatio', atMost: 1.0 }],
  'sink/pipelined/s100/1KiB': [{ figure: 'receiverCpuRatio', atMost: 0.8 }],
  'sink/pipelined/s100/100KiB': [{ figure: 'receiverCpuRatio', atMost: 0.1 }],
  'sink/pipelined/s100/1MiB': [{ figure: 'receiverCpuRatio', atMost: 0.1 }],
  'sink/bdat16/s100/1KiB/vs-c-sink': [{ figure: 'perSecond', atLeast: 1_000_000 }],
  // Beats it where the sender leaves the two a core; the row says what the sender took.
  'sink/2-vs-1/ledger/s20/100KiB': [{ figure: 'throughputRatio', atLeast: 1 }],
}

/** Ours against smtp-sink under the bare C client and under smtp-source. */
export function sinkCases() {
  const list = []
  const versus = (label, sender, more = []) => {
    const name = `sink/${label}/s${sender.sessions}/${nameOfSize(sender.size)}`
    list.push(receiving(name, [VERSUS, ...more], sender, 'stampede-sink', 'smtp-sink'))
  }
  for (const mode of ['lock-step', 'pipelined', 'per-message']) {
    for (const size of SIZES) {
      for (const sessions of SESSIONS) {
        const early = mode === 'pipelined' && sessions === 100 ? ['sink'] : []
        versus(mode, floor(mode, sessions, size), early)
      }
    }
  }
  versus('pipelined', floor('pipelined', 100, MiB), ['sink'])
  for (const size of [...SIZES, MiB]) versus('glued', floor('glued', 100, size), ['sink'])
  versus('per-message-pipelined', floor('per-message-pipelined', 100, KiB))
  for (const mode of ['lock-step', 'per-message']) {
    for (const size of SIZES) {
      for (const sessions of SESSIONS) versus(`smtp-source-${mode}`, native(mode, sessions, size))
    }
  }
  return [...list, ...chunkCases(), ...workerCases()]
}

/** smtp-sink does not know CHUNKING: ours is seen beside bare C. */
function chunkCases() {
  return SESSIONS.map((sessions) =>
    receiving(
      `sink/bdat16/s${sessions}/1KiB/vs-c-sink`,
      [VERSUS],
      floor('bdat', sessions, KiB, BDAT),
      'stampede-sink',
      'c-sink',
    ),
  )
}

/** Ours on two workers (A) and on one (B). */
function workerCases() {
  const senders = [
    ['lock-step', floor('lock-step', 100, KiB)],
    ['pipelined', floor('pipelined', 100, KiB)],
    ['per-message', floor('per-message', 100, KiB)],
    ['bdat16', floor('bdat', 100, KiB, BDAT)],
    ['pipelined', floor('pipelined', 100, 100 * KiB)],
    ['smtp-source-lock-step', native('lock-step', 100, KiB)],
  ]
  const list = senders.map(([label, sender]) =>
    receiving(
      `sink/2-vs-1/${label}/s100/${nameOfSize(sender.size)}`,
      [VERSUS],
      sender,
      'stampede-sink-2',
      'stampede-sink',
    ),
  )
  // With two cores a sender takes one of those that two workers want; here it needs little of it.
  const large = floor('glued', 20, 100 * KiB)
  const name = 'sink/2-vs-1/ledger/s20/100KiB'
  return [...list, receiving(name, [VERSUS], large, 'stampede-sink-ledger-2', 'stampede-sink-ledger')]
}

/** What bare C makes of the receiver's side: the room there is. Needs nothing of ours. */
export function nativeSinkCases() {
  return [KiB, 100 * KiB, MiB].map((size) =>
    receiving(
      `native-sink/pipelined/s100/${nameOfSize(size)}`,
      ['native'],
      floor('pipelined', 100, size),
      'c-sink',
      'smtp-sink',
    ),
  )
}
