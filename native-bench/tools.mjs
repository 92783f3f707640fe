// The opponents and the receivers: how each is asked for the same conversation. Command lines are written as a reader would
// type them in the repository's folder; nothing here starts a process.
import { existsSync } from 'node:fs'
import { delimiter, join } from 'node:path'
import { root } from './build.mjs'
import { environment } from './machine.mjs'

const STAMPEDE = 'dist/bin/stampede.js'

function stampedeSink(workers, more = []) {
  return {
    program: STAMPEDE,
    argv: (port) => [
      'node',
      STAMPEDE,
      'sink',
      `inet:127.0.0.1:${port}`,
      '--json',
      '--workers',
      String(workers),
      ...more,
    ],
    counts: false,
    total: (stdout) => JSON.parse(stdout).messages,
    threads: workers,
    mostSessions: Number.POSITIVE_INFINITY,
  }
}

/**
 * Receivers. `argv(port)`: listens on 127.0.0.1:port. `counts`: prints its totals as JSON on SIGUSR1, so each run can be
 * checked against what arrived. `total(stdout)`: the messages it says it had, once it has ended, where it says so; all runs
 * of the case are checked against that. `threads`: that receive (1). `mostSessions`: more connections than this it would not take.
 */
export const receivers = {
  'smtp-sink': {
    program: 'smtp-sink',
    argv: (port) => [
      'smtp-sink',
      ...(process.getuid() === 0 ? ['-u', 'nobody'] : []),
      '-m',
      '2000',
      `127.0.0.1:${port}`,
      '2000',
    ],
    counts: false,
    mostSessions: 2000,
  },
  'stampede-sink': stampedeSink(1),
  'stampede-sink-2': stampedeSink(2),
  // Hashes every body, so that it and not the sender has the work.
  'stampede-sink-ledger': stampedeSink(1, ['--ledger', '/dev/null']),
  'stampede-sink-ledger-2': stampedeSink(2, ['--ledger', '/dev/null']),
  'stampede-sink-tls': stampedeSink(1, ['--tls', 'starttls']),
  'c-sink': {
    program: 'native-bench/build/sink',
    argv: (port) => ['native-bench/build/sink', String(port)],
    counts: true,
    mostSessions: Number.POSITIVE_INFINITY,
  },
}

/**
 * Senders. A client is { tool, mode, sessions, size, depth?, workers?, extra? }; mode is lock-step, glued, pipelined, bdat,
 * per-message (lock-step), per-message-pipelined, or handshake (what `extra` says). `argv(client, port, messages)`. `accepted(stdout)`: the messages it
 * says were accepted, where it says so.
 */
export const senders = {
  stampede: {
    program: STAMPEDE,
    argv(client, port, messages) {
      const words = ['node', STAMPEDE, 'source', '--json', '--no-progress', '--workers', String(client.workers ?? 1)]
      words.push('-s', String(client.sessions), '-m', String(messages))
      if (!client.handshakes) words.push('-l', String(client.size))
      words.push(...STAMPEDE_MODES[client.mode](client), ...(client.extra ?? []), `inet:127.0.0.1:${port}`)
      return words
    },
    accepted: (stdout) => JSON.parse(stdout).messages.accepted,
  },
  'smtp-source': {
    program: 'smtp-source',
    argv(client, port, messages) {
      const words = ['smtp-source', ...(client.mode === 'lock-step' ? ['-d'] : [])]
      words.push(
        '-s',
        String(client.sessions),
        '-m',
        String(messages),
        '-l',
        String(client.size),
        `inet:127.0.0.1:${port}`,
      )
      return words
    },
    accepted: null,
  },
  floor: {
    program: 'native-bench/build/client',
    argv(client, port, messages) {
      const words = ['native-bench/build/client', '--port', String(port), '--mode', FLOOR_MODES[client.mode]]
      if (client.mode.startsWith('per-message')) words.push('--per-message')
      if (client.mode === 'bdat') words.push('--depth', String(client.depth))
      words.push('--sessions', String(client.sessions), '--messages', String(messages), '--size', String(client.size))
      return words
    },
    accepted: (stdout) => JSON.parse(stdout).messages,
  },
  // postal has no message count, and no more than about 1,000 messages a second in it (a governor inside; -r is already out
  // of reach): it runs for a time and the receiver counts. Its sizes are whole KiB of body plus random headers.
  postal: {
    program: 'postal',
    argv(client, port) {
      const kib = String(Math.round(client.size / 1024))
      const perConnection = client.mode === 'per-message' ? '1' : '1000'
      const words = [
        'postal',
        '-t',
        String(client.sessions),
        '-c',
        perConnection,
        '-m',
        kib,
        '-M',
        kib,
        '-r',
        '100000000',
      ]
      words.push(`[127.0.0.1]${port}`, 'native-bench/postal-users.txt')
      return words
    },
    accepted: null,
    timed: true,
  },
}

const STAMPEDE_MODES = {
  'lock-step': () => ['--pipelining', 'off'],
  glued: () => ['--pipelining', 'require'],
  bdat: (client) => ['--chunking', 'require', '--depth', String(client.depth)],
  'per-message': () => ['--no-reuse', '--pipelining', 'off'],
  'per-message-pipelined': () => ['--no-reuse', '--pipelining', 'require'],
  handshake: () => [],
}

const FLOOR_MODES = {
  'lock-step': 'lock-step',
  pipelined: 'pipelined',
  glued: 'glued',
  bdat: 'bdat',
  'per-message': 'lock-step',
  'per-message-pipelined': 'pipelined',
}

/** Debian's package for what is not ours, to say what to install. */
const PACKAGES = { 'smtp-source': 'postfix', 'smtp-sink': 'postfix', postal: 'postal' }

/** Null when `program` is there; otherwise a sentence saying what is missing and how to get it. */
export function missing(program) {
  if (program.startsWith('native-bench/')) return null // built before anything runs
  if (program.includes('/')) return existsSync(join(root, program)) ? null : `${program} is missing: npm run build`
  const found = environment.PATH.split(delimiter).some((folder) => folder && existsSync(join(folder, program)))
  return found ? null : `${program} is missing: install the package ${PACKAGES[program]}`
}

/** Everything a case needs and this machine lacks. */
export function lacking(entry) {
  const programs = [entry.a, entry.b].flatMap((side) => [
    senders[side.client.tool].program,
    receivers[side.receiver].program,
  ])
  return [...new Set(programs)].map(missing).filter((sentence) => sentence !== null)
}
