/**
 * Joins one socket to one conversation: octets in, steps out. Knows sockets, buffers and deadlines; what to say is the client's affair.
 */

import { Counter, ErrorKind, Phase } from '../measure/series.js'
import type { Wire } from '../message/renderer.js'
import type { SecureCaller } from '../net/client-tls.js'
import type { Caller } from '../net/dialer.js'
import { NextReply } from '../smtp/reply-parser.js'
import { Step } from '../smtp/session.js'
import { Closing, LinkEnds, sample } from './link-ends.js'

const STARTTLS = Buffer.from('STARTTLS\r\n', 'latin1')

export class Link extends LinkEnds implements Caller, SecureCaller {
  dialing(): void {
    const now = this.engine.now()
    if (this.soughtAt < 0) this.soughtAt = now
    this.session.connecting(now)
    if (this.engine.tracer !== null) this.session.trace = this.engine.tracer.follow(this.session, now)
    this.session.wantsTls = this.engine.tls?.wanted() ?? false
    this.session.expect = Phase.connect
    this.parser.reset()
    this.closing = Closing.no
    this.engine.counters[Counter.connects]!++
    this.engine.deadlines.set(this.session.index, now + this.engine.limits[Phase.connect]!)
  }

  connected(): void {
    const { engine, session } = this
    const now = engine.now()
    this.open = true
    this.tries = 0
    this.soughtAt = -1
    engine.reachability.connectedAt = now
    engine.counters[Counter.connected]!++
    engine.counters[Counter.active]!++
    if (session.trace !== null) session.trace.connected(now, this.socket?.localPort ?? 0)
    engine.client.connected(session, now)
    engine.deadlines.set(session.index, now + engine.limits[Phase.greeting]!)
    if (session.pending === 0) this.advance(now)
  }

  /** The handshake is done. */
  secured(resumed: boolean): void {
    const { engine, session } = this
    if (this.closing !== Closing.no) return
    const now = engine.now()
    if (session.trace !== null) session.trace.secured(resumed, now)
    engine.client.secured(session, now, resumed)
    engine.deadlines.at[session.index] = now + engine.limits[session.expect]!
    this.advance(now)
  }

  read(buffer: Buffer, length: number): void {
    const { engine, session, parser } = this
    const { client, recorder } = engine
    if (this.closing !== Closing.no) return
    const now = engine.now()
    engine.counters[Counter.bytesIn]! += length
    for (let at = 0; at < length; ) {
      const end = parser.next(buffer, at, length)
      if (end < 0) {
        if (end === NextReply.incomplete) break
        const kind = end === NextReply.tooLong ? ErrorKind.tooLong : ErrorKind.notSmtp
        this.fail(kind, buffer.toString('latin1', at, Math.min(length, at + 200)), now)
        return
      }
      const code = parser.code
      const phase = session.expect as Phase
      if (phase === Phase.ehlo && code < 300 && session.extensions === 0) {
        session.extensions = engine.offers.of(parser.text(buffer, end))
      }
      if (recorder.reply(phase, code, now)) recorder.describeReply(phase, code, sample(parser.text(buffer, end)))
      if (session.trace !== null) session.trace.replied(phase, code, buffer, parser.replyStart, end, now)
      if (code === 334 && phase === Phase.auth) session.challenge = sample(parser.text(buffer, end)).trimEnd()
      const failure = this.tooEarly(phase, code) ? ErrorKind.early : client.reply(session, code, now)
      if (failure !== null) {
        this.fail(failure, client.explain(parser.text(buffer, end)), now)
        return
      }
      at = end
      if (session.todo === Step.handshake) {
        // What came in the clear behind the reply to STARTTLS is nobody's, and is not read as replies after it (RFC 3207 section 6).
        parser.reset()
        break
      }
    }
    engine.deadlines.at[session.index] = now + engine.limits[session.expect]!
    if (engine.plan.stopOnError) engine.stopIfRefused(now)
    this.advance(now)
  }

  /** An answer to a content that is still being sent can only be a refusal. (TLS tells late that a write has left.) */
  private tooEarly(phase: Phase, code: number): boolean {
    if (this.draining === 0 || code >= 400 || this.secure !== null) return false
    const { head, tail } = this.session
    return phase === Phase.dot || (phase === Phase.bdat && tail - head === 1)
  }

  /** Does what the conversation says is next; called after replies and pauses, when a write has drained, and when a resting session may go on. */
  advance(now: number): void {
    if (this.draining > 0 || this.closing !== Closing.no) return
    const step = this.engine.client.next(this.session, now)
    if (step !== Step.none) this.perform(step, now)
  }

  private perform(step: Step, now: number): void {
    const { engine, session } = this
    switch (step) {
      case Step.idle:
        engine.deadlines.clear(session.index)
        engine.rest(this)
        return
      case Step.pause:
        engine.deadlines.clear(session.index)
        this.later.after(engine.delayMs(), this.resumed)
        return
      case Step.hold:
        engine.deadlines.clear(session.index)
        this.later.after(engine.holdMs, this.released)
        return
      case Step.close:
        this.close(session.turnedAway ? Closing.lost : Closing.done)
        return
      case Step.bdat:
        this.writeGroup(now)
        return
      case Step.starttls:
        this.write(STARTTLS, now)
        return
      case Step.handshake:
        this.secure = engine.tls!.begin(this.socket!)
        engine.deadlines.at[session.index] = now + engine.limits[session.expect]!
        return
      case Step.auth:
        this.write(session.line!, now)
        return
      default:
        this.write(this.engine.speaker.wire(session, step), now)
    }
  }

  private writeGroup(now: number): void {
    const { client, speaker } = this.engine
    const end = client.groupFirst + client.groupSize
    for (let n = client.groupFirst; n < end; n = speaker.next) this.write(speaker.group(this.session, n, end), now)
  }

  private write(wire: Wire, now: number): void {
    const { engine, session } = this
    const socket = this.secure ?? this.socket!
    let taken: boolean
    if (Array.isArray(wire)) {
      for (let i = 0; i < wire.length; i++) engine.counters[Counter.bytesOut]! += wire[i]!.length
      taken = engine.writer.writeList(socket, wire)
    } else {
      engine.counters[Counter.bytesOut]! += wire.length
      taken = engine.writer.write(socket, wire)
    }
    engine.deadlines.at[session.index] = now + engine.limits[session.expect]!
    if (taken) return
    this.draining++
    engine.counters[Counter.draining]!++
    this.held.push(engine.speaker.detach())
  }

  /** A write that was held has left, or was lost with the socket. */
  drained(error: Error | null): void {
    const { engine, session } = this
    this.draining--
    engine.counters[Counter.draining]!--
    if (this.draining > 0) return
    for (let memory = this.held.pop(); memory !== undefined; memory = this.held.pop()) engine.speaker.attach(memory)
    if (error !== null || this.closing !== Closing.no) return
    const now = engine.now()
    engine.deadlines.at[session.index] = now + engine.limits[session.expect]!
    this.advance(now)
  }

  private resumed(): void {
    const { engine, session } = this
    const now = engine.now()
    if (this.closing !== Closing.no) return
    const step = engine.client.resume(session, now)
    if (step !== Step.none) this.perform(step, now)
  }

  private released(): void {
    if (this.closing !== Closing.no) return
    this.engine.client.release(this.session)
    this.advance(this.engine.now())
  }
}
