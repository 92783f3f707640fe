/** Pools of addresses: numbered ones by a pattern, or those of a file. */
import { isUtf8 } from 'node:buffer'
import { UsageError } from '../base/errors.js'
import { shared } from '../message/corpus.js'
import type { Pool, PoolOrder } from '../plan/mail-plan.js'
import type { Given } from './given.js'
import type { Machine } from './machine.js'
import { readOctets } from './read-file.js'

/** Draws are 32 bits; more addresses than this are not told apart. */
export const POOL_MAX = 1e9

/** The options of one pool. */
export interface PoolOptions {
  /** Long names: how many numbered ones, the file, and the pattern. */
  readonly pool: 'from-pool' | 'rcpt-pool'
  readonly file: 'from-file' | 'rcpt-file'
  readonly pattern: 'from' | 'to'
}

/** The pool that was asked for; null: none. `address` is the pattern. Throws UsageError. */
export function poolOf(given: Given, options: PoolOptions, address: string, machine: Machine): Pool | null {
  const count = given.count(options.pool)
  const fileName = given.text(options.file)
  const order = given.choice<PoolOrder>('pool-order') ?? 'random'
  if (count !== null && fileName !== null) {
    throw new UsageError(
      `${given.label(options.pool)} and ${given.label(options.file)} exclude each other; give one of them.`,
    )
  }
  if (count !== null) {
    if (count > POOL_MAX) throw new UsageError(`${given.label(options.pool)}: ${count} is too large; give at most 1G.`)
    return { kind: 'numbers', count, ...pattern(address, given.label(options.pattern)), order }
  }
  if (fileName === null) return null
  if (given.has(options.pattern)) {
    throw new UsageError(
      `${given.label(options.pattern)} and ${given.label(options.file)} exclude each other; the file has the addresses.`,
    )
  }
  return { kind: 'file', fileName, ...addressList(fileName, given.label(options.file), machine), order }
}

/** What stands around the number: `%d` or `%05d` says where it goes, else it is put behind the local part; `%%` is a percent sign. */
export function pattern(
  address: string,
  label: string,
): { readonly before: string; readonly after: string; readonly digits: number } {
  const pieces = address.split(/(%%|%(?:0[1-9])?d|%)/)
  const texts = ['', '']
  let side = 0
  let digits = 1
  for (const piece of pieces) {
    if (piece === '%' || (side === 1 && /^%0?\d?d$/.test(piece))) {
      throw new UsageError(
        `${label}: '${address}' is no pattern; give one %d (or %05d) for the number, and %% for a percent sign.`,
      )
    }
    if (/^%0?\d?d$/.test(piece)) {
      side = 1
      digits = Number(/\d/.exec(piece.slice(2))?.[0] ?? 1)
    } else texts[side] += piece === '%%' ? '%' : piece
  }
  const [before, after] = texts as [string, string]
  if (side === 1) return { before, after, digits }
  const at = before.lastIndexOf('@')
  return at < 0 ? { before, after: '', digits } : { before: before.slice(0, at), after: before.slice(at), digits }
}

/** One address a line; empty lines are left out. */
function addressList(fileName: string, label: string, machine: Machine): { octets: Uint8Array; starts: Uint32Array } {
  const octets = readOctets(fileName, label, machine)
  if (!isUtf8(octets)) throw new UsageError(`${label}: '${fileName}' is not UTF-8; give one address a line.`)
  const addresses = new TextDecoder()
    .decode(octets)
    .split('\n')
    .map((line) => line.trim())
    .filter((line) => line !== '')
  if (addresses.length === 0) throw new UsageError(`${label}: '${fileName}' holds no address; give one a line.`)
  const bad = addresses.find((address) => /[\0-\x1f\x7f]/.test(address))
  if (bad !== undefined)
    throw new UsageError(
      `${label}: '${fileName}' has a control character in ${JSON.stringify(bad)}; give one address a line.`,
    )
  const text = Buffer.from(addresses.map((address) => `${address}\n`).join(''), 'utf8')
  const list = shared(text.length)
  list.set(text)
  const starts = new Uint32Array(new SharedArrayBuffer((addresses.length + 1) * 4))
  let at = 0
  addresses.forEach((address, i) => {
    at += Buffer.byteLength(address) + 1
    starts[i + 1] = at
  })
  return { octets: list, starts }
}
