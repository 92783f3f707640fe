/**
 * Follows some of a worker's connections: draws them by the seed, decides which of their messages are kept, and hands what was written down
 * to the main thread about once a second. Sessions that are not followed pay a look at a field that is null.
 */
import { seedOf } from '../base/rng.js'
import type { TraceBatch } from '../measure/protocol.js'
import { Outcome } from '../measure/series.js'
import { EVENT, HEAD, Head, MessageHead, SessionFlag, SessionHead, Why } from '../measure/trace-blocks.js'
import { TraceLog } from '../measure/trace-log.js'
import type { TracePlan } from '../plan/trace-plan.js'
import type { Client } from '../smtp/client.js'
import type { Session } from '../smtp/session.js'
import type { SessionTrace } from '../smtp/trace-hook.js'
import { Followed, type Follower, MESSAGE_EVENTS } from './followed.js'

/** How often what was written is handed over, in milliseconds; earlier where the log is half full. */
const DRAIN_MS = 1000
/** Connections followed at once by one worker, at most: about 4 KiB each. */
export const FOLLOWED_MAX = 4096
/** Numbers that the log holds: 128 KiB at least, 8 MiB at most. */
const LOG_LEAST = 16 * 1024
const LOG_MOST = 1024 * 1024

/** What a tracer is made of. */
export interface TracerParts extends TracePlan {
  readonly seed: string
  /** Sessions of this worker. */
  readonly sessions: number
  readonly workers: number
  readonly worker: number
  readonly client: Client
  readonly peer: TraceBatch['peer']
  readonly send: (batch: TraceBatch) => void
}

export class Tracer implements Follower {
  readonly client: Client
  readonly log: TraceLog
  /** Connections that were drawn while too many were followed. */
  private unfollowed = 0
  private readonly parts: TracerParts
  private readonly base: number
  /** Connections of each session so far. */
  private readonly connections: Uint32Array
  private readonly idle: Followed[] = []
  private following = 0
  private readonly turns: Budget
  private readonly failures: Budget
  /** The slowest message of this second that was not kept; no length: there is none. */
  private readonly slowest = new Float64Array(HEAD + MESSAGE_EVENTS * EVENT)
  private slowestMs = 0
  private slowestOf: Followed | null = null
  private drainedAt = 0
  private toldLost = 0

  constructor(parts: TracerParts) {
    const { workers, perSecond } = parts
    const own = perSecond / workers
    this.parts = parts
    this.client = parts.client
    this.base = seedOf(parts.seed, 0x7ace)
    this.connections = new Uint32Array(parts.sessions)
    this.turns = new Budget(own)
    this.failures = new Budget(own)
    // Messages, as many failures, and the connections of both, for two seconds.
    const wanted = own * 2 * 4 * (HEAD + EVENT * 8)
    this.log = new TraceLog(Math.min(LOG_MOST, Math.max(LOG_LEAST, Math.ceil(wanted))))
  }

  /** A session connects: who writes it down; null: it was not drawn. */
  follow(session: Session, now: number): SessionTrace | null {
    const number = this.connections[session.index]!++
    if (!this.drawn(session.number, number)) return null
    if (this.following === FOLLOWED_MAX) {
      this.unfollowed++
      return null
    }
    this.following++
    const followed = this.idle.pop() ?? new Followed(this)
    followed.begin(session, number, now)
    return followed
  }

  /** Whether a session's connection of this number is followed: by the seed and the share alone, whatever else happens. */
  drawn(session: number, connection: number): boolean {
    let mixed = this.base ^ Math.imul(session + 1, 0x9e3779b1) ^ Math.imul(connection + 1, 0x85ebca6b)
    mixed = Math.imul(mixed ^ (mixed >>> 16), 0x7feb352d)
    mixed = Math.imul(mixed ^ (mixed >>> 15), 0x846ca68b)
    return ((mixed ^ (mixed >>> 16)) >>> 0) / 2 ** 32 < this.parts.share
  }

  /** A message has its outcome: it is kept when its turn has come, when it failed, or when it is the slowest of its second. */
  offer(followed: Followed, outcome: Outcome, now: number): void {
    const { message } = followed
    if (outcome !== Outcome.accepted && this.failures.spend(now)) this.keep(followed, Why.failure)
    else if (this.turns.spend(now)) this.keep(followed, Why.turn)
    else {
      const ms = now - message[Head.began]!
      if (ms <= this.slowestMs) return
      this.slowestMs = ms
      message[MessageHead.why] = Why.slowest
      const length = message[Head.length]!
      for (let i = 0; i < length; i++) this.slowest[i] = message[i]!
      this.slowestOf = followed
    }
  }

  private keep({ message, connection }: Followed, why: Why): void {
    message[MessageHead.why] = why
    if (this.log.append(message)) connection[SessionHead.kept]!++
  }

  /** A connection is over: it is kept with its messages, and where it failed by itself. */
  left(followed: Followed, now: number): void {
    const { connection } = followed
    this.following--
    this.idle.push(followed)
    const failed = connection[Head.error]! >= 0
    const connected = (connection[SessionHead.flags]! & SessionFlag.connected) !== 0
    if (!connected && !failed) return
    const bare = connection[SessionHead.messages] === 0
    if (
      connection[SessionHead.kept]! > 0 ||
      this.holdsSlowestOf(connection) ||
      (failed && this.failures.spend(now)) ||
      (bare && this.turns.spend(now))
    ) {
      this.log.append(connection)
    }
  }

  private holdsSlowestOf(connection: Float64Array): boolean {
    const { slowest } = this
    return (
      slowest[Head.length] !== 0 &&
      slowest[Head.session] === connection[Head.session] &&
      slowest[Head.connection] === connection[Head.connection]
    )
  }

  /** Called every few dozen milliseconds. */
  look(now: number): void {
    if (now - this.drainedAt >= DRAIN_MS || this.log.halfFull) this.drain(now)
  }

  /** Hands over what there is. */
  drain(now: number): void {
    this.drainedAt = now
    if (this.slowest[Head.length] !== 0) {
      const kept = this.log.append(this.slowest)
      const { connection } = this.slowestOf!
      // Of a connection that is over already the block has been kept for its sake.
      if (kept && this.holdsSlowestOf(connection)) connection[SessionHead.kept]!++
      this.slowest[Head.length] = 0
      this.slowestMs = 0
    }
    const lost = this.log.lost + this.unfollowed
    const records = this.log.take()
    if (records === null && lost === this.toldLost) return
    this.toldLost = lost
    const { worker, peer, send } = this.parts
    send({ kind: 'traces', worker, records: records ?? new Float64Array(0), lost, peer })
  }
}

/** So many a second, and as many at once; less than one a second adds up. */
class Budget {
  private readonly perMs: number
  private readonly most: number
  /** What there is, and since when. */
  private readonly state: Float64Array

  constructor(perSecond: number) {
    this.perMs = perSecond / 1000
    this.most = perSecond > 0 ? Math.max(1, perSecond) : 0
    this.state = Float64Array.of(this.most, 0)
  }

  spend(now: number): boolean {
    const { state } = this
    const left = Math.min(this.most, state[0]! + (now - state[1]!) * this.perMs)
    state[1] = now
    state[0] = left < 1 ? left : left - 1
    return left >= 1
  }
}
