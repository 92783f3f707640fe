/**
 * Whole transactions at one look. Who pipelines with CHUNKING sends MAIL, RCPT and BDAT LAST with its octets back to back, sixteen and more in a
 * read. Command by command that costs a receiver four times as much: each is found, dispatched, answered and counted on its own. Here those
 * that lie in the read from beginning to end, and that nobody but the counters looks at, are recognised, answered in one copy and counted
 * together. The first that is any different is left to the ordinary way, which comes to the same for all of them.
 */
import { SinkCounter } from '../measure/series.js'
import { Verb } from './command-parser.js'
import { type Output, UNLIMITED } from './server-output.js'
import { joinedText, Reply, type ReplyText } from './server-replies.js'
import { ServerSecurity } from './server-security.js'
import { type ServerSession, Transaction } from './server-session.js'
import type { ServerOptions } from './server-voice.js'
import { TransactionGlance } from './transaction-glance.js'

/** The commands of such a transaction, and their answers. */
const VERBS = [Verb.mail, Verb.rcpt, Verb.bdat] as const
const ANSWERS = [Reply.mailOk, Reply.rcptOk, Reply.messageOk] as const

export abstract class ServerTransactions extends ServerSecurity {
  glance = new TransactionGlance()
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
    const { glance, answers, recorder, maxSize } = this
    const room = out.size - answers.words.length * 4
    let next = at
    let times = 0
    while (out.length <= room) {
      const content = glance.find(buffer, next, end)
      const octets = glance.octets
      if (content < 0 || octets > maxSize) break
      this.copy(answers, out)
      if (recorder !== null) recorder.message(octets)
      next = content + octets
      times++
    }
    if (times > 0) this.countRun(session, times)
    return next
  }

  countRun(session: ServerSession, times: number): void {
    const { counters, replies } = this
    session.faults = 0
    counters[SinkCounter.commands]! += times * VERBS.length
    counters[SinkCounter.messages]! += times
    counters[SinkCounter.recipients]! += times
    for (let i = 0; i < VERBS.length; i++) this.count(VERBS[i]!, replies[ANSWERS[i]!]!, times)
  }
}
