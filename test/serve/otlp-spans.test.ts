import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import fc from 'fast-check'
import { ERROR_KINDS, ErrorKind, Outcome, Phase } from '#src/measure/series.js'
import {
  BlockKind,
  HEAD,
  Head,
  MessageHead,
  packEnhanced,
  SessionFlag,
  SessionHead,
  TLS_EVENT,
  Why,
} from '#src/measure/trace-blocks.js'
import { type SpanFacts, spansOf, traceIdOf } from '#src/serve/otlp-spans.js'

const FACTS: SpanFacts = {
  seed: '7f3a',
  startedSeconds: 0x6b0a0866,
  protocol: 'smtp',
  server: { address: 'mx.test', port: 25 },
  peer: { address: '2001:db8::1', port: 25 },
  messageIds: true,
}

type Numbers = { readonly [position: number]: number }
type Event = readonly [phase: number, code: number, enhanced: number, from: number, at: number]

function block(kind: number, head: Numbers, events: readonly Event[]): number[] {
  const numbers = new Array<number>(HEAD).fill(0)
  Object.assign(numbers, { [Head.kind]: kind, [Head.error]: -1, [Head.phase]: -1 }, head)
  numbers[Head.length] = HEAD + events.length * 5
  return [...numbers, ...events.flat()]
}

function message(head: Numbers, events: readonly Event[]): number[] {
  const usual = { [MessageHead.sent]: 5, [MessageHead.recipients]: 1, [Head.began]: 5, [Head.ended]: 20 }
  return block(BlockKind.message, { ...usual, ...head }, events)
}

function spans(...blocks: readonly number[][]) {
  return spansOf(Float64Array.from(blocks.flat()), FACTS)
}

const OK = packEnhanced(2, 0, 0)

describe('spans', () => {
  it('of a session and its slow message, whole', () => {
    const session = block(
      BlockKind.session,
      {
        [Head.session]: 3,
        [Head.connection]: 1,
        [Head.began]: 1,
        [Head.ended]: 400.5,
        [SessionHead.localPort]: 50_000,
        [SessionHead.flags]: SessionFlag.connected | SessionFlag.encrypted | SessionFlag.resumed,
        [SessionHead.messages]: 9,
        [SessionHead.kept]: 1,
      },
      [
        [Phase.connect, 0, 0, 1, 1.5],
        [Phase.greeting, 220, 0, 1.5, 2],
        [Phase.starttls, 220, OK, 2, 2.25],
        [TLS_EVENT, 0, 0, 2.25, 4],
      ],
    )
    const slow = message(
      {
        [Head.session]: 3,
        [Head.connection]: 1,
        [Head.began]: 10,
        [Head.ended]: 322.0005,
        [MessageHead.serial]: 0x2a,
        [MessageHead.sent]: 12.5,
        [MessageHead.recipients]: 2,
        [MessageHead.why]: Why.slowest,
        [Head.unheld]: 7,
      },
      [
        [Phase.mail, 250, packEnhanced(2, 1, 0), 12.5, 13],
        [Phase.rcpt, 250, packEnhanced(2, 1, 5), 13, 14],
        [Phase.data, 354, 0, 14, 15],
        [Phase.dot, 250, OK, 15, 322.0005],
      ],
    )
    const made = spans(slow, session)
    const [child, root] = made
    assert.equal(made.length, 2)
    assert.equal(root!.traceId, traceIdOf(FACTS, 3, 1))
    assert.match(root!.traceId, /^6b0a0866[0-9a-f]{24}$/)
    assert.match(root!.spanId, /^[0-9a-f]{16}$/)
    assert.deepEqual(
      { ...root, traceId: '', spanId: '' },
      {
        traceId: '',
        spanId: '',
        parentSpanId: null,
        name: 'smtp session',
        startMs: 1,
        endMs: 400.5,
        failure: null,
        attributes: {
          'network.protocol.name': 'smtp',
          'server.address': 'mx.test',
          'server.port': 25,
          'stampede.session': 3,
          'stampede.connection': 1,
          'network.transport': 'tcp',
          'network.type': 'ipv6',
          'network.peer.address': '2001:db8::1',
          'network.peer.port': 25,
          'network.local.port': 50_000,
          'stampede.connected': true,
          'stampede.messages': 9,
          'stampede.messages_kept': 1,
          'stampede.lost': false,
          'tls.established': true,
          'tls.resumed': true,
        },
        events: [
          { name: 'connect', atMs: 1.5, attributes: { 'smtp.phase': 'connect', 'smtp.duration_us': 500 } },
          {
            name: 'greeting',
            atMs: 2,
            attributes: { 'smtp.phase': 'greeting', 'smtp.code': 220, 'smtp.duration_us': 500 },
          },
          {
            name: 'starttls',
            atMs: 2.25,
            attributes: {
              'smtp.phase': 'starttls',
              'smtp.code': 220,
              'smtp.enhanced_code': '2.0.0',
              'smtp.duration_us': 250,
            },
          },
          { name: 'tls', atMs: 4, attributes: { 'smtp.phase': 'tls', 'smtp.duration_us': 1750 } },
        ],
        droppedEvents: 0,
      },
    )
    assert.equal(child!.traceId, root!.traceId)
    assert.equal(child!.parentSpanId, root!.spanId)
    assert.notEqual(child!.spanId, root!.spanId)
    assert.deepEqual([child!.name, child!.startMs, child!.endMs, child!.failure], ['smtp message', 10, 322.0005, null])
    assert.equal(child!.droppedEvents, 7)
    assert.deepEqual(child!.attributes, {
      'network.protocol.name': 'smtp',
      'server.address': 'mx.test',
      'server.port': 25,
      'stampede.session': 3,
      'stampede.connection': 1,
      'messaging.system': 'smtp',
      'messaging.operation.name': 'send',
      'messaging.operation.type': 'send',
      'messaging.message.id': '7f3a.000003.0000002a',
      'smtp.outcome': 'accepted',
      'smtp.recipients': 2,
      'smtp.code': 250,
      'smtp.enhanced_code': '2.0.0',
      'stampede.serial': 42,
      'stampede.sampled': 'slowest',
      'stampede.start_lag_us': 2500,
      'stampede.slowest_phase': 'dot',
      'stampede.slowest_phase_us': 307_001,
    })
    assert.deepEqual(
      child!.events.map(({ name, atMs }) => [name, atMs]),
      [
        ['start', 12.5],
        ['mail', 13],
        ['rcpt', 14],
        ['data', 15],
        ['dot', 322.0005],
      ],
    )
  })

  it('of messages that failed: by the reply that decided, or by what happened', () => {
    const bad = (outcome: number, events: readonly Event[], more: Numbers = {}) =>
      spans(message({ [MessageHead.outcome]: outcome, ...more }, events))[0]!
    const [no, later] = [packEnhanced(5, 1, 1), packEnhanced(4, 3, 0)]
    // Only its recipient was refused: what DATA says then is an echo.
    const echoed = bad(Outcome.refused, [
      [Phase.mail, 250, OK, 5, 6],
      [Phase.rcpt, 550, no, 5, 6],
      [Phase.data, 554, 0, 5, 7],
    ])
    assert.equal(echoed.failure, '550 5.1.1 (rcpt)')
    assert.deepEqual(
      [echoed.attributes['smtp.code'], echoed.attributes['error.type'], echoed.attributes['smtp.phase']],
      [550, '550', 'rcpt'],
    )
    // One of two was: what decides is the word on the content.
    const both = bad(Outcome.deferred, [
      [Phase.mail, 250, OK, 5, 6],
      [Phase.rcpt, 450, packEnhanced(4, 2, 0), 5, 6],
      [Phase.rcpt, 250, OK, 5, 6],
      [Phase.data, 354, 0, 5, 7],
      [Phase.dot, 451, later, 7, 9],
    ])
    assert.equal(both.failure, '451 4.3.0 (dot)')
    // A refusal among them is not why it was deferred.
    const mixed = bad(Outcome.deferred, [
      [Phase.rcpt, 550, no, 5, 6],
      [Phase.rcpt, 452, 0, 5, 6],
    ])
    assert.equal(mixed.failure, '452 (rcpt)')
    assert.equal(bad(Outcome.refused, []).failure, 'refused')
    const kind = ERROR_KINDS.indexOf(ErrorKind.reset)
    const broken = bad(Outcome.failed, [[Phase.mail, 250, OK, 5, 6]], { [Head.error]: kind, [Head.phase]: Phase.rcpt })
    assert.equal(broken.failure, 'connection reset (rcpt)')
    assert.equal(broken.attributes['error.type'], 'connection reset')
    assert.equal(broken.attributes['smtp.code'], undefined)
    assert.deepEqual(
      [broken.attributes['stampede.slowest_phase'], broken.attributes['stampede.slowest_phase_us']],
      ['end', 14_000],
    )
  })

  it('say when nothing was sent, and that a message is sent again', () => {
    const [unsent, again] = spans(
      message({ [MessageHead.sent]: -1, [MessageHead.outcome]: Outcome.failed }, []),
      message({ [MessageHead.again]: 1, [MessageHead.outcome]: Outcome.deferred }, [[Phase.mail, 451, 0, 5, 6]]),
    )
    assert.deepEqual(unsent!.events, [])
    assert.equal(unsent!.attributes['stampede.start_lag_us'], undefined)
    assert.equal(unsent!.failure, 'failed')
    assert.equal(again!.attributes['stampede.retried_later'], true)
  })

  it('over a unix socket, by LMTP, without Message-Id', () => {
    const path = '/run/lmtp'
    const facts: SpanFacts = {
      ...FACTS,
      protocol: 'lmtp',
      server: { address: path, port: null },
      peer: { address: path, port: null },
      messageIds: false,
    }
    const records = Float64Array.from([...block(BlockKind.session, {}, []), ...message({}, [])])
    const [root, child] = spansOf(records, facts)
    assert.equal(root!.name, 'lmtp session')
    assert.equal(root!.attributes['network.transport'], 'unix')
    assert.equal(root!.attributes['network.peer.address'], path)
    assert.equal(root!.attributes['server.port'], undefined)
    assert.equal(child!.attributes['messaging.message.id'], undefined)
  })

  it('have ids of their own: by seed, start, session, connection and message', () => {
    const ids = new Set<string>()
    for (const seed of ['1', '2'])
      for (const startedSeconds of [1, 2])
        for (let session = 0; session < 5; session++)
          for (let connection = 0; connection < 5; connection++)
            ids.add(traceIdOf({ ...FACTS, seed, startedSeconds }, session, connection))
    assert.equal(ids.size, 100)
    // The same connection of the same seed, at another time: told apart, and found again.
    const [first, second] = [1, 2].map((startedSeconds) => traceIdOf({ ...FACTS, startedSeconds }, 7, 0))
    assert.notEqual(first, second)
    assert.equal(first!.slice(8), second!.slice(8))
  })

  it('whatever the numbers: attributes are of the types that there are', () => {
    fc.assert(
      fc.property(fc.array(fc.double({ min: -5, max: 1e6 }), { maxLength: 120 }), fc.boolean(), (numbers, session) => {
        const kind = session ? BlockKind.session : BlockKind.message
        const records = Float64Array.from([...block(kind, {}, []), ...numbers])
        records[Head.length] = HEAD + Math.floor(numbers.length / 5) * 5
        for (const span of spansOf(records, FACTS)) {
          for (const { attributes } of [span, ...span.events])
            for (const value of Object.values(attributes)) assert.match(typeof value, /^(string|number|boolean)$/)
        }
      }),
    )
  })
})
