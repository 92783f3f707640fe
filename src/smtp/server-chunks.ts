/** Content by BDAT (RFC 3030): octets are counted, and whatever a chunk is answered with, they come first. */
import { parseBdat, Verb } from './command-parser.js'
import { Ending } from './server-machine.js'
import { ServerMessage } from './server-message.js'
import { Act, Stage } from './server-model.js'
import type { Output } from './server-output.js'
import { announces } from './server-presence.js'
import { Reply } from './server-replies.js'
import { Mode, reset, type ServerSession, Transaction, unwatch } from './server-session.js'
import { end, type ServerOptions } from './server-voice.js'

export abstract class ServerChunks extends ServerMessage {
  chunking: boolean

  constructor(options: ServerOptions) {
    super(options)
    this.chunking = announces(options.presence, 'CHUNKING')
  }

  bdat(session: ServerSession, buffer: Buffer, at: number, stop: number, out: Output): void {
    const argument = this.chunking ? parseBdat(buffer, at, stop) : -1
    if (argument < 0) {
      const reply = this.chunking ? Reply.bdatSyntax : this.unknown(session, Reply.notImplemented, buffer, at, stop)
      this.answer(session, Verb.bdat, reply, out)
      return
    }
    const last = argument % 2
    const size = (argument - last) / 2
    session.last = last === 1
    session.left = size
    if (this.hooked) {
      session.mode = Mode.watchedChunk
      if (!this.hookedBdat(session, buffer, at, stop, out)) return
    } else {
      session.mode = Mode.chunk
      session.owed = this.chunkVerdict(session, size)
    }
    // A chunk of no octets is over at once; consume() would wait for an octet to look at.
    if (size === 0) this.chunkDone(session, out)
  }

  /** What a chunk will be answered with. */
  chunkVerdict(session: ServerSession, size: number): Reply {
    switch (session.transaction) {
      case Transaction.none:
        return Reply.needMail
      case Transaction.mail:
        if (session.recipients === 0) return Reply.needRcpt
        session.transaction = Transaction.chunks
        break
      case Transaction.failed:
        return Reply.chunkFailed
    }
    session.octets += size
    if (session.octets > this.maxSize) {
      session.transaction = Transaction.failed
      return Reply.tooLarge
    }
    return session.last ? Reply.messageOk : Reply.chunkOk
  }

  /** The same when a model may think something of the first chunk of a message; false: its octets are not waited for. */
  hookedBdat(session: ServerSession, buffer: Buffer, at: number, stop: number, out: Output): boolean {
    if (this.model === null || session.transaction !== Transaction.mail || session.recipients === 0) {
      session.owed = this.chunkVerdict(session, session.left)
      return true
    }
    const allowed = this.allows(session, Stage.data, buffer, at, stop)
    const { act, delayMs, reply, cutAfter } = this.verdict
    if (act === Act.replyAndClose || act === Act.close || act === Act.reset) {
      this.obey(session, Verb.bdat, out)
      return false
    }
    session.owedMs = delayMs
    session.owedText = act === Act.pass || act === Act.cut ? null : (reply ?? this.replies[Reply.judged]!)
    if (allowed) {
      session.owed = this.chunkVerdict(session, session.left)
    } else {
      session.owed = Reply.judged
      session.transaction = Transaction.failed
    }
    if (act !== Act.cut) return true
    session.cutLeft = cutAfter
    if (cutAfter > 0 || (session.left === 0 && session.last)) return true
    end(session, Ending.reset)
    return false
  }

  chunk(session: ServerSession, at: number, stop: number, out: Output): number {
    const available = stop - at
    if (session.left > available) {
      session.left -= available
      return stop
    }
    const next = at + session.left
    session.left = 0
    this.chunkDone(session, out)
    return next
  }

  /** The same for a tap, or with an early end that a model has set. */
  watchedChunk(session: ServerSession, buffer: Buffer, at: number, stop: number, out: Output): number {
    if (session.transaction === Transaction.chunks) {
      const octets = Math.min(stop - at, session.left)
      const cut = session.cutLeft
      const whole = session.last && octets === session.left
      if (cut >= 0 && (octets > cut || (octets === cut && !whole))) {
        session.watch?.content(buffer, at, at + cut, false)
        end(session, Ending.reset)
        return stop
      }
      if (cut >= 0) session.cutLeft = cut - octets
      session.watch?.content(buffer, at, at + octets, false)
    }
    return this.chunk(session, at, stop, out)
  }

  chunkDone(session: ServerSession, out: Output): void {
    session.mode = Mode.line
    if (session.owed === Reply.messageOk) {
      this.messageDone(session, Verb.bdat, out)
    } else if (this.hooked) {
      this.hookedChunkDone(session, out)
    } else if (session.last && session.transaction === Transaction.failed) {
      this.perRecipient(session, Verb.bdat, session.owed as Reply, out)
      reset(session)
    } else {
      this.answer(session, Verb.bdat, session.owed as Reply, out)
    }
  }

  /** The same when its answer may be another one, or a later one. */
  hookedChunkDone(session: ServerSession, out: Output): void {
    const { owedText, owedMs } = session
    session.owedText = null
    session.owedMs = 0
    const failed = session.transaction === Transaction.failed
    if (failed && session.envelope !== null) unwatch(session)
    const over = failed && session.last
    const times = over && this.lmtp ? session.recipients : 1
    if (over) reset(session)
    const text = owedText ?? this.replies[over ? session.owed : this.weigh(session, session.owed as Reply)]!
    this.say(session, Verb.bdat, text, times, owedMs, out)
  }
}
