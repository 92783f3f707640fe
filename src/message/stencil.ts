/**
 * Text with numbers in it, rendered once and patched in place. A stencil is a list of literal octets and fields; laid out in a
 * buffer its fields have fixed places, and filling them in costs a few stores. A number that has outgrown its
 * place makes `fill` return false: the owner lays the text out anew, which happens once per power of ten.
 */

/** A number in the text, 0..2^32-1: which value, in what radix, with at least how many digits. */
export interface Field {
  readonly value: number
  readonly radix: 10 | 16
  readonly digits: number
}

export type Part = string | Field

/** How many octets the parts take with these values. */
export function lengthOf(parts: readonly Part[], values: Float64Array): number {
  let length = 0
  for (const part of parts)
    length += typeof part === 'string' ? Buffer.byteLength(part, 'latin1') : widthOf(part, values)
  return length
}

/** A stencil laid out at a fixed place of a buffer. */
export class Stencil {
  readonly buffer: Buffer
  readonly start: number
  readonly end: number
  readonly #fields: readonly Field[]
  readonly #offsets: Int32Array
  readonly #widths: Int32Array

  constructor(parts: readonly Part[], values: Float64Array, buffer: Buffer, start: number) {
    const fields: Field[] = []
    const offsets: number[] = []
    let at = start
    for (const part of parts) {
      if (typeof part === 'string') {
        at += buffer.write(part, at, 'latin1')
      } else {
        fields.push(part)
        offsets.push(at)
        at += widthOf(part, values)
      }
    }
    this.buffer = buffer
    this.start = start
    this.end = at
    this.#fields = fields
    this.#offsets = Int32Array.from(offsets)
    this.#widths = Int32Array.from(fields, (field) => widthOf(field, values))
    this.fill(values)
  }

  /** Writes the values into their places; false when one of them needs another width. */
  fill(values: Float64Array): boolean {
    const fields = this.#fields
    for (let i = 0; i < fields.length; i++) {
      const field = fields[i]!
      const width = this.#widths[i]!
      const value = values[field.value]!
      let left = value >>> 0 // all are counts below 2^32; integer steps cost a tenth of a division of doubles
      let at = this.#offsets[i]! + width
      for (let n = 0; n < width; n++) {
        if (field.radix === 16) {
          const digit = left & 15
          left >>>= 4
          this.buffer[--at] = digit < 10 ? 48 + digit : 87 + digit
        } else {
          const rest = (left / 10) >>> 0
          this.buffer[--at] = 48 + left - rest * 10
          left = rest
        }
      }
      if (left > 0 || (width > field.digits && value < field.radix ** (width - 1))) return false
    }
    return true
  }
}

function widthOf(field: Field, values: Float64Array): number {
  let width = 1
  for (let left = Math.floor(values[field.value]! / field.radix); left > 0; left = Math.floor(left / field.radix))
    width++
  return Math.max(width, field.digits)
}
