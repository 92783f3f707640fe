/**
 * Chance without a state: what is drawn for a message depends on the run's seed, the session's number, the message's number in the session and
 * what it is drawn for, and on nothing else. So one seed gives one traffic however many workers there are and however
 * fast the server answers, and nothing need be kept until the message is rendered.
 */

/** What is drawn for a message. */
export const Purpose = { variant: 1, recipients: 2, sender: 3, start: 4, stride: 5 } as const
export type Purpose = (typeof Purpose)[keyof typeof Purpose]

/** 32 bits, evenly spread, as a signed number: fractions and unsigned ones would each be a new number on the heap. `seed` is 32 bits. */
export function drawn(seed: number, session: number, serial: number, purpose: Purpose): number {
  return stirred(stirred(stirred(seed, session), serial), purpose)
}

/** Mixes one more number into a hash; every bit of the result depends on every bit of both. */
function stirred(hash: number, value: number): number {
  let mixed = Math.imul(hash ^ Math.imul(value + 0x7f4a7c15, 0x9e3779b1), 0x85ebca6b)
  mixed = Math.imul(mixed ^ (mixed >>> 15), 0xc2b2ae35)
  mixed = Math.imul(mixed ^ (mixed >>> 13), 0x27d4eb2f)
  return mixed ^ (mixed >>> 16)
}

/** A whole number in 0..count-1 from 32 bits. */
export function pick(bits: number, count: number): number {
  return Math.floor(((bits >>> 0) / 2 ** 32) * count)
}
