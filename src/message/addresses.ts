/** Addresses written by number into a buffer: one that is always the same, one with a number in it, or those of a list. */
import type { Pool } from '../plan/mail-plan.js'
import { decimalWidth, writeDecimal } from './digits.js'
import { isAscii } from './header-text.js'

/** Most digits of a number: counts are below 2^32. */
const DIGITS_MAX = 10

export class Addresses {
  readonly maxLength: number
  /** Whether some address, and whether every one, is not ASCII and needs SMTPUTF8. */
  readonly someUtf8: boolean
  readonly alwaysUtf8: boolean
  private readonly before: Buffer
  private readonly after: Buffer
  private readonly digits: number
  private readonly list: Uint8Array | null
  private readonly starts: Uint32Array
  /** By address of the list; empty when none of them is. */
  private readonly utf8s: Uint8Array

  /** `before` and `after` stand around the number; for `bare` ones there is none between. */
  constructor(before: string, after: string, digits: number, pool: Extract<Pool, { kind: 'file' }> | null = null) {
    this.before = Buffer.from(before, 'utf8')
    this.after = Buffer.from(after, 'utf8')
    this.digits = digits
    this.list = pool?.octets ?? null
    this.starts = pool?.starts ?? new Uint32Array(1)
    this.utf8s = pool === null ? new Uint8Array(0) : utf8Flags(pool.octets, pool.starts)
    this.someUtf8 = this.utf8s.length > 0 || !isAscii(before + after)
    this.alwaysUtf8 = this.utf8s.length > 0 ? this.utf8s.every((flag) => flag === 1) : this.someUtf8
    let longest = this.before.length + Math.max(digits, DIGITS_MAX) + this.after.length
    for (let i = 0; i < this.starts.length - 1; i++) longest = Math.max(longest, this.lengthOf(i))
    this.maxLength = longest
  }

  /** Octets of address `number`; below zero: without a number. */
  lengthOf(number: number): number {
    if (this.list !== null) return this.starts[number + 1]! - this.starts[number]! - 1
    const fixed = this.before.length + this.after.length
    return number < 0 ? fixed : fixed + decimalWidth(number, this.digits)
  }

  /** Writes address `number` at `at`; where it ends. */
  write(buffer: Buffer, at: number, number: number): number {
    const { list } = this
    if (list !== null) {
      const end = this.starts[number + 1]! - 1
      for (let i = this.starts[number]!; i < end; i++) buffer[at++] = list[i]!
      return at
    }
    buffer.set(this.before, at)
    at += this.before.length
    if (number >= 0) at = writeDecimal(buffer, at, number, this.digits)
    buffer.set(this.after, at)
    return at + this.after.length
  }

  isUtf8(number: number): boolean {
    return this.utf8s.length > 0 ? this.utf8s[number] === 1 : this.someUtf8
  }
}

function utf8Flags(octets: Uint8Array, starts: Uint32Array): Uint8Array {
  const flags = new Uint8Array(starts.length - 1)
  let some = false
  for (let i = 0; i < flags.length; i++) {
    for (let at = starts[i]!; at < starts[i + 1]!; at++) if (octets[at]! > 127) flags[i] = 1
    some ||= flags[i] === 1
  }
  return some ? flags : new Uint8Array(0)
}
