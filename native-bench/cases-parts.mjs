// What the tables of cases are written in: the senders with their guessed speeds, and the two forms of a case.

export const KiB = 1024
export const SIZES = [KiB, 10 * KiB, 100 * KiB, 1024 * KiB]
export const SESSIONS = [1, 10, 100, 1000]
export const RECEIVERS = ['smtp-sink', 'stampede-sink', 'c-sink']

export const nameOfSize = (size) => (size >= 1024 * KiB ? `${size / 1024 / KiB}MiB` : `${size / KiB}KiB`)

/** Guessed messages a second of a conversation: its cost at 1 KiB and what each further octet adds. */
function guess(mode, size) {
  const us = {
    'lock-step': 35,
    pipelined: 20,
    glued: 12,
    bdat: 2,
    'per-message': 150,
    'per-message-pipelined': 120,
    handshake: 1000,
  }[mode]
  return 1e6 / (us + size * 0.002)
}

export function client(tool, mode, sessions, size, more = {}) {
  return { tool, mode, sessions, size, guess: guess(mode, size), ...more }
}

export const ours = (mode, sessions, size, more) => client('stampede', mode, sessions, size, more)
export const floor = (mode, sessions, size, more) => client('floor', mode, sessions, size, more)
/** smtp-source has two conversations: lock-step on kept connections (-d), and a connection per message. */
export const native = (mode, sessions, size) =>
  client('smtp-source', mode.startsWith('per-message') ? 'per-message' : 'lock-step', sessions, size)

/** A sends and B sends, to one receiver. */
export function sending(name, suites, a, b, receiver, more = {}) {
  return { name, suites, measure: 'client', a: { client: a, receiver }, b: { client: b, receiver }, ...more }
}

/** One sender, to A and to B: the receiver is what is measured. */
export function receiving(name, suites, sender, left, right, more = {}) {
  return {
    name,
    suites,
    measure: 'receiver',
    a: { client: sender, receiver: left },
    b: { client: sender, receiver: right },
    ...more,
  }
}
