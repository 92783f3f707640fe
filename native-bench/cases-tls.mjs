// What TLS costs our source: a message on kept connections, plain and encrypted; a handshake, full and resumed, of both versions, by key-exchange group.
import { KiB, ours, sending } from './cases-parts.mjs'

const RECEIVER = 'stampede-sink-tls'
const SUITE = ['tls']
const STARTTLS = ['--tls', 'starttls', '--insecure']

/** What the rows must reach. */
export const TLS_TARGETS = {
  'tls/glued/1.3-vs-plain/s100/1KiB': [{ figure: 'cpuRatio', atMost: 2 }],
  'tls/glued/1.2-vs-plain/s100/1KiB': [{ figure: 'cpuRatio', atMost: 2 }],
}

const version = (number) => ['--tls-min', number, '--tls-max', number]

/** Whole messages on 100 kept connections. */
function message(name, mode, left, right, more = {}) {
  return sending(
    `tls/${name}/s100/1KiB`,
    SUITE,
    ours(mode, 100, KiB, { ...more, extra: left }),
    ours(mode, 100, KiB, { ...more, extra: right }),
    RECEIVER,
  )
}

/** A connection, STARTTLS and nothing more; against EHLO alone what is left is the handshake. */
function handshake(name, left, right) {
  const one = (extra) => ours('handshake', 20, KiB, { extra, handshakes: true })
  return sending(`tls/handshake/${name}`, SUITE, one(left), one(right), RECEIVER)
}

export function tlsCases() {
  const until = ['--until', 'starttls', ...STARTTLS]
  const full = (number, ...more) => [...until, ...version(number), '--tls-resume', '0', ...more]
  const resumed = (number) => [...until, ...version(number), '--tls-resume', '1']
  const plain = ['--until', 'ehlo']
  const list = []
  for (const number of ['1.3', '1.2']) {
    const tls = [...STARTTLS, ...version(number)]
    // Enough of them for the hundred handshakes not to count.
    list.push(message(`glued/${number}-vs-plain`, 'glued', tls, [], { messages: 150_000 }))
    list.push(message(`lock-step/${number}-vs-plain`, 'lock-step', tls, []))
    list.push(message(`bdat16/${number}-vs-plain`, 'bdat', tls, [], { depth: 16 }))
    list.push(handshake(`full-${number}-vs-plain`, full(number), plain))
    list.push(handshake(`resumed-${number}-vs-plain`, resumed(number), plain))
    list.push(handshake(`resumed-vs-full-${number}`, resumed(number), full(number)))
  }
  list.push(handshake('full-1.3-vs-1.2', full('1.3'), full('1.2')))
  // The default is X25519 first, then NIST curves.
  for (const group of ['X25519', 'P-256', 'P-384'])
    list.push(handshake(`${group}-vs-default`, full('1.3', '--tls-groups', group), full('1.3')))
  return list
}
