/** Which conversations of a run are written down step by step (`--otlp`). No part of the traffic: the same plan sends the same octets without it. */
export interface TracePlan {
  /** Share of the connections that are followed, 0..1; which ones follows from the seed. */
  readonly share: number
  /** Messages of followed connections that are kept, at most so many a second, all workers together. */
  readonly perSecond: number
}

/** Sessions that are followed unless a share is given: enough to see every kind of message, few enough to cost next to nothing. */
const FOLLOWED = 16

/** The share of the connections that is followed unless one is given. */
export function usualShare(sessions: number): number {
  return Math.min(1, FOLLOWED / Math.max(1, sessions))
}
