/** Counts below 2^32 written as digits into a buffer. */

/** Decimal digits of a count, at least `least`. */
export function decimalWidth(value: number, least: number): number {
  let width = 1
  for (let limit = 10; value >= limit; limit *= 10) width++
  return Math.max(width, least)
}

/** Writes a count with at least so many decimal digits; where it ends. */
export function writeDecimal(buffer: Buffer, at: number, value: number, least: number): number {
  const end = at + decimalWidth(value, least)
  let left = value >>> 0
  for (let i = end - 1; i >= at; i--) {
    const rest = (left / 10) >>> 0
    buffer[i] = 48 + left - rest * 10
    left = rest
  }
  return end
}

/** Hexadecimal digits of a count, at least `least`. */
export function hexadecimalWidth(value: number, least: number): number {
  let width = 1
  for (let left = value >>> 4; left > 0; left >>>= 4) width++
  return Math.max(width, least)
}

/** Writes a count with at least so many hexadecimal digits; where it ends. */
export function writeHexadecimal(buffer: Buffer, at: number, value: number, least: number): number {
  const end = at + hexadecimalWidth(value, least)
  let left = value >>> 0
  for (let i = end - 1; i >= at; i--) {
    const digit = left & 15
    buffer[i] = digit < 10 ? 48 + digit : 87 + digit
    left >>>= 4
  }
  return end
}
