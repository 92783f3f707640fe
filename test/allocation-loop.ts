/**
 * Run by allocation.test.ts in a process of its own, with --expose-gc: a million messages through parser, client, recorder and speaker, put
 * together as a connection's owner does, but without a socket. Prints what the heap grew by and how often it was collected meanwhile.
 */
import { PerformanceObserver } from 'node:perf_hooks'
import { setImmediate } from 'node:timers/promises'
import { Counter, type Phase } from '#src/measure/series.js'
import type { Wire } from '#src/message/renderer.js'
import type { MixPart } from '#src/plan/plan.js'
import { shares } from '#src/plan/shares.js'
import { Client } from '#src/smtp/client.js'
import { Extension } from '#src/smtp/extensions.js'
import { NextReply, ReplyParser } from '#src/smtp/reply-parser.js'
import { Session, Step } from '#src/smtp/session.js'
import { Schedule } from '#src/worker/schedule.js'
import type { Speaker } from '#src/worker/speaker.js'
import { deckOf, speakerOf } from '#src/worker/speakers.js'
import { type PlanParts, planOf } from './plan/source-plan.js'
import { newRecorder } from './smtp/conversation.js'

/** Enough for the optimising compiler to have come to rest. */
const WARM = 200_000
const COUNT = 1_000_000
const DATE = 'Sun, 22 Nov 2026 13:23:21 +0000 (UTC)'
/** Recipients of a message, at most. */
const RECIPIENTS_MAX = 3

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
  readonly speaker: Speaker
  readonly parser = new ReplyParser()
  readonly session = new Session(0, 0)
  readonly recorder = newRecorder()
  readonly schedule: Schedule
  readonly clock: Clock
  readonly extensions: number
  readonly answers: Buffer[]
  /** For an envelope, and for a content and an envelope, by its recipients; for a group of BDAT, by its replies. */
  readonly envelopes: Buffer[]
  readonly glued: Buffer[]
  readonly groups: Buffer[]
  octets = 0

  constructor(parts: PlanParts, mix: readonly MixPart[], extensions: number, clock: Clock) {
    this.clock = clock
    const plan = { ...planOf(parts), mix }
    this.schedule = new Schedule(
      { messages: null, durationMs: null, starts: null, retryLater: false },
      this.recorder.counters,
    )
    const deck = deckOf(shares(plan)[0]!, DATE)
    this.client = new Client(plan, 1, 0, this.recorder, this.schedule, deck)
    this.speaker = speakerOf(plan, this.client, DATE)
    this.extensions = extensions
    const ok = '250 2.0.0 Ok\r\n'
    const texts: { readonly [step: number]: string } = {
      [Step.hello]: ok,
      [Step.mail]: ok,
      [Step.rcpt]: ok,
      [Step.data]: '354 go\r\n',
      [Step.content]: ok,
    }
    const table = (length: number, text: (n: number) => string) =>
      Array.from({ length }, (_, n) => Buffer.from(text(n), 'latin1'))
    const envelope = (n: number) => `${ok.repeat(1 + n)}354 End data with <CR><LF>.<CR><LF>\r\n`
    this.answers = table(20, (step) => texts[step] ?? '')
    this.envelopes = table(RECIPIENTS_MAX + 1, envelope)
    this.glued = table(RECIPIENTS_MAX + 1, (n) => ok + envelope(n))
    this.groups = table(16 * (RECIPIENTS_MAX + 2) + 1, (n) => ok.repeat(n))
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
    const { client, session } = this
    if (step === Step.bdat) {
      this.read(this.groups[this.group()]!)
      return
    }
    this.write(this.speaker.wire(session, step))
    if (step === Step.envelope) this.read(this.envelopes[client.counts[client.slot(session, session.head)]!]!)
    else if (step === Step.contentEnvelope) {
      this.read(this.glued[client.counts[client.slot(session, session.head + 1)]!]!)
    } else this.read(this.answers[step]!)
  }

  /** Writes a group; how many replies it gets. */
  group(): number {
    const { client, session, speaker } = this
    const end = client.groupFirst + client.groupSize
    for (let n = client.groupFirst; n < end; n = speaker.next) this.write(speaker.group(session, n, end))
    let replies = 0
    for (let n = client.groupFirst; n < end; n++) replies += client.counts[client.slot(session, n)]! + 2
    return replies
  }

  write(wire: Wire): void {
    if (Array.isArray(wire)) for (let i = 0; i < wire.length; i++) this.octets += wire[i]!.length
    else this.octets += wire.length
  }
}

interface Mode {
  readonly parts: PlanParts
  readonly mix?: readonly MixPart[]
  readonly extensions: number
  readonly clock?: Clock
}

/** A small mail, one to drawn recipients of drawn sizes, and one that is too large to be copied. */
const MIX: readonly MixPart[] = [
  { weight: 80, mail: planOf({ mail: { size: 1024 } }).mail },
  {
    weight: 15,
    mail: planOf({
      mail: {
        sizes: { kind: 'uniform', from: 100, to: 4000 },
        recipients: 1,
        recipientsMost: RECIPIENTS_MAX,
        toPool: { kind: 'numbers', count: 1000, before: 'u', after: '@example.net', digits: 4, order: 'random' },
        declareSize: true,
      },
    }).mail,
  },
  { weight: 5, mail: planOf({ mail: { size: 100_000 } }).mail },
]

const MODES: { readonly [mode: string]: Mode } = {
  'lock-step': { parts: {}, extensions: 0 },
  glued: { parts: { mail: { numbered: true, recipients: 2 } }, extensions: Extension.pipelining },
  'BDAT 16': {
    parts: { wire: { chunking: 'auto', depth: 16 }, mail: { numbered: true } },
    extensions: Extension.pipelining | Extension.chunking,
  },
  'mix lock-step': { parts: {}, mix: MIX, extensions: 0 },
  'mix glued': { parts: {}, mix: MIX, extensions: Extension.pipelining },
  'mix BDAT 16': {
    parts: { wire: { chunking: 'auto', depth: 16 } },
    mix: MIX,
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
  const { parts, mix = [], extensions, clock = new Clock() } = MODES[mode]!
  const driver = new Driver(parts, mix, extensions, clock)
  driver.connect()
  driver.run(WARM)
  // The compiler works in the background and puts its code in place when the loop turns.
  await setImmediate()
  driver.run(WARM)
  await setImmediate()
  globalThis.gc!()
  const seen: { readonly startTime: number }[] = []
  const observer = new PerformanceObserver((list) => {
    seen.push(...list.getEntries())
  })
  await setImmediate()
  observer.observe({ entryTypes: ['gc'] })
  const from = performance.now()
  const before = process.memoryUsage().heapUsed
  driver.run(messages)
  const after = process.memoryUsage().heapUsed
  const to = performance.now()
  await setImmediate()
  seen.push(...observer.takeRecords())
  observer.disconnect()
  // V8 also tidies up when the loop turns and nothing has been made for long; messages are not the cause of that.
  const collections = seen.filter(({ startTime }) => startTime >= from && startTime <= to).length
  if (driver.octets === 0) throw new Error('nothing was written')
  return { mode, messages, octetsPerMessage: (after - before) / messages, collections }
}

const measured: Measured[] = []
for (const mode of Object.keys(MODES)) measured.push(await measure(mode, COUNT))
process.stdout.write(JSON.stringify(measured))
