/**
 * Run by allocation.test.ts in a process of its own, with --expose-gc: a million messages through parser, client, recorder and renderer, put
 * together as a connection's owner does, but without a socket. Prints what the heap grew by and how often it was collected meanwhile.
 */
import { PerformanceObserver } from 'node:perf_hooks'
import { setImmediate } from 'node:timers/promises'
import { Counter, type Phase } from '#src/measure/series.js'
import { Renderer, Tail, type Wire } from '#src/message/renderer.js'
import { messageText, uniqueId } from '#src/message/text.js'
import { Client } from '#src/smtp/client.js'
import { Extension } from '#src/smtp/extensions.js'
import { NextReply, ReplyParser } from '#src/smtp/reply-parser.js'
import { Session, Step } from '#src/smtp/session.js'
import { Schedule } from '#src/worker/schedule.js'
import { type PlanParts, planOf } from './plan/source-plan.js'
import { newRecorder } from './smtp/conversation.js'

/** Enough for the optimising compiler to have come to rest. */
const WARM = 200_000
const COUNT = 1_000_000

/**
 * A moment is one number on the heap, made by whoever reads a clock, once a read. These are made beforehand, so that what is counted is
 * what the layers below make of them.
 */
class Clock {
  readonly moments: unknown[] = [this]
  turn = 0

  constructor() {
    // Some steps of microseconds, some of milliseconds.
    let at = 0.03125
    for (let i = 0; i < 1024; i++) {
      at += i % 5 === 0 ? 3.5 : 0.0625
      this.moments.push(at)
    }
  }

  /** Forward, and back to the beginning. */
  now(): number {
    this.turn = (this.turn & 1023) + 1
    return this.moments[this.turn] as number
  }
}

/** One that makes its numbers: the meter must see them. */
class AllocatingClock extends Clock {
  override now(): number {
    return performance.now()
  }
}

class Driver {
  readonly client: Client
  readonly renderer: Renderer
  readonly parser = new ReplyParser()
  readonly session = new Session(0, 0)
  readonly recorder = newRecorder()
  readonly schedule = new Schedule(
    { messages: null, durationMs: null, starts: null, retryLater: false },
    this.recorder.counters,
  )
  readonly clock: Clock
  readonly extensions: number
  readonly answers: Buffer[]
  /** For a group of BDAT, by its size. */
  readonly groups: Buffer[]
  octets = 0

  constructor(parts: PlanParts, extensions: number, clock: Clock) {
    this.clock = clock
    const plan = planOf(parts)
    this.client = new Client(plan, 1, 0, this.recorder, this.schedule)
    this.renderer = new Renderer(
      messageText(plan.mail, plan.wire, 'Sun, 22 Nov 2026 13:23:21 +0000 (UTC)', uniqueId('abcd')),
      plan.wire.depth,
    )
    this.extensions = extensions
    const ok = '250 2.0.0 Ok\r\n'
    const envelope = `${ok.repeat(1 + plan.mail.recipients)}354 End data with <CR><LF>.<CR><LF>\r\n`
    const texts: { readonly [step: number]: string } = {
      [Step.hello]: ok,
      [Step.mail]: ok,
      [Step.rcpt]: ok,
      [Step.data]: '354 go\r\n',
      [Step.envelope]: envelope,
      [Step.content]: ok,
      [Step.contentEnvelope]: ok + envelope,
    }
    this.answers = Array.from({ length: 20 }, (_, step) => Buffer.from(texts[step] ?? '', 'latin1'))
    this.groups = Array.from({ length: 17 }, (_, n) => Buffer.from(ok.repeat(n * (2 + plan.mail.recipients)), 'latin1'))
  }

  connect(): void {
    const { client, session } = this
    const now = this.clock.now()
    client.take(session, now)
    session.connecting(now)
    client.connected(session, now)
    this.read(Buffer.from('220 mx\r\n', 'latin1'))
  }

  /** Answers each step at once until so many messages more were accepted. */
  run(messages: number): void {
    const { client, session, recorder } = this
    const end = recorder.counters[Counter.accepted]! + messages
    while (recorder.counters[Counter.accepted]! < end) this.perform(client.next(session, this.clock.now()))
  }

  /** As Link.read does it. */
  read(buffer: Buffer): void {
    const { client, recorder, session, parser } = this
    const now = this.clock.now()
    const length = buffer.length
    recorder.counters[Counter.bytesIn]! += length
    for (let at = 0; at < length; ) {
      const end = parser.next(buffer, at, length)
      if (end < 0) {
        if (end === NextReply.incomplete) break
        throw new Error('no SMTP')
      }
      const code = parser.code
      const phase = session.expect as Phase
      if (session.extensions === 0 && !session.ready) session.extensions = this.extensions
      if (recorder.reply(phase, code, now)) recorder.describeReply(phase, code, parser.text(buffer, end))
      const failure = client.reply(session, code, now)
      if (failure !== null) throw new Error(failure)
      at = end
    }
  }

  perform(step: Step): void {
    if (step === Step.bdat) {
      this.group()
      this.read(this.groups[this.client.groupSize]!)
      return
    }
    this.write(this.wire(step))
    this.read(this.answers[step]!)
  }

  wire(step: Step): Wire {
    const { renderer } = this
    const { head } = this.session
    switch (step) {
      case Step.hello:
        return renderer.hello
      case Step.mail:
        return renderer.mail
      case Step.rcpt:
        this.setRecipients(head)
        return renderer.rcpt(this.session.rcptSeen)
      case Step.data:
        return renderer.data
      case Step.envelope:
        this.setRecipients(head)
        return renderer.envelope()
      case Step.content:
        this.setContent(head)
        return renderer.content(Tail.none)
      case Step.contentEnvelope:
        this.setContent(head)
        this.setRecipients(head + 1)
        return renderer.content(Tail.envelope)
      default:
        throw new Error(`step ${step}`)
    }
  }

  group(): void {
    const { client, renderer } = this
    const end = client.groupFirst + client.groupSize
    renderer.bdatBegin()
    for (let n = client.groupFirst; n < end; n++) {
      this.setContent(n)
      this.setRecipients(n)
      if (renderer.bdatAdd()) continue
      this.write(renderer.bdatWire())
      renderer.bdatBegin()
      renderer.bdatAdd()
    }
    this.write(renderer.bdatWire())
  }

  setRecipients(n: number): void {
    const { client, renderer } = this
    if (client.numbered) renderer.setRecipients(client.numbers[client.slot(this.session, n)]!, client.numberStep)
  }

  setContent(n: number): void {
    const { client, renderer } = this
    const slot = client.slot(this.session, n)
    const last = client.numbers[slot]! + (client.counts[slot]! - 1) * client.numberStep
    renderer.setContent(this.session.number, client.serials[slot]!, last)
  }

  write(wire: Wire): void {
    this.octets += (wire as Buffer).length
  }
}

interface Mode {
  readonly parts: PlanParts
  readonly extensions: number
  readonly clock?: Clock
}

const MODES: { readonly [mode: string]: Mode } = {
  'lock-step': { parts: {}, extensions: 0 },
  glued: { parts: { mail: { numbered: true, recipients: 2 } }, extensions: Extension.pipelining },
  'BDAT 16': {
    parts: { wire: { chunking: 'auto', depth: 16 }, mail: { numbered: true } },
    extensions: Extension.pipelining | Extension.chunking,
  },
  control: { parts: {}, extensions: 0, clock: new AllocatingClock() },
}

/** What a mode's messages left on the heap. */
export interface Measured {
  readonly mode: string
  readonly messages: number
  readonly octetsPerMessage: number
  readonly collections: number
}

async function measure(mode: string, messages: number): Promise<Measured> {
  const { parts, extensions, clock = new Clock() } = MODES[mode]!
  const driver = new Driver(parts, extensions, clock)
  driver.connect()
  driver.run(WARM)
  // The compiler works in the background and puts its code in place when the loop turns.
  await setImmediate()
  driver.run(WARM)
  await setImmediate()
  globalThis.gc!()
  let collections = 0
  const observer = new PerformanceObserver((list) => {
    collections += list.getEntries().length
  })
  await setImmediate()
  observer.observe({ entryTypes: ['gc'] })
  const before = process.memoryUsage().heapUsed
  driver.run(messages)
  const after = process.memoryUsage().heapUsed
  await setImmediate()
  for (const entry of observer.takeRecords()) collections += entry.entryType === 'gc' ? 1 : 0
  observer.disconnect()
  if (driver.octets === 0) throw new Error('nothing was written')
  return { mode, messages, octetsPerMessage: (after - before) / messages, collections }
}

const measured: Measured[] = []
for (const mode of Object.keys(MODES)) measured.push(await measure(mode, COUNT))
process.stdout.write(JSON.stringify(measured))
