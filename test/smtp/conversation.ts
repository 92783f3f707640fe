/**
 * The client's state machine and a server's, face to face without sockets. The server is strict: it fails the test when it is sent what
 * SMTP does not allow at that point, and it knows to which command each of its replies belongs.
 */
import assert from 'node:assert/strict'
import { Board, SLOTS } from '#src/measure/board.js'
import { Recorder } from '#src/measure/recorder.js'
import { COUNTERS, Counter, type ErrorKind, Phase, Series } from '#src/measure/series.js'
import type { SourcePlan } from '#src/plan/plan.js'
import { Client } from '#src/smtp/client.js'
import { Extension } from '#src/smtp/extensions.js'
import { Session, Step } from '#src/smtp/session.js'
import { type Supply, Take, Taken } from '#src/smtp/supply.js'

/** A recorder with a board of its own. */
export function newRecorder(record = true): Recorder {
  const board = Board.create({ workers: 1, counters: COUNTERS.length, slots: SLOTS, histograms: Series.count })
  return new Recorder(board.rows[0]!, () => {}, 0, record)
}

/** A number of messages, all due at once unless `hold` says otherwise. */
export class Messages implements Supply {
  taken: number = Taken.fresh
  left: number
  again = 0
  retries = 0
  retried = 0
  /** Nothing is due while true. */
  hold = false
  readonly mayRetry: boolean

  constructor(count: number, mayRetry = false) {
    this.left = count
    this.mayRetry = mayRetry
  }

  take(now: number): number {
    if (this.again > 0) {
      this.again--
      this.taken = Taken.again
      return now
    }
    if (this.left > 0) {
      if (this.hold) return Take.later
      this.left--
      this.taken = Taken.fresh
      return now
    }
    if (this.retries === 0) return Take.over
    this.retries--
    this.taken = Taken.retry
    return now
  }

  giveBack(kind: number): void {
    if (kind === Taken.retry) this.retries++
    else this.again++
  }

  retryLater(): boolean {
    if (!this.mayRetry) return false
    this.retries++
    this.retried++
    return true
  }
}

export type Command =
  | 'greeting'
  | 'ehlo'
  | 'helo'
  | 'mail'
  | 'rcpt'
  | 'data'
  | 'content'
  | 'dot'
  | 'bdat'
  | 'rset'
  | 'quit'

/** What the server would say, and the number of the command of its kind on this connection, from 1. Undefined: what is normal. */
export type Script = (command: Command, nth: number, connection: number) => number | undefined

export interface ServerOptions {
  readonly extensions?: number
  readonly script?: Script
  /** Answers DATA with 354 although no recipient was taken. */
  readonly eager?: boolean
  /** After a BDAT that failed nothing but RSET is taken (RFC 3030 section 2). */
  readonly sticky?: boolean
  /** After 421 the commands that came with it are still answered. */
  readonly chatty?: boolean
}

interface Reply {
  readonly command: Command
  readonly code: number
}

const NORMAL: Record<Command, number> = {
  greeting: 220,
  ehlo: 250,
  helo: 250,
  mail: 250,
  rcpt: 250,
  data: 354,
  content: 250,
  dot: 554,
  bdat: 250,
  rset: 250,
  quit: 221,
}

const PHASE: Record<Command, Phase> = {
  greeting: Phase.greeting,
  ehlo: Phase.ehlo,
  helo: Phase.ehlo,
  mail: Phase.mail,
  rcpt: Phase.rcpt,
  data: Phase.data,
  content: Phase.dot,
  dot: Phase.dot,
  bdat: Phase.bdat,
  rset: Phase.rset,
  quit: Phase.quit,
}

/** One connection seen from the server. */
class Connection {
  readonly options: ServerOptions
  readonly lmtp: boolean
  readonly number: number
  /** Replies not yet delivered. */
  readonly replies: Reply[] = []
  readonly counts = new Map<Command, number>()
  inMail = false
  recipients = 0
  /** 354 was said and nothing has followed. */
  wantsContent = false
  /** Nothing but RSET is taken. */
  spoilt = false
  hello = false
  closed = false
  accepted = 0

  constructor(options: ServerOptions, lmtp: boolean, number: number) {
    this.options = options
    this.lmtp = lmtp
    this.number = number
    this.take('greeting')
  }

  take(command: Command): void {
    if (this.closed && this.options.chatty !== true) return
    if (this.closed) {
      this.replies.push({ command, code: 503 })
      return
    }
    assert.ok(!this.wantsContent || command === 'content' || command === 'dot', `${command} after 354`)
    const nth = (this.counts.get(command) ?? 0) + 1
    this.counts.set(command, nth)
    const said = this.options.script?.(command, nth, this.number)
    switch (command) {
      case 'ehlo':
      case 'helo':
        this.say(command, said)
        return
      case 'mail':
        if (this.inMail || this.spoilt) this.say(command, 503)
        else if (isOk(this.say(command, said))) this.inMail = true
        return
      case 'rcpt':
        if (!this.inMail) this.say(command, 503)
        else if (isOk(this.say(command, said))) this.recipients++
        return
      case 'data': {
        const ready = this.inMail && this.recipients > 0
        if (this.say(command, ready || this.options.eager ? said : 503) === 354) this.wantsContent = true
        return
      }
      case 'content':
      case 'dot':
        assert.ok(this.wantsContent, `${command} without 354`)
        if (command === 'dot') assert.equal(this.recipients, 0, 'a lone dot for recipients that were taken')
        this.wantsContent = false
        this.end(command, said)
        return
      case 'bdat':
        assert.ok(this.offers(Extension.chunking), 'BDAT was not offered')
        this.end(command, said)
        return
      case 'rset':
        if (isOk(this.say(command, said))) {
          this.spoilt = false
          this.forget()
        }
        return
      case 'quit':
        this.say(command, said)
        this.closed = true
        return
      default:
        this.say(command, said)
    }
  }

  offers(extension: number): boolean {
    return this.hello && ((this.options.extensions ?? 0) & extension) !== 0
  }

  private say(command: Command, said: number | undefined): number {
    const code = this.closed ? 421 : (said ?? NORMAL[command])
    this.replies.push({ command, code })
    if (code === 421) this.closed = true
    if (command === 'ehlo' && isOk(code)) this.hello = true
    return code
  }

  /** The end of a transaction; in LMTP a reply for each recipient taken. */
  private end(command: Command, said: number | undefined): void {
    let good = false
    if (this.recipients === 0) this.say(command, command === 'bdat' ? 503 : said)
    for (let i = 0; i < (this.lmtp ? this.recipients : Math.min(1, this.recipients)); i++) {
      const one =
        i === 0 ? said : this.options.script?.(command, 100 * (this.counts.get(command) ?? 0) + i, this.number)
      if (isOk(this.say(command, one))) good = true
      if (this.closed && !this.options.chatty) return
    }
    if (good) this.accepted++
    if (command === 'bdat' && !good && this.options.sticky) this.spoilt = true
    this.forget()
  }

  private forget(): void {
    this.inMail = false
    this.recipients = 0
  }
}

function isOk(code: number): boolean {
  return code >= 200 && code < 300
}

const NAMES = Object.keys(Step)

/** A client with its sessions, and a server with its connections. */
export class Conversation {
  readonly client: Client
  readonly recorder = newRecorder()
  readonly messages: Messages
  /** Transactions that a session may have open at once. */
  readonly window: number
  readonly sessions: Session[]
  readonly connections: (Connection | null)[]
  /** Steps taken, by session; a connection begins with `dial`. */
  readonly logs: string[][]
  readonly failures: ErrorKind[] = []
  /** Connections made, and those ended as planned (not turned away, not failed). */
  dials = 0
  readonly ended: Connection[] = []
  now = 0
  private readonly plan: SourcePlan
  private readonly server: ServerOptions
  private readonly waiting: Step[]
  private taken = 0

  constructor(plan: SourcePlan, messages: Messages, server: ServerOptions = {}) {
    this.plan = plan
    this.server = server
    this.messages = messages
    this.window = Math.max(2, plan.wire.depth)
    this.client = new Client(plan, plan.load.sessions, 0, this.recorder, messages)
    this.sessions = Array.from({ length: plan.load.sessions }, (_, i) => new Session(i, i))
    this.connections = this.sessions.map(() => null)
    this.waiting = this.sessions.map(() => Step.none)
    this.logs = this.sessions.map(() => [])
  }

  /** Everything until no session has anything to do. Replies of one write arrive together. */
  run(): void {
    for (let i = 0; i < this.sessions.length; i++) this.dial(i)
    for (let turns = 0; this.sessions.some((_, i) => this.busy(i)); turns++) {
      assert.ok(turns < 10_000, `no end: ${this.logs[0]!.slice(-20).join(' ')}`)
      for (let i = 0; i < this.sessions.length; i++) if (this.busy(i)) this.deliver(i, Number.POSITIVE_INFINITY)
    }
  }

  /** Whether replies are on their way. */
  busy(i: number): boolean {
    return (this.connections[i]?.replies.length ?? 0) > 0
  }

  /** The steps of a session, one behind the other. */
  steps(i = 0): string {
    return this.logs[i]!.join(' ')
  }

  counter(counter: Counter): number {
    return this.recorder.counters[counter]!
  }

  /** accepted, deferred, refused, failed */
  get outcomes(): number[] {
    return [Counter.accepted, Counter.deferred, Counter.refused, Counter.failed].map((c) => this.counter(c))
  }

  /** Messages that the servers took. */
  get accepted(): number {
    return this.connections.reduce((sum, one) => sum + (one?.accepted ?? 0), this.taken)
  }

  /** Connects if there is something to connect for. In a closed loop the message is taken first. */
  dial(i: number): void {
    const session = this.sessions[i]!
    this.now++
    if (session.tail === session.head && this.client.take(session, this.now) < 0) return
    session.connecting(this.now)
    session.expect = Phase.connect
    this.dials++
    this.connections[i] = new Connection(this.server, this.client.lmtp, this.dials)
    this.logs[i]!.push('dial')
    this.client.connected(session, ++this.now)
    if (session.pending === 0) this.advance(i)
    this.check()
  }

  /** At most so many replies come in one read; none: the first octets of one. */
  deliver(i: number, most: number): void {
    const connection = this.connections[i]!
    const session = this.sessions[i]!
    this.now++
    for (let n = 0; n < most && connection.replies.length > 0; n++) {
      const { command, code } = connection.replies.shift()!
      const over = session.pending === 0 && session.turnedAway
      if (!over) {
        assert.ok(session.pending > 0, `a reply to ${command} that nobody awaits`)
        assert.equal(session.expect, PHASE[command], `the reply to ${command} was taken for another's`)
      }
      if (command === 'ehlo' && isOk(code)) session.extensions = this.server.extensions ?? 0
      const failure = this.client.reply(session, code, this.now)
      this.check()
      if (failure !== null) return this.fail(i, failure)
    }
    this.advance(i)
    if (this.connections[i] === connection && !this.busy(i)) {
      assert.equal(session.pending, 0, `waits for nothing after ${this.logs[i]!.slice(-5).join(' ')}`)
    }
  }

  /** The connection breaks. */
  fail(i: number, failure: ErrorKind): void {
    this.failures.push(failure)
    this.client.fail(this.sessions[i]!, this.now)
    this.check()
    this.close(i)
  }

  /** A pause, or a hold, is over, or mail has become due. */
  wake(i: number): void {
    const waiting = this.waiting[i]!
    const session = this.sessions[i]!
    this.waiting[i] = Step.none
    this.now++
    if (waiting === Step.pause) this.perform(i, this.client.resume(session, this.now))
    if (waiting === Step.hold) this.client.release(session)
    if (waiting === Step.hold || waiting === Step.idle) this.advance(i)
  }

  waits(i = 0): string {
    return NAMES[this.waiting[i]!]!
  }

  advance(i: number): void {
    this.perform(i, this.client.next(this.sessions[i]!, this.now))
  }

  private perform(i: number, step: Step): void {
    if (step === Step.none) return
    const session = this.sessions[i]!
    const connection = this.connections[i]!
    const { client } = this
    const alone = connection.replies.length === 0
    this.logs[i]!.push(step === Step.bdat ? `bdat${client.groupSize}` : NAMES[step]!)
    const n = this.plan.mail.recipients
    const transaction = (end: Command): Command[] => ['mail', ...Array<Command>(n).fill('rcpt'), end]
    const write = (commands: readonly Command[]) => {
      assert.ok(alone || step === Step.bdat, `${NAMES[step]} while replies are still to come`)
      if (commands.length > 1 && !(step === Step.bdat && client.groupSize === 1)) {
        assert.ok(connection.offers(Extension.pipelining), `${NAMES[step]} without PIPELINING`)
        assert.notEqual(this.plan.wire.pipelining, 'off')
      }
      if (step === Step.bdat) {
        assert.ok(!this.busyWithOther(connection), 'BDAT behind RSET or QUIT')
        assert.notEqual(this.plan.wire.chunking, 'off')
      }
      for (const command of commands) connection.take(command)
      if (connection.closed && connection.replies.length === 0) return
      if (client.lmtp && step === Step.bdat) assert.ok(session.pending >= commands.length)
      else if (!connection.closed) assert.equal(session.pending, connection.replies.length)
    }
    switch (step) {
      case Step.hello:
        return write([client.helloKind === 'helo' ? 'helo' : 'ehlo'])
      case Step.helo:
        return write(['helo'])
      case Step.mail:
        return write(['mail'])
      case Step.rcpt:
        return write(['rcpt'])
      case Step.data:
        return write(['data'])
      case Step.envelope:
        return write(transaction('data'))
      case Step.content:
        return write(['content'])
      case Step.contentEnvelope:
        return write(['content', ...transaction('data')])
      case Step.contentQuit:
        return write(['content', 'quit'])
      case Step.bdat:
        assert.ok(client.groupSize > 0)
        assert.equal(client.groupFirst + client.groupSize, session.tail)
        return write(Array.from({ length: client.groupSize }, () => transaction('bdat')).flat())
      case Step.dot:
        return write(['dot'])
      case Step.rset:
        return write(['rset'])
      case Step.quit:
        return write(['quit'])
      case Step.close:
        if (!session.turnedAway) this.ended.push(connection)
        return this.close(i)
      default:
        this.waiting[i] = step
    }
  }

  private busyWithOther(connection: Connection): boolean {
    return connection.replies.some(({ command }) => command === 'rset' || command === 'quit' || command === 'ehlo')
  }

  private close(i: number): void {
    const connection = this.connections[i]!
    this.taken += connection.accepted
    this.connections[i] = null
    this.waiting[i] = Step.none
    this.dial(i)
  }

  /** What holds at every moment. */
  check(): void {
    let open = 0
    for (const session of this.sessions) {
      assert.ok(session.pending >= 0)
      assert.ok(session.head <= session.tail)
      assert.ok(session.tail - session.head <= this.window, 'more transactions open than the window holds')
      open += session.tail - session.head
    }
    const ended = this.outcomes.reduce((sum, count) => sum + count, 0)
    const { again, retries, retried } = this.messages
    assert.equal(this.counter(Counter.scheduled), ended + open + again + retries)
    assert.equal(this.counter(Counter.retried), retried)
  }
}
