/** One type of mail made ready for drawing and rendering: who sends it, who gets it, and which contents it may have. */
import type { MailPlan, Pool } from '../plan/mail-plan.js'
import { Addresses } from './addresses.js'
import { type Content, contentsOf, type HeadWords } from './contents.js'
import { drawn, Purpose, pick } from './drawn.js'

/** Where the number in an address comes from. */
const Numbering = { none: 0, counter: 1, countdown: 2, pool: 3 } as const

/** Steps through a pool; those that do not divide its size meet every address once before they meet one again. */
const STRIDES = [1, 7, 11, 13, 17, 19, 23, 29, 31, 37, 41, 43, 47, 53, 59, 61] as const

/** What a draw needs to know of the run besides the message's own numbers. */
export interface DrawFrame {
  /** 32 bits. */
  readonly seed: number
  /** Sessions of the whole run. */
  readonly sessions: number
  readonly workers: number
  readonly worker: number
}

export class MailType {
  readonly from: Addresses
  readonly to: Addresses
  readonly recipients: number
  readonly recipientsMost: number
  readonly contents: readonly Content[]
  readonly declareSize: boolean
  /** The generated header names sender and last recipient; before Postfix 3.9 the recipient without its number. */
  readonly named: boolean
  private readonly bareInHeader: boolean
  private readonly frame: DrawFrame
  private readonly numbering: number
  private readonly fromSize: number
  private readonly fromInTurn: boolean
  private readonly fromBase: number
  private readonly toSize: number
  private readonly toInTurn: boolean
  private readonly toBase: number
  private readonly strides: readonly number[]
  /** Addresses of a pool that the workers before this one begin with. */
  private readonly toOffset: number

  constructor(mail: MailPlan, frame: DrawFrame, words: HeadWords) {
    this.frame = frame
    this.recipients = mail.recipients
    this.recipientsMost = mail.recipientsMost
    this.declareSize = mail.declareSize
    this.named = mail.headers
    this.bareInHeader = mail.toPool === null && mail.numbering === 'classic'
    this.from = mail.fromPool === null ? new Addresses(mail.from, '', 1) : ofPool(mail.fromPool)
    this.fromSize = mail.fromPool === null ? 0 : sizeOf(mail.fromPool)
    this.fromBase = mail.fromPool?.kind === 'numbers' ? 1 : 0
    this.fromInTurn = mail.fromPool?.order === 'turn'
    const { toPool } = mail
    this.to = toPool === null ? numberedRecipient(mail) : ofPool(toPool)
    this.toSize = toPool === null ? 0 : sizeOf(toPool)
    this.toBase = toPool?.kind === 'numbers' ? 1 : 0
    this.toInTurn = toPool?.order === 'turn'
    if (toPool !== null) this.numbering = Numbering.pool
    else if (mail.numbered) this.numbering = Numbering.counter
    else this.numbering = mail.numbering === 'classic' ? Numbering.countdown : Numbering.none
    this.strides = STRIDES.filter((stride) => stride === 1 || this.toSize % stride !== 0)
    this.toOffset = Math.floor((frame.worker * this.toSize) / frame.workers)
    this.contents = contentsOf(mail, words)
  }

  /** Recipients of a message. */
  countFor(session: number, serial: number): number {
    const range = this.recipientsMost - this.recipients + 1
    if (range === 1) return this.recipients
    return this.recipients + pick(drawn(this.frame.seed, session, serial, Purpose.recipients), range)
  }

  /** Number of the sender of a message, for `from`. */
  sender(session: number, serial: number): number {
    if (this.fromSize === 0) return -1
    const place = this.fromInTurn
      ? (serial * this.frame.sessions + session) % this.fromSize
      : pick(drawn(this.frame.seed, session, serial, Purpose.sender), this.fromSize)
    return this.fromBase + place
  }

  /** Where in the pool a message's recipients begin. `first` is the worker's number for its first recipient. */
  start(session: number, serial: number, first: number): number {
    if (this.toSize === 0) return 0
    if (!this.toInTurn) return pick(drawn(this.frame.seed, session, serial, Purpose.start), this.toSize)
    // Numbers of several workers interleave; each worker goes through the whole pool from a place of its own.
    return (Math.floor(first / this.frame.workers) + this.toOffset) % this.toSize
  }

  /** The distance in the pool from one recipient of a message to the next; no address comes twice in one message. */
  stride(session: number, serial: number): number {
    if (this.toSize === 0 || this.toInTurn || this.recipientsMost === 1) return 1
    return this.strides[pick(drawn(this.frame.seed, session, serial, Purpose.stride), this.strides.length)]!
  }

  /** Number of recipient `i` of `count`, for `to`. */
  recipient(i: number, count: number, first: number, start: number, stride: number): number {
    switch (this.numbering) {
      case Numbering.pool:
        return this.toBase + ((start + i * stride) % this.toSize)
      case Numbering.counter:
        return first + i * this.frame.workers
      case Numbering.countdown:
        return i < count - 1 ? count - i : -1
      default:
        return -1
    }
  }

  /** Number of the recipient in the `To:` header. */
  inHeader(count: number, first: number, start: number, stride: number): number {
    return this.bareInHeader ? -1 : this.recipient(count - 1, count, first, start, stride)
  }
}

function sizeOf(pool: Pool): number {
  return pool.kind === 'numbers' ? pool.count : pool.starts.length - 1
}

function ofPool(pool: Pool): Addresses {
  return pool.kind === 'numbers' ? new Addresses(pool.before, pool.after, pool.digits) : new Addresses('', '', 1, pool)
}

/** As `recipientParts` numbers them. */
function numberedRecipient({ to, numbering }: MailPlan): Addresses {
  if (numbering === 'classic') return new Addresses('', to, 1)
  const at = to.lastIndexOf('@')
  return at < 0 ? new Addresses(to, '', 1) : new Addresses(to.slice(0, at), to.slice(at), 1)
}
