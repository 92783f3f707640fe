/**
 * Links that are not served at once: their conversation waits, or is in TLS's hands, or a receiver model has them served slowly. What
 * is read meanwhile is kept, up to a bound, and the machine gets it when it is its turn.
 *
 * Reading goes on while a conversation waits, because that is how a connection that is closed or reset makes itself known. Once `KEEP` octets
 * are kept it stops, and then the end of the connection is seen when the wait is over.
 */

import { type Conversation, Ending, type Machine, type Manner, Wait } from '../smtp/server-machine.js'
import { Mode } from '../smtp/server-session.js'
import { Drip } from './sink-drip.js'
import { Apart, onSecure, type SinkLink } from './sink-link.js'
import type { SinkOutput } from './sink-output.js'
import type { SocketSecurity } from './sink-security.js'
import { Alarm, Due, type Waits } from './sink-waits.js'

/** Octets kept of a connection before reading stops; one read more than this is the most that it can cost. */
const KEEP = 4096
/** A FIN may mean that the client has gone, or that it has said all it will: a single reply is waited for that long. */
const HALF_CLOSED_MS = 1000

const NOTHING = Buffer.alloc(0)

/** What is done elsewhere. */
export interface DelayHost {
  readonly machine: Machine
  readonly out: SinkOutput
  readonly waits: Waits<SinkLink>
  readonly security: SocketSecurity | null
  readonly nowMs: number
  /** Sees whether the sink has had all that it was to have. */
  turned(): void
  /** Closes as the conversation's `ending` says; when replies have yet to leave it does so at its next call. */
  hangUp(link: SinkLink): void
}

export class Delays {
  readonly #host: DelayHost
  /** Those that wait for something else than time. */
  readonly #others = new Map<Conversation, SinkLink>()

  constructor(host: DelayHost) {
    this.#host = host
  }

  /** The link is served slowly from now on. */
  slowDown(link: SinkLink, manner: Manner): void {
    link.apart |= Apart.manner
    link.socket.allowHalfOpen = true
    const { dripOctets, dripMs } = manner
    if (dripOctets > 0) link.drip = new Drip(dripOctets, dripMs, new Alarm(link, Due.drip))
  }

  /** Takes one read of a link that has a bit of `Apart`. False: read no more for now. */
  read(link: SinkLink, length: number, buffer: Buffer): boolean {
    const { machine, out, nowMs } = this.#host
    // What follows the last reply is read and forgotten: closing over unread input would reset the connection.
    if (link.apart & Apart.over) return true
    const conversation = link.conversation!
    if (link.apart & Apart.waiting) {
      link.keep(buffer, 0, length)
    } else {
      link.seenMs = nowMs
      link.readMs = performance.now()
      out.link = link
      const came = machine.consume(conversation, buffer, 0, length, out)
      this.settle(link, buffer, came, length)
    }
    const pauseMs = conversation.manner?.readPauseMs ?? 0
    if (pauseMs > 0 && !(link.apart & Apart.over)) {
      link.apart |= Apart.paused
      link.pauseAlarm ??= new Alarm(link, Due.pause)
      this.#host.waits.set(link.pauseAlarm, pauseMs)
    }
    return this.reads(link)
  }

  /** After a turn of the machine that took `buffer` up to `at`: says the replies and does what the conversation asks for. */
  settle(link: SinkLink, buffer: Buffer, at: number, end: number): void {
    const { out } = this.#host
    const conversation = link.conversation!
    const waits = conversation.wait !== Wait.none
    const over = !waits && conversation.mode === Mode.closed
    if (over && conversation.ending !== Ending.polite) out.discard()
    else out.flush()
    this.#host.turned()
    if (waits) {
      if (at < end) link.keep(buffer, at, end)
      this.#wait(link)
    } else if (over || link.apart & Apart.ended) {
      // The buffer was filled to its end: there may be more.
      if (end > 0 && end === buffer.length) link.apart |= Apart.unread
      this.#host.hangUp(link)
    }
  }

  /** What a link waited for with `Wait.other` has happened. Nothing happens if it has gone, or waits for something else. */
  go(link: SinkLink): void {
    if (this.#others.delete(link.conversation!) && !link.socket.destroyed) this.#resume(link)
  }

  /** The same, for those who know the conversation alone. */
  goOn(conversation: Conversation): void {
    const link = this.#others.get(conversation)
    if (link !== undefined) this.go(link)
  }

  /** The handshake has succeeded. */
  secured(link: SinkLink): void {
    const { machine, out, nowMs } = this.#host
    if (!(link.apart & Apart.securing) || link.socket.destroyed) return
    const conversation = link.conversation!
    const greeted = !(link.apart & Apart.ungreeted)
    link.apart &= ~(Apart.securing | Apart.waiting | Apart.ungreeted)
    link.seenMs = nowMs
    conversation.wait = Wait.none
    machine.secured(conversation)
    out.link = link
    if (!greeted) machine.greet(conversation, out)
    this.#consumeRest(link)
  }

  /** Gives the link to TLS. What was read before belongs to nobody: it came in the clear (RFC 3207 section 4.2). */
  secure(link: SinkLink): void {
    if (link.socket.destroyed || link.apart & Apart.securing) return
    link.forget()
    const { security } = this.#host
    const plain = link.socket
    try {
      if (security === null) throw new Error('there is nobody for TLS')
      link.stepUp(security.secure(plain, onSecure))
      link.apart |= Apart.waiting | Apart.securing
    } catch {
      plain.destroy()
    }
  }

  /** Everything has left into the kernel. */
  isOut(link: SinkLink): void {
    const { apart } = link
    if (link.socket.destroyed) return
    if (apart & Apart.over || (apart & Apart.ended && !(apart & Apart.waiting))) this.#host.hangUp(link)
    else if (this.#owesHandshake(link)) this.secure(link)
    else this.steer(link)
  }

  /** The client has sent its FIN. True: it is owed replies that are worth waiting for, and hung up on after them. */
  outlives(link: SinkLink): boolean {
    const { apart } = link
    if (apart & Apart.waiting ? !this.#worthWaiting(link) : this.#host.out.isOut(link)) return false
    link.apart |= Apart.ended
    return true
  }

  /** Whether it is the sink that lets the client wait. */
  delays(link: SinkLink): boolean {
    const { drip, waitAlarm, pauseAlarm } = link
    if (waitAlarm !== null && waitAlarm.place >= 0) return true
    if (pauseAlarm !== null && pauseAlarm.place >= 0) return true
    return (drip !== null && !drip.done && !drip.owned) || this.#others.has(link.conversation!)
  }

  /** The link has gone: nothing of it rings any more. */
  forget(link: SinkLink): void {
    const { waits } = this.#host
    if (link.waitAlarm !== null) waits.clear(link.waitAlarm)
    if (link.pauseAlarm !== null) waits.clear(link.pauseAlarm)
    if (link.drip !== null) waits.clear(link.drip.alarm)
    if (link.conversation !== null) this.#others.delete(link.conversation)
    link.forget()
  }

  ring(alarm: Alarm<SinkLink>): void {
    const { out, nowMs } = this.#host
    const link = alarm.owner
    if (link.socket.destroyed) return
    link.seenMs = nowMs
    switch (alarm.due) {
      case Due.wait:
        this.#resume(link)
        break
      case Due.pause:
        link.apart &= ~Apart.paused
        this.steer(link)
        break
      case Due.drip:
        out.drop(link)
        if (link.drip!.done) this.isOut(link)
        break
    }
  }

  /** Whether the next read may come; if not, that is noted. */
  reads(link: SinkLink): boolean {
    const { apart, rest } = link
    if (apart & Apart.over) return true
    const full = apart & Apart.waiting && rest !== null && rest.length - link.restAt >= KEEP
    if (!(apart & Apart.paused) && !full && this.#host.out.isOut(link)) {
      link.apart &= ~Apart.unread
      return true
    }
    link.apart |= Apart.unread
    return false
  }

  /** Has the socket read, or not, when that was not decided by what a read returned. */
  steer(link: SinkLink): void {
    if (link.socket.destroyed) return
    if (this.reads(link)) link.socket.resume()
    else link.socket.pause()
  }

  #wait(link: SinkLink): void {
    const conversation = link.conversation!
    link.apart |= Apart.waiting
    // Without it Node would end the connection at the client's FIN, whatever is owed.
    link.socket.allowHalfOpen = true
    switch (conversation.wait) {
      case Wait.time:
        link.waitAlarm ??= new Alarm(link, Due.wait)
        this.#host.waits.set(link.waitAlarm, conversation.waitMs)
        break
      case Wait.other:
        this.#others.set(conversation, link)
        break
      case Wait.tls:
        // Not inside the read in which STARTTLS came: that one is still the plain socket's.
        process.nextTick(secureNow, this, link)
        break
    }
  }

  secureNow(link: SinkLink): void {
    if (this.#owesHandshake(link) && this.#host.out.isOut(link)) this.secure(link)
  }

  #owesHandshake(link: SinkLink): boolean {
    const { apart } = link
    return (apart & (Apart.waiting | Apart.securing)) === Apart.waiting && link.conversation!.wait === Wait.tls
  }

  #resume(link: SinkLink): void {
    const { machine, out, nowMs } = this.#host
    const conversation = link.conversation!
    link.apart &= ~Apart.waiting
    link.seenMs = nowMs
    conversation.wait = Wait.none
    out.link = link
    machine.resume(conversation, out)
    this.#consumeRest(link)
  }

  /** After a wait: what was kept is consumed, up to the next wait. */
  #consumeRest(link: SinkLink): void {
    const { machine, out } = this.#host
    const conversation = link.conversation!
    const { rest } = link
    if (rest !== null && conversation.wait === Wait.none && conversation.mode !== Mode.closed) {
      out.flush()
      link.restAt = machine.consume(conversation, rest, link.restAt, rest.length, out)
      if (link.restAt === rest.length) link.forget()
    }
    this.settle(link, NOTHING, 0, 0)
    this.steer(link)
  }

  /** What a client that has sent its FIN is waited for: the answers to what it sent before, unless that is one, and far away. */
  #worthWaiting(link: SinkLink): boolean {
    if (link.apart & Apart.securing) return false
    switch (link.conversation!.wait) {
      case Wait.time:
        return link.rest !== null || link.waitAlarm!.atMs - performance.now() <= HALF_CLOSED_MS
      case Wait.other:
        return true
      default:
        return false
    }
  }
}

function secureNow(delays: Delays, link: SinkLink): void {
  delays.secureNow(link)
}
