/**
 * The kernel's tables of sockets: /proc/net/tcp, tcp6 and unix. Those of TCP may hold tens of thousands of rows, so they are read as octets and
 * only rows that are asked for become objects.
 */
import { TCP_STATES, type TcpState } from '../measure/watched.js'
import { type Address, formatAddress } from '../plan/address.js'

/** Somebody who listens. */
export interface Listener {
  /** In canonical form; `0.0.0.0` and `::` are all addresses. */
  readonly address: string
  readonly port: number
  readonly inode: number
  /** Connections that wait to be accepted. */
  readonly waiting: number
}

/** What a table says: all listeners, and the sockets on some ports by state. */
export interface TcpTally {
  readonly listeners: readonly Listener[]
  readonly sockets: Readonly<Partial<Record<TcpState, number>>>
}

const LINE_FEED = 0x0a
const COLON = 0x3a
const SPACE = 0x20
const LISTEN = 10
/** A half-open connection as newer kernels number it. */
const NEW_SYN_RECV = 12

/** Reads tables (tcp, tcp6); the own end of connections counts, not the other. */
export function tallyTcp(tables: readonly Buffer[], ports: ReadonlySet<number>): TcpTally {
  const listeners: Listener[] = []
  const counts = new Map<TcpState, number>()
  for (const table of tables) {
    // The first line names the columns.
    for (let at = nextLine(table, 0); at < table.length; at = nextLine(table, at)) {
      const row = rowAt(table, at)
      if (row === null) continue
      if (row.state === LISTEN) {
        const listener = listenerAt(table, at, row)
        if (listener !== null) listeners.push(listener)
      }
      if (!ports.has(row.port)) continue
      const state = TCP_STATES[(row.state === NEW_SYN_RECV ? 3 : row.state) - 1]
      if (state !== undefined) counts.set(state, (counts.get(state) ?? 0) + 1)
    }
  }
  return { listeners, sockets: Object.fromEntries(counts) }
}

interface Row {
  /** Where the local address begins, and its colon. */
  readonly address: number
  readonly colon: number
  readonly port: number
  readonly state: number
}

function nextLine(table: Buffer, at: number): number {
  const end = table.indexOf(LINE_FEED, at)
  return end < 0 ? table.length : end + 1
}

/** `  sl: ADDRESS:PORT ADDRESS:PORT ST …`, in hexadecimal. */
function rowAt(table: Buffer, at: number): Row | null {
  let i = at
  while (i < table.length && table[i] !== COLON && table[i] !== LINE_FEED) i++
  if (table[i] !== COLON || table[i + 1] !== SPACE) return null
  const address = i + 2
  let colon = address
  while (hex(table[colon]) >= 0) colon++
  const port = hexOf(table, colon + 1, 4)
  // Both addresses have the same length.
  const state = hexOf(table, colon + 5 + 1 + (colon - address) + 1 + 4 + 1, 2)
  return table[colon] === COLON && port >= 0 && state >= 0 ? { address, colon, port, state } : null
}

function listenerAt(table: Buffer, at: number, { address, colon, port }: Row): Listener | null {
  const fields = table.toString('latin1', colon, nextLine(table, at)).trim().split(/ +/)
  const text = addressOf(table.toString('latin1', address, colon))
  const waiting = Number.parseInt(fields[3]?.split(':')[1] ?? '', 16)
  const inode = Number(fields[8])
  return text !== null && waiting >= 0 && inode >= 0 ? { address: text, port, inode, waiting } : null
}

/** An address as the tables write it: words of 32 bits in the machine's order, which is the small end first wherever Node runs on Linux but for s390x. */
export function addressOf(text: string): string | null {
  if (text.length !== 8 && text.length !== 32) return null
  let value = 0n
  for (let i = 0; i < text.length; i += 8) {
    const word = text.slice(i, i + 8)
    if (!/^[0-9a-f]{8}$/i.test(word)) return null
    const octets = word.match(/../g)!.reverse().join('')
    value = (value << 32n) | BigInt(`0x${octets}`)
  }
  const mapped = text.length === 32 && value >> 32n === 0xffffn
  const address: Address =
    text.length === 8 || mapped ? { family: 4, value: value & 0xffffffffn } : { family: 6, value }
  return formatAddress(address)
}

function hexOf(table: Buffer, at: number, digits: number): number {
  let value = 0
  for (let i = at; i < at + digits; i++) {
    const digit = hex(table[i])
    if (digit < 0) return -1
    value = value * 16 + digit
  }
  return value
}

function hex(octet: number | undefined): number {
  if (octet === undefined) return -1
  if (octet >= 0x30 && octet <= 0x39) return octet - 0x30
  const letter = octet | 0x20
  return letter >= 0x61 && letter <= 0x66 ? letter - 0x57 : -1
}

/** Accepts connections (`__SO_ACCEPTCON`), in the column of flags. */
const ACCEPTS = 0x10000

/** The numbers of the sockets that listen on a path, of /proc/net/unix. A server in a chroot has a name that its own root or directory is left out of. */
export function unixListeners(text: string, path: string): number[] {
  const found: number[] = []
  for (const line of text.split('\n')) {
    const [, flags, inode, name] = /^\S+ \S+ \S+ (\S+) \S+ \S+ +(\d+) (.+)$/.exec(line) ?? []
    if (name === undefined || (Number.parseInt(flags!, 16) & ACCEPTS) === 0) continue
    const same = name === path || (!name.startsWith('@') && path.endsWith(name.startsWith('/') ? name : `/${name}`))
    if (same) found.push(Number(inode))
  }
  return found
}

/** Length limits of accept queues, of `ss -ltnH`: by port, of all who listen on it together. */
export function parseSsLimits(text: string): Map<number, number> {
  const limits = new Map<number, number>()
  for (const line of text.split('\n')) {
    const [, limit, port] = /^LISTEN\s+\d+\s+(\d+)\s+\S*:(\d+)\s/.exec(line) ?? []
    if (port !== undefined) limits.set(Number(port), (limits.get(Number(port)) ?? 0) + Number(limit))
  }
  return limits
}
