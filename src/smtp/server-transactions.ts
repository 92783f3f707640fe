/**
 * Whole transactions at one look. Who pipelines with CHUNKING sends MAIL, RCPT and BDAT LAST with its octets back to back, sixteen and more in a
 * read. Command by command that costs a receiver four times as much: each is found, dispatched, answered and counted on its own. Here those
 * that lie in the read from beginning to end, and that nobody but the counters looks at, are recognised, answered in one copy and counted
 * together. The first that is any different is left to the ordinary way, which comes to the same for all of them.
 */
import { SinkCounter } from '../measure/series.js'
import {
  argumentOf,
  findLineEnd,
  isBarePath,
  isForwardPath,
  isReversePath,
  LINE_LIMIT,
  parseBdat,
  Verb,
  verbOf,
} from './command-parser.js'
import { type Output, UNLIMITED } from './server-output.js'
import { joinedText, Reply, type ReplyText } from './server-replies.js'
import { ServerSecurity } from './server-security.js'
import { type ServerSession, Transaction } from './server-session.js'
import { FROM_LENGTH, TO_LENGTH } from './server-tap.js'
import type { ServerOptions } from './server-voice.js'
import { TransactionMemo } from './transaction-memo.js'

/** The commands of such a transaction, and their answers. */
const VERBS = [Verb.mail, Verb.rcpt, Verb.bdat] as const
const ANSWERS = [Reply.mailOk, Reply.rcptOk, Reply.messageOk] as const

export abstract class ServerTransactions extends ServerSecurity {
  memo = new TransactionMemo()
  /** All answers to one transaction. */
  answers: ReplyText

  constructor(options: ServerOptions) {
    super(options)
    this.answers = joinedText(ANSWERS.map((reply) => this.replies[reply]!))
  }

  /** Whether a look pays: the last message came by BDAT, the next line is at its beginning, and nobody has a say in it. */
  mayRun(session: ServerSession): boolean {
    return (
      session.owed === Reply.messageOk &&
      session.transaction === Transaction.none &&
      session.carried === 0 &&
      !this.hooked &&
      !this.draining &&
      this.messages === UNLIMITED
    )
  }

  /** Takes the whole transactions that `buffer[at..end)` begins with; gives the position behind them. */
  run(session: ServerSession, buffer: Buffer, at: number, end: number, out: Output): number {
    const { memo, answers } = this
    const octets = answers.words.length * 4
    let next = at
    for (;;) {
      const room = ((out.size - out.length) / octets) | 0
      const times = memo.repeats(buffer, next, end, room)
      if (times > 0) {
        for (let i = 0; i < times; i++) this.copy(answers, out)
        this.countRun(times, memo.content)
        session.faults = 0
        next += times * (memo.length + memo.content)
      } else if (room === 0 || !this.recognise(buffer, next, end)) {
        return next
      }
    }
  }

  /** Whether `buffer[at..end)` begins with a transaction that can be taken whole; then it is the one remembered. */
  recognise(buffer: Buffer, at: number, end: number): boolean {
    const mail = findLineEnd(buffer, at, end)
    if (!isBareMail(buffer, at, mail)) return false
    const rcpt = findLineEnd(buffer, mail, end)
    if (!isBareRcpt(buffer, mail, rcpt)) return false
    const bdat = findLineEnd(buffer, rcpt, end)
    const size = lastChunk(buffer, rcpt, bdat)
    return size >= 0 && size <= end - bdat && size <= this.maxSize && this.memo.remember(buffer, at, bdat, size)
  }

  countRun(times: number, octets: number): void {
    const { counters, replies, recorder } = this
    counters[SinkCounter.commands]! += times * VERBS.length
    counters[SinkCounter.messages]! += times
    counters[SinkCounter.recipients]! += times
    for (let i = 0; i < VERBS.length; i++) this.count(VERBS[i]!, replies[ANSWERS[i]!]!, times)
    if (recorder !== null) recorder.message(octets, times)
  }
}

/** `buffer[at..next)` is a line with its end, or `next` is negative: whether it is MAIL with a path and no parameters. */
function isBareMail(buffer: Buffer, at: number, next: number): boolean {
  const stop = next - 2
  if (next < 0 || next - at > LINE_LIMIT || verbOf(buffer, at, stop) !== Verb.mail) return false
  const argument = argumentOf(buffer, at, stop)
  return isReversePath(buffer, argument, stop) && isBarePath(buffer, argument + FROM_LENGTH, stop)
}

/** The same for RCPT. */
function isBareRcpt(buffer: Buffer, at: number, next: number): boolean {
  const stop = next - 2
  if (next < 0 || next - at > LINE_LIMIT || verbOf(buffer, at, stop) !== Verb.rcpt) return false
  const argument = argumentOf(buffer, at, stop)
  return isForwardPath(buffer, argument, stop) && isBarePath(buffer, argument + TO_LENGTH, stop)
}

/** The same for BDAT LAST: its octets, or -1. */
function lastChunk(buffer: Buffer, at: number, next: number): number {
  const stop = next - 2
  if (next < 0 || next - at > LINE_LIMIT || verbOf(buffer, at, stop) !== Verb.bdat) return -1
  const argument = parseBdat(buffer, argumentOf(buffer, at, stop), stop)
  return argument > 0 && argument % 2 === 1 ? (argument - 1) / 2 : -1
}
