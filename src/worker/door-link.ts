/**
 * One session of the drop-in door `smtp-source`: the original's conversation, one command at a time, with its texts. Read
 * it from top to bottom as the conversation goes; a table of what each bad reply does is in the manual page of the door.
 */
import { errnoText } from '../base/errno.js'
import { type Renderer, Tail, type Wire } from '../message/renderer.js'
import type { Deadlines } from '../net/deadlines.js'
import { type Caller, type CallerSocket, type Dialer, resetConnection } from '../net/dialer.js'
import type { Writer } from '../net/writer.js'
import type { SourcePlan } from '../plan/plan.js'
import { ClassicReplies, type ClassicReply } from '../smtp/classic-reply.js'

/** smtp-source waits this long for the rest of a reply that has begun, and for a write to go on. */
const PATIENCE_MS = 300_000

/** What is being waited for; the words of `lost connection while …` and `timeout while …`. */
const Doing = {
  greeting: 'reading server greeting',
  helo: 'sending HELO',
  lhlo: 'sending LHLO',
  mail: 'sending sender',
  rcpt: 'sending recipient',
  data: 'sending DATA command',
  message: 'sending message',
} as const
type Doing = (typeof Doing)[keyof typeof Doing]

/** What all sessions of the door share: the pool of messages, the numbers, the voice. */
export interface DoorHouse {
  readonly plan: SourcePlan
  readonly renderer: Renderer
  readonly writer: Writer
  readonly dialer: Dialer
  readonly deadlines: Deadlines
  readonly lmtp: boolean
  readonly verbose: boolean
  /** Messages that no session has taken; below zero when sessions came in vain. */
  readonly left: number
  /** The run has ended: nobody acts any more. */
  readonly over: boolean
  now(): number
  take(): boolean
  ended(): void
  nextNumber(): number
  pause(then: () => void): void
  counted(): void
  say(text: string): void
  tolerates(what: string, reply: ClassicReply): boolean
  warn(text: string): void
  fatal(text: string): void
  openDescriptor(): number
  closeDescriptor(descriptor: number): void
}

export class DoorLink implements Caller {
  socket: CallerSocket | null = null
  readonly #door: DoorHouse
  readonly #index: number
  #replies = new ClassicReplies()
  #doing: Doing = Doing.greeting
  #answer: (reply: ClassicReply) => void
  #tries: number
  #descriptor = 0
  #recipient = 0
  #accepted = 0
  #replyWanted = 0
  #lastNumber = 0
  #again = false
  #held: object | null = null
  #closing = false

  constructor(door: DoorHouse, index: number) {
    this.#door = door
    this.#index = index
    this.#tries = door.plan.wire.connectTries
    this.#answer = this.#greeting
  }

  /** The next message on a new connection, or the end of this session. A message is taken before anything else. */
  start(): void {
    if (!this.#door.take()) return this.#door.ended()
    this.#door.dialer.dial(this)
  }

  dialing(): void {
    this.#closing = false
    this.#again = false
    this.#replies = new ClassicReplies()
    this.#descriptor = this.#door.openDescriptor()
  }

  connected(): void {
    this.#expect(Doing.greeting, this.#greeting)
  }

  read(buffer: Buffer, length: number): void {
    if (this.#closing || this.#door.over) return
    this.#replies.add(buffer.subarray(0, length))
    // One reply for each time that something comes, as the original's event loop has it: what a server says too much is
    // taken for the answer to the next command.
    const reply = this.#replies.take()
    if (reply === null) {
      if (this.#replies.begun) this.#door.deadlines.set(this.#index, this.#door.now() + PATIENCE_MS)
      return
    }
    this.#door.deadlines.clear(this.#index)
    this.#take(reply)
  }

  #take(reply: ClassicReply): void {
    for (const line of reply.lines) this.#door.say(`<<< ${line}`)
    this.#answer(reply)
  }

  #expect(doing: Doing, answer: (reply: ClassicReply) => void): void {
    this.#doing = doing
    this.#answer = answer
  }

  #greeting(reply: ClassicReply): void {
    if (!positive(reply) && !this.#door.tolerates('rejected at server banner', reply)) return
    if (this.#door.plan.wire.hello === 'none') return this.#mail()
    const { renderer, lmtp } = this.#door
    this.#send(renderer.hello, lmtp ? Doing.lhlo : Doing.helo, this.#helo)
  }

  #helo(reply: ClassicReply): void {
    if (!positive(reply)) {
      if (!this.#door.tolerates(this.#door.lmtp ? 'LHLO rejected' : 'HELO rejected', reply)) return
      if (closing(reply)) return this.#drop()
    }
    this.#mail()
  }

  #mail(): void {
    this.#send(this.#door.renderer.mail, Doing.mail, this.#mailed)
  }

  #mailed(reply: ClassicReply): void {
    this.#recipient = 0
    this.#accepted = 0
    if (positive(reply)) return this.#rcpt()
    if (!this.#door.tolerates('sender rejected', reply)) return
    if (closing(reply)) this.#drop()
    else this.#rset()
  }

  #rcpt(): void {
    const { renderer } = this.#door
    this.#lastNumber = this.#door.nextNumber()
    renderer.setRecipient(this.#recipient, this.#lastNumber)
    this.#send(renderer.rcpt(this.#recipient), Doing.rcpt, this.#rcpted)
  }

  #rcpted(reply: ClassicReply): void {
    this.#recipient++
    if (positive(reply)) this.#accepted++
    else {
      if (!this.#door.tolerates('recipient rejected', reply)) return
      if (closing(reply)) return this.#drop()
    }
    if (this.#recipient < this.#door.plan.mail.recipients) this.#rcpt()
    else if (this.#accepted > 0) this.#send(this.#door.renderer.data, Doing.data, this.#dataReady)
    else this.#rset()
  }

  #dataReady(reply: ClassicReply): void {
    if (reply.code === 354) return this.#content()
    if (!this.#door.tolerates('data rejected', reply)) return
    if (closing(reply)) this.#drop()
    else this.#rset()
  }

  #content(): void {
    const door = this.#door
    door.renderer.setContent(this.#descriptor, door.left >>> 0, this.#lastNumber)
    // One reply in SMTP; in LMTP one for each recipient accepted (RFC 2033 section 4.2; the original waits for one per
    // recipient sent, and for ever when one was refused).
    this.#replyWanted = door.lmtp ? this.#accepted : 1
    door.say('.')
    this.#write(door.renderer.content(Tail.none))
    door.counted()
    this.#expect(Doing.message, this.#contentAnswered)
  }

  #contentAnswered(reply: ClassicReply): void {
    if (!positive(reply)) {
      if (!this.#door.tolerates('end of data rejected', reply)) return
      if (closing(reply)) return this.#drop()
    }
    if (--this.#replyWanted > 0) {
      const next = this.#replies.take()
      if (next !== null) this.#take(next)
      return
    }
    this.#messageDone()
  }

  #rset(): void {
    this.#send(this.#door.renderer.rset, Doing.message, this.#rsetAnswered)
  }

  #rsetAnswered(reply: ClassicReply): void {
    if (!positive(reply)) {
      if (!this.#door.tolerates('rset rejected', reply)) return
      if (closing(reply)) return this.#drop()
    }
    this.#messageDone()
  }

  /** With `-d` and mail left the connection is kept; the delay comes before the next message is taken. */
  #messageDone(): void {
    const door = this.#door
    if (door.plan.load.perSession === null && door.left > 0) door.pause(() => this.#nextOnConnection())
    else this.#send(door.renderer.quit, Doing.message, this.#quitAnswered)
  }

  #nextOnConnection(): void {
    // The pool was emptied while this session slept: it ends as it stands, and its connection with the process.
    if (!this.#door.take()) return this.#door.ended()
    this.#mail()
  }

  #quitAnswered(): void {
    this.#drop()
  }

  /** Closes at once. The message counts as done; the next one goes out on a new connection. */
  #drop(): void {
    this.#closing = true
    this.#again = true
    this.#door.deadlines.clear(this.#index)
    resetConnection(this.socket!)
  }

  #send(command: Buffer, doing: Doing, answer: (reply: ClassicReply) => void): void {
    if (this.#door.verbose) this.#door.say(command.toString('latin1').replace(/\r\n$/, ''))
    this.#expect(doing, answer)
    this.#write(command)
  }

  #write(wire: Wire): void {
    const { writer, renderer, deadlines } = this.#door
    const socket = this.socket!
    if (Array.isArray(wire) ? writer.writeList(socket, wire) : writer.write(socket, wire)) return
    this.#held ??= renderer.detach()
    deadlines.set(this.#index, this.#door.now() + PATIENCE_MS)
  }

  drained(): void {
    this.#door.deadlines.clear(this.#index)
    if (this.#held !== null) this.#door.renderer.attach(this.#held)
    this.#held = null
  }

  expired(): void {
    this.#door.fatal(`timeout while ${this.#doing}`)
  }

  ended(): void {
    if (!this.#closing && !this.#door.over) this.#door.fatal(`lost connection while ${this.#doing}`)
  }

  broken(error: NodeJS.ErrnoException): void {
    if (this.#closing) return
    if (error.syscall !== 'connect') return this.ended()
    this.#closing = true
    if (error.code === 'EMFILE' || error.code === 'ENFILE') this.#door.fatal(`socket: ${errnoText(error)}`)
    // The budget is the session's for the whole run; a success does not fill it up again.
    else if (--this.#tries > 0) this.#door.warn(`connect: ${errnoText(error)}`)
    else this.#door.fatal(`connect: ${errnoText(error)}`)
  }

  /** The process ends: what is open is reset. */
  leave(): void {
    if (this.socket !== null && !this.socket.destroyed) resetConnection(this.socket)
  }

  closed(): void {
    this.#door.closeDescriptor(this.#descriptor)
    this.drained()
    if (this.#door.over) return
    if (this.#again) this.#door.pause(() => this.start())
    else if (this.#closing) this.#door.dialer.dial(this)
  }
}

function positive(reply: ClassicReply): boolean {
  return reply.code >= 200 && reply.code < 300
}

/** Codes with which a server says that it will close. */
function closing(reply: ClassicReply): boolean {
  return reply.code === 421 || reply.code === 521
}
