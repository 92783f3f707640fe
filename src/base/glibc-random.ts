/**
 * The numbers of random(3) of the GNU C library for a seed: the additive feedback generator x^31 + x^3 + 1, of which the first 310 are thrown
 * away. For those who are to draw what a C program draws; everything else has `Rng`.
 */

const DEGREE = 31
const SEPARATION = 3
const DISCARDED = 10 * DEGREE

/** Integers in 0..2^31-1. Seed 1 is that of a program that never called srandom. */
export function glibcRandom(seed: number): () => number {
  const state = new Int32Array(DEGREE)
  state[0] = seed === 0 ? 1 : seed
  for (let i = 1; i < DEGREE; i++) {
    // Within 2^53, so exact; a negative remainder is moved up as C's signed arithmetic has it.
    const next = (16807 * state[i - 1]!) % 0x7fff_ffff
    state[i] = next < 0 ? next + 0x7fff_ffff : next
  }
  let front = SEPARATION
  let rear = 0
  const next = (): number => {
    const sum = (state[front]! + state[rear]!) | 0
    state[front] = sum
    front = (front + 1) % DEGREE
    rear = (rear + 1) % DEGREE
    return sum >>> 1
  }
  for (let i = 0; i < DISCARDED; i++) next()
  return next
}
