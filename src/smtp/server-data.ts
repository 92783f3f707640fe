/** Content by DATA (RFC 5321 section 4.1.1.4): looked through for its end and forgotten, unless somebody watches. */
import { findDataEnd, START_OF_CONTENT, stateAfter, TERMINATOR_LENGTH } from './data-end.js'
import { ServerChunks } from './server-chunks.js'
import { Ending, Wait } from './server-machine.js'
import { Act, Stage } from './server-model.js'
import type { Output } from './server-output.js'
import { Reply, replyText } from './server-replies.js'
import { Mode, type ServerSession, Transaction } from './server-session.js'
import { TALLY_DOT } from './server-tally.js'
import { end, type ServerOptions } from './server-voice.js'
import { findLenientEnd, findStrictEnd } from './watched-end.js'

const CR = 13
/** As smtp-sink words it. */
const PREMATURE = replyText('550 This violates SMTP\r\n')

export abstract class ServerData extends ServerChunks {
  lenientEod: boolean
  afterData: NonNullable<ServerOptions['afterData']> | null

  constructor(options: ServerOptions) {
    super(options)
    this.lenientEod = options.lenientEod ?? false
    this.afterData = options.afterData ?? null
  }

  data(session: ServerSession, buffer: Buffer, at: number, stop: number): Reply {
    if (session.transaction > Transaction.mail) return Reply.chunksBegun
    if (session.recipients === 0) return Reply.needRcpt
    if (at < stop) return Reply.noArgument
    if (session.binary) return Reply.needChunks
    session.seen = START_OF_CONTENT
    if (this.hooked) return this.hookedData(session, buffer, at, stop)
    session.mode = this.lenientEod ? Mode.watchedData : Mode.data
    if (this.afterData !== null) this.putOff(session, this.afterData)
    return Reply.startMail
  }

  hookedData(session: ServerSession, buffer: Buffer, at: number, stop: number): Reply {
    if (!this.allows(session, Stage.data, buffer, at, stop)) return Reply.judged
    session.mode = Mode.watchedData
    if (this.model !== null && this.verdict.act === Act.cut) {
      session.cutLeft = this.verdict.cutAfter
      if (session.cutLeft === 0) end(session, Ending.reset)
    }
    // An answer of the model's in place of 354 starts the content all the same.
    if (this.afterData !== null && session.mode === Mode.watchedData) this.putOff(session, this.afterData)
    return this.said(Reply.startMail)
  }

  /** Behind the reply that is about to be given, nothing is read for a time. */
  putOff(session: ServerSession, { kind, ms }: NonNullable<ServerOptions['afterData']>): void {
    const text = kind === 'refuse' ? PREMATURE : null
    if (text !== null) end(session, Ending.polite)
    session.held = { text, verb: TALLY_DOT, times: 1, mode: session.mode, wait: Wait.none, waitMs: 0, next: null }
    session.mode = Mode.held
    session.wait = Wait.time
    session.waitMs = Math.max(ms, 1)
  }

  content(session: ServerSession, buffer: Buffer, at: number, stop: number, out: Output): number {
    const next = findDataEnd(buffer, at, stop, session.seen)
    if (next < 0) {
      session.seen = stateAfter(buffer, at, stop, session.seen)
      session.octets += stop - at
      return stop
    }
    session.octets += next - at - TERMINATOR_LENGTH
    session.mode = Mode.line
    this.messageDone(session, TALLY_DOT, out)
    return next
  }

  /** The same for a tap, with an early end that a model has set, or with a lenient one. */
  watchedContent(session: ServerSession, buffer: Buffer, at: number, stop: number, out: Output): number {
    const cut = session.cutLeft
    const limit = cut >= 0 && cut < stop - at ? at + cut : stop
    const next = this.lenientEod
      ? findLenientEnd(session, buffer, at, limit)
      : findStrictEnd(session, buffer, at, limit, limit === stop)
    const to = next < 0 ? limit : next
    session.watch?.content(buffer, at, to, true)
    session.octets += to - at
    if (next < 0) {
      if (cut < 0) return stop
      session.cutLeft = cut - (to - at)
      if (session.cutLeft === 0) end(session, Ending.reset)
      return stop
    }
    // Behind the end, `seen` is the length of the terminator.
    session.octets -= session.seen
    session.mode = buffer[next - 1] === CR ? Mode.lineFeed : Mode.line
    this.messageDone(session, TALLY_DOT, out)
    return next
  }
}
