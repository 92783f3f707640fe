import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import fc from 'fast-check'
import type { TraceBatch } from '#src/measure/protocol.js'
import { ErrorKind, Outcome, Phase } from '#src/measure/series.js'
import {
  BlockKind,
  EVENT,
  eachBlock,
  enhancedText,
  HEAD,
  Head,
  MessageHead,
  SessionHead,
  Why,
} from '#src/measure/trace-blocks.js'
import { Client } from '#src/smtp/client.js'
import { Session } from '#src/smtp/session.js'
import type { SessionTrace } from '#src/smtp/trace-hook.js'
import { enhancedOf } from '#src/worker/followed.js'
import { FOLLOWED_MAX, Tracer, type TracerParts } from '#src/worker/tracer.js'
import { planOf } from '../plan/source-plan.js'
import { Messages, newRecorder } from '../smtp/conversation.js'

const OK = Buffer.from('250 2.1.5 Ok\r\n', 'latin1')

/** A worker's tracer, its client, and sessions that others play. */
class Stage {
  readonly batches: TraceBatch[] = []
  readonly client: Client
  readonly tracer: Tracer
  readonly sessions: Session[]

  constructor(parts: Partial<TracerParts> = {}, count = 1) {
    const plan = planOf({ load: { sessions: count } })
    this.client = new Client(plan, count, 0, newRecorder(), new Messages(1_000_000))
    this.sessions = Array.from({ length: count }, (_, i) => new Session(i, i))
    this.tracer = new Tracer({
      share: 1,
      perSecond: 1000,
      seed: '1',
      sessions: count,
      workers: 1,
      worker: 0,
      client: this.client,
      peer: { address: '127.0.0.1', port: 25 },
      send: (batch) => this.batches.push(batch),
      ...parts,
    })
  }

  /** The session connects at `now`; who follows it. */
  dial(now: number, session = this.sessions[0]!): SessionTrace | null {
    session.connecting(now)
    session.trace = this.tracer.follow(session, now)
    return session.trace
  }

  /** The same, and at once there is a connection. */
  link(now: number, session = this.sessions[0]!): SessionTrace | null {
    const trace = this.dial(now, session)
    trace?.connected(now, 0)
    return trace
  }

  /** A message of that session, from `from` to `to`. */
  message(from: number, to: number, outcome: Outcome = Outcome.accepted, session = this.sessions[0]!): void {
    const { client } = this
    session.ready = true
    client.take(session, from)
    session.wroteAt = from
    const slot = client.slot(session, session.head)
    session.trace!.replied(Phase.mail, 250, OK, 0, OK.length, from + 1)
    session.trace!.replied(Phase.rcpt, 250, OK, 0, OK.length, from + 2)
    session.head++
    session.trace!.finished(slot, outcome, false, to)
  }

  /** All blocks that were handed over, and those that would be now. */
  blocks(now: number): Float64Array[] {
    this.tracer.drain(now)
    const found: Float64Array[] = []
    for (const { records } of this.batches) eachBlock(records, (at, end) => found.push(records.subarray(at, end)))
    return found
  }
}

const messages = (blocks: readonly Float64Array[]) => blocks.filter((one) => one[Head.kind] === BlockKind.message)
const connections = (blocks: readonly Float64Array[]) => blocks.filter((one) => one[Head.kind] === BlockKind.session)

describe('a tracer', () => {
  it('draws connections by the seed and the share, and by nothing else', () => {
    const drawn = (seed: string, share: number) => {
      const { tracer } = new Stage({ seed, share })
      return Array.from({ length: 4000 }, (_, i) => tracer.drawn(i % 40, Math.floor(i / 40)))
    }
    const count = (all: readonly boolean[]) => all.filter(Boolean).length
    assert.deepEqual(drawn('7f', 0.25), drawn('7f', 0.25))
    assert.notDeepEqual(drawn('7f', 0.25), drawn('80', 0.25))
    assert.equal(count(drawn('7f', 0)), 0)
    assert.equal(count(drawn('7f', 1)), 4000)
    // Five standard deviations of a fair draw are 137.
    assert.ok(Math.abs(count(drawn('7f', 0.25)) - 1000) < 137)
    // Who is drawn for a small share is drawn for a larger one too.
    const large = drawn('7f', 0.5)
    drawn('7f', 0.25).forEach((one, i) => {
      assert.ok(!one || large[i])
    })
  })

  it('follows each connection of a session anew', () => {
    const stage = new Stage({ share: 0.5 }, 1)
    const followed = Array.from({ length: 50 }, (_, i) => {
      const trace = stage.dial(i)
      trace?.closed(false, i)
      return trace !== null
    })
    assert.deepEqual(
      followed,
      followed.map((_, i) => stage.tracer.drawn(0, i)),
    )
    assert.ok(followed.includes(true) && followed.includes(false))
  })

  it('keeps so many a second, as many failures, and the slowest of the rest', () => {
    const stage = new Stage({ perSecond: 2 })
    stage.link(0)
    for (let i = 0; i < 40; i++) stage.message(i * 10, i * 10 + (i === 25 ? 9 : 3))
    for (let i = 40; i < 50; i++) stage.message(i * 10, i * 10 + 4, Outcome.refused)
    stage.sessions[0]!.trace!.closed(false, 600)
    const blocks = stage.blocks(600)
    const by = (why: number) => messages(blocks).filter((one) => one[MessageHead.why] === why)
    // Two at once, and one more for the half second that has passed.
    assert.deepEqual(
      [Why.turn, Why.failure, Why.slowest].map((why) => by(why).length),
      [2, 2, 1],
    )
    assert.equal(by(Why.slowest)[0]![MessageHead.serial], 25)
    assert.ok(by(Why.failure).every((one) => one[MessageHead.outcome] === Outcome.refused))
    const [connection] = connections(blocks)
    assert.equal(connection![SessionHead.messages], 50)
    // Of the slowest nobody knew yet that it would stay so when the connection ended.
    assert.equal(connection![SessionHead.kept], 4)
  })

  it('splits the rate among the workers', () => {
    const stage = new Stage({ perSecond: 40, workers: 4 })
    stage.link(0)
    for (let i = 0; i < 100; i++) stage.message(i, i + 0.5)
    assert.equal(messages(stage.blocks(100)).filter((one) => one[MessageHead.why] === Why.turn).length, 10)
  })

  it('leaves out a connection of which nothing was kept, but not the slowest message’s', () => {
    const stage = new Stage({ perSecond: 1 }, 3)
    const [first, second, third] = stage.sessions as [Session, Session, Session]
    for (const session of stage.sessions) stage.link(0, session)
    stage.message(0, 5, Outcome.accepted, first)
    stage.message(0, 5, Outcome.accepted, second)
    stage.message(0, 9, Outcome.accepted, third)
    for (const session of stage.sessions) session.trace!.closed(false, 10)
    const kept = (blocks: readonly Float64Array[]) => blocks.map((one) => one[Head.session])
    assert.deepEqual(kept(connections(stage.blocks(10))), [0, 2])
    assert.deepEqual(kept(messages(stage.blocks(10))), [0, 2])
  })

  it('keeps the connection of a slowest message also when it ends long after', () => {
    const stage = new Stage({ perSecond: 0.001 })
    stage.link(0)
    stage.message(0, 5)
    stage.message(5, 50)
    assert.equal(messages(stage.blocks(1000)).length, 2)
    stage.sessions[0]!.trace!.closed(false, 2000)
    const [connection] = connections(stage.blocks(2000))
    assert.equal(connection![SessionHead.kept], 2)
    assert.equal(connection![Head.ended], 2000)
  })

  it('hands over once a second, or when half of the room is used', () => {
    const stage = new Stage({ perSecond: 100_000 })
    stage.link(0)
    stage.message(0, 5)
    stage.tracer.look(999)
    assert.equal(stage.batches.length, 0)
    stage.tracer.look(1000)
    assert.equal(stage.batches.length, 1)
    stage.tracer.look(1990)
    assert.equal(stage.batches.length, 1)
    while (!stage.tracer.log.halfFull) stage.message(1990, 1991)
    stage.tracer.look(1992)
    assert.equal(stage.batches.length, 2)
    stage.tracer.look(3000)
    assert.equal(stage.batches.length, 2, 'nothing to tell')
  })

  it('counts what finds no room, and says so even when there is nothing else', () => {
    const stage = new Stage({ perSecond: 10_000 })
    stage.link(0)
    const { log } = stage.tracer
    let asked = 0
    for (; log.lost < 5 && asked < 100_000; asked++) stage.message(asked, asked + 0.5)
    assert.equal(log.lost, 5)
    assert.equal(messages(stage.blocks(asked)).length, asked - 5)
    assert.equal(stage.batches.at(-1)!.lost, 5)
    // There is room again, and what was lost stays told.
    stage.message(asked, asked + 0.5)
    stage.tracer.drain(asked + 1)
    assert.equal(stage.batches.at(-1)!.lost, 5)
    assert.ok(stage.batches.at(-1)!.records.length > 0)
  })

  it('follows no more connections at once than it has promised', () => {
    const stage = new Stage({}, FOLLOWED_MAX + 3)
    const followed = stage.sessions.map((session) => stage.dial(0, session))
    assert.equal(followed.filter((trace) => trace !== null).length, FOLLOWED_MAX)
    stage.tracer.drain(1)
    assert.equal(stage.batches.at(-1)!.lost, 3)
    followed[0]!.closed(false, 2)
    assert.notEqual(stage.dial(3, stage.sessions.at(-1)), null)
  })
})

describe('a followed connection', () => {
  it('keeps its events apart from those of its messages, each with the write that it answers', () => {
    const stage = new Stage()
    const session = stage.sessions[0]!
    const trace = stage.dial(1)!
    trace.connected(2, 40_000)
    session.wroteAt = 2
    const greeting = Buffer.from('220 mx\r\n', 'latin1')
    trace.replied(Phase.greeting, 220, greeting, 0, greeting.length, 3)
    stage.message(10, 20)
    session.wroteAt = 20
    const bye = Buffer.from('221 Bye\r\n', 'latin1')
    trace.replied(Phase.quit, 221, bye, 0, bye.length, 21)
    trace.closed(false, 22)
    const blocks = stage.blocks(22)
    const events = (one: Float64Array) =>
      Array.from({ length: (one.length - HEAD) / EVENT }, (_, i) => [
        ...one.slice(HEAD + i * EVENT, HEAD + (i + 1) * EVENT),
      ])
    assert.deepEqual(events(connections(blocks)[0]!), [
      [Phase.connect, 0, 0, 1, 2],
      [Phase.greeting, 220, 0, 2, 3],
      [Phase.quit, 221, 0, 20, 21],
    ])
    assert.deepEqual(events(messages(blocks)[0]!), [
      [Phase.mail, 250, 2_001_005, 10, 11],
      [Phase.rcpt, 250, 2_001_005, 10, 12],
    ])
  })

  it('of many recipients leaves room for what comes behind them, and counts the others', () => {
    const stage = new Stage()
    const session = stage.sessions[0]!
    const trace = stage.dial(0)!
    session.ready = true
    stage.client.take(session, 0)
    trace.replied(Phase.mail, 250, OK, 0, OK.length, 1)
    for (let i = 0; i < 100; i++) trace.replied(Phase.rcpt, 250, OK, 0, OK.length, 2)
    trace.replied(Phase.data, 354, OK, 0, OK.length, 3)
    trace.replied(Phase.dot, 250, OK, 0, OK.length, 4)
    session.head++
    trace.finished(stage.client.slot(session, 0), Outcome.accepted, false, 4)
    const [one] = messages(stage.blocks(5))
    const phases = Array.from({ length: (one!.length - HEAD) / EVENT }, (_, i) => one![HEAD + i * EVENT])
    assert.deepEqual(phases.slice(-2), [Phase.data, Phase.dot])
    assert.equal(one![Head.unheld]! + phases.length, 103)
    assert.ok(phases.length > 30)
  })

  it('that was never made is kept when it failed, and not when it was only put off', () => {
    const stage = new Stage()
    const trace = stage.dial(0)!
    trace.failed(ErrorKind.refused, Phase.connect)
    trace.closed(true, 1)
    stage.dial(2)!.closed(true, 3)
    const kept = connections(stage.blocks(4))
    assert.equal(kept.length, 1)
    assert.equal(kept[0]![Head.phase], Phase.connect)
  })

  it('starts a message anew that was given back', () => {
    const stage = new Stage()
    const trace = stage.dial(0)!
    const session = stage.sessions[0]!
    stage.client.take(session, 0)
    trace.replied(Phase.mail, 503, OK, 0, OK.length, 1)
    session.head++
    trace.gaveBack()
    stage.message(5, 9)
    const [one] = messages(stage.blocks(9))
    assert.equal(one!.length, HEAD + 2 * EVENT)
  })
})

describe('an enhanced code is read from a reply’s octets', () => {
  const read = (text: string, code: number) => {
    const buffer = Buffer.from(`xx${text}zz`, 'latin1')
    return enhancedText(enhancedOf(code, buffer, 2, buffer.length - 2))
  }

  it('where there is one', () => {
    for (const [text, code, enhanced] of [
      ['250 2.1.5 Ok\r\n', 250, '2.1.5'],
      ['250-2.0.0 queued\r\n250 2.0.0 as 1\r\n', 250, '2.0.0'],
      ['550 5.7.999\r\n', 550, '5.7.999'],
      ['451 4.3.0 x\n', 451, '4.3.0'],
      ['250 Ok\r\n', 250, null],
      ['250 2.1.5Ok\r\n', 250, null],
      ['250 5.1.1 of another class\r\n', 250, null],
      ['250 2.1\r\n', 250, null],
      ['250 2..1 x\r\n', 250, null],
      ['250 2.1.1234 x\r\n', 250, null],
      ['250\r\n', 250, null],
      // The end of a reply whose beginning came in an earlier read.
      ['.1.5 Ok\r\n', 250, null],
    ] as const) {
      assert.equal(read(text, code), enhanced, text)
    }
  })

  it('and any octets are read without harm', () => {
    fc.assert(
      fc.property(fc.uint8Array({ maxLength: 40 }), fc.integer({ min: 200, max: 599 }), (octets, code) => {
        const text = enhancedText(enhancedOf(code, Buffer.from(octets), 0, octets.length))
        if (text !== null) assert.ok(text.startsWith(`${Math.floor(code / 100)}.`))
      }),
    )
    const part = fc.integer({ min: 0, max: 999 })
    fc.assert(
      fc.property(fc.constantFrom(2, 4, 5), part, part, fc.constantFrom(' ', '-'), (first, subject, detail, mark) => {
        const enhanced = `${first}.${subject}.${detail}`
        assert.equal(read(`${first}50${mark}${enhanced} text\r\n`, first * 100 + 50), enhanced)
      }),
    )
  })
})
