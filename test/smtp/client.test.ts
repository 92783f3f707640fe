import assert from 'node:assert/strict'
import { test } from 'node:test'
import fc from 'fast-check'
import { Counter, ErrorKind, Outcome, Phase, phaseSeries, Series } from '#src/measure/series.js'
import { Client } from '#src/smtp/client.js'
import { Extension } from '#src/smtp/extensions.js'
import { Session, Step } from '#src/smtp/session.js'
import { type PlanParts, planOf } from '../plan/source-plan.js'
import { type Command, Conversation, Messages, newRecorder, type Script, type ServerOptions } from './conversation.js'

const PIPELINING = Extension.pipelining
const CHUNKING = Extension.chunking
const BOTH = PIPELINING | CHUNKING

interface Setting extends PlanParts {
  readonly messages?: number
  readonly retry?: boolean
  readonly server?: ServerOptions
}

function talk({ messages = 1, retry = false, server = {}, ...parts }: Setting = {}): Conversation {
  const conversation = new Conversation(planOf(parts), new Messages(messages, retry), server)
  conversation.run()
  return conversation
}

/** Codes for commands by name and number on their connection (`mail2`), or on every one (`mail`), or on one connection only (`mail@2`). */
function says(codes: { readonly [command: string]: number }): Script {
  return (command, nth, connection) => codes[`${command}@${connection}`] ?? codes[`${command}${nth}`] ?? codes[command]
}

const LOCK_STEP = 'mail rcpt data content'

test('lock-step where nothing is offered: one command at a time, one hello, one QUIT', () => {
  const c = talk({ messages: 2 })
  assert.equal(c.steps(), `dial hello ${LOCK_STEP} ${LOCK_STEP} quit close`)
  assert.deepEqual(c.outcomes, [2, 0, 0, 0])
  assert.equal(c.accepted, 2)
})

test('pipelined and glued: from the second round on one write a message', () => {
  const c = talk({ messages: 3, server: { extensions: PIPELINING } })
  assert.equal(c.steps(), 'dial hello envelope contentEnvelope contentEnvelope contentQuit close')
  assert.deepEqual(c.outcomes, [3, 0, 0, 0])
  assert.equal(c.accepted, 3)
})

test('pipelining off is lock-step though it is offered', () => {
  const c = talk({ messages: 2, wire: { pipelining: 'off' }, server: { extensions: BOTH } })
  assert.equal(c.steps(), `dial hello ${LOCK_STEP} ${LOCK_STEP} quit close`)
})

test('what is required and not offered ends the connection and fails its message', () => {
  for (const [wire, extensions] of [
    [{ pipelining: 'require' }, CHUNKING],
    [{ chunking: 'require' }, PIPELINING],
    [{ chunking: 'require', depth: 16 }, 0],
  ] as const) {
    const c = talk({ messages: 2, wire, server: { extensions } })
    assert.equal(c.steps(), 'dial hello dial hello')
    assert.deepEqual(c.failures, [ErrorKind.notOffered, ErrorKind.notOffered])
    assert.deepEqual(c.outcomes, [0, 0, 0, 2])
  }
  assert.deepEqual(talk({ wire: { pipelining: 'require' }, server: { extensions: PIPELINING } }).outcomes, [1, 0, 0, 0])
})

test('BDAT: groups of what the window has room for, and half of it free before the next write', () => {
  const bdat = { chunking: 'auto', depth: 4 } as const
  assert.equal(
    talk({ messages: 9, wire: bdat, server: { extensions: BOTH } }).steps(),
    'dial hello bdat4 bdat4 bdat1 quit close',
  )
  assert.equal(
    talk({ messages: 3, wire: { ...bdat, depth: 1 }, server: { extensions: BOTH } }).steps(),
    'dial hello bdat1 bdat1 bdat1 quit close',
  )
  assert.equal(
    talk({ messages: 20, wire: { ...bdat, depth: 16 }, server: { extensions: BOTH } }).steps(),
    'dial hello bdat16 bdat4 quit close',
  )
  const one = new Conversation(planOf({ wire: bdat }), new Messages(9), { extensions: BOTH })
  one.dial(0)
  one.deliver(0, 1)
  one.deliver(0, 1)
  assert.equal(one.steps(), 'dial hello bdat4')
  for (let replies = 1; replies < 6; replies++) {
    one.deliver(0, 1)
    assert.equal(one.steps(), 'dial hello bdat4', `after ${replies} replies`)
  }
  one.deliver(0, 1)
  assert.equal(one.steps(), 'dial hello bdat4 bdat2')
})

test('BDAT without PIPELINING: one transaction at a time', () => {
  const c = talk({ messages: 2, wire: { chunking: 'auto', depth: 16 }, server: { extensions: CHUNKING } })
  // MAIL and RCPT of a transaction still go together with BDAT, so PIPELINING is needed for these, too.
  assert.deepEqual(c.outcomes, [2, 0, 0, 0])
  assert.match(c.steps(), /^dial hello (bdat1 ){2}quit close$/)
})

test('chunking auto that is not offered is DATA', () => {
  const c = talk({ messages: 1, wire: { chunking: 'auto', depth: 16 }, server: { extensions: PIPELINING } })
  assert.equal(c.steps(), 'dial hello envelope contentQuit close')
})

test('HELO after EHLO was refused, once, and then nothing of what EHLO could have offered', () => {
  const c = talk({ server: { extensions: PIPELINING, script: says({ ehlo: 502 }) } })
  assert.equal(c.steps(), `dial hello helo ${LOCK_STEP} quit close`)
  assert.deepEqual(c.outcomes, [1, 0, 0, 0])
  const both = talk({ messages: 2, server: { script: says({ ehlo: 502, helo: 550 }) } })
  assert.equal(both.steps(), 'dial hello helo close dial hello helo close')
  assert.deepEqual(both.outcomes, [0, 0, 2, 0])
})

test('no HELO after a 4xx, nor in LMTP, nor after HELO', () => {
  const later = talk({ server: { script: says({ ehlo: 451 }) } })
  assert.equal(later.steps(), 'dial hello close')
  assert.deepEqual(later.outcomes, [0, 1, 0, 0])
  const lmtp = talk({ wire: { protocol: 'lmtp' }, server: { script: says({ ehlo: 502 }) } })
  assert.equal(lmtp.steps(), 'dial hello close')
  const helo = talk({ wire: { hello: 'helo' }, server: { script: says({ helo: 502 }) } })
  assert.equal(helo.steps(), 'dial hello close')
  assert.deepEqual(helo.outcomes, [0, 0, 1, 0])
})

test('HELO by plan: a reply that looks like an offer is none', () => {
  const plan = planOf({ wire: { hello: 'helo' } })
  const client = new Client(plan, 1, 0, newRecorder(), new Messages(1))
  const session = new Session(0, 0)
  client.take(session, 0)
  session.connecting(0)
  client.connected(session, 0)
  assert.equal(client.reply(session, 220, 1), null)
  assert.equal(client.next(session, 1), Step.hello)
  session.extensions = BOTH
  assert.equal(client.reply(session, 250, 2), null)
  assert.equal(client.next(session, 2), Step.mail)
})

test('no hello: MAIL follows the greeting', () => {
  const c = talk({ messages: 2, wire: { hello: 'none' }, server: { extensions: PIPELINING } })
  assert.equal(c.steps(), `dial ${LOCK_STEP} ${LOCK_STEP} quit close`)
})

test('LMTP: a reply for each recipient taken', () => {
  const wire = { protocol: 'lmtp' } as const
  for (const extensions of [0, PIPELINING, BOTH]) {
    const chunked = extensions === BOTH ? ({ ...wire, chunking: 'auto', depth: 4 } as const) : wire
    const c = talk({ messages: 5, wire: chunked, mail: { recipients: 3 }, server: { extensions } })
    assert.deepEqual(c.outcomes, [5, 0, 0, 0])
    assert.equal(c.counter(Counter.rcptAccepted), 15)
    // The second of three recipients refused; of the two that are left one gets the mail, then none.
    for (const [content, outcomes] of [
      [{}, [5, 0, 0, 0]],
      [{ content101: 452, bdat101: 452, content1: 250 }, [5, 0, 0, 0]],
      [{ content: 452, bdat: 452 }, [0, 5, 0, 0]],
      [{ content: 552, bdat: 552 }, [0, 0, 5, 0]],
    ] as const) {
      const codes = { rcpt2: 550, rcpt5: 550, rcpt8: 451, rcpt11: 550, rcpt14: 550, ...content }
      const mixed = talk({
        messages: 5,
        wire: chunked,
        mail: { recipients: 3 },
        server: { extensions, script: says(codes) },
      })
      assert.equal(mixed.failures.length, 0)
      assert.deepEqual(mixed.outcomes, outcomes, mixed.steps())
      if (outcomes[0] === 5) {
        assert.equal(mixed.counter(Counter.rcptAccepted), 10)
        assert.equal(mixed.counter(Counter.rcptDeferred), 1)
        assert.equal(mixed.counter(Counter.rcptRefused), 4)
      }
    }
  }
})

test('LMTP: deferred for some and refused for the rest is deferred', () => {
  const script = says({ content1: 552, content101: 452, content102: 552 })
  const c = talk({ wire: { protocol: 'lmtp' }, mail: { recipients: 3 }, server: { extensions: PIPELINING, script } })
  assert.deepEqual(c.outcomes, [0, 1, 0, 0])
})

test('a refusal at each stage, lock-step', () => {
  const table: [string, { [command: string]: number }, string, number[]][] = [
    ['MAIL', { mail1: 550 }, 'mail', [0, 0, 1, 0]],
    ['MAIL for now', { mail1: 450 }, 'mail', [0, 1, 0, 0]],
    ['RCPT', { rcpt1: 550 }, 'mail rcpt rset', [0, 0, 1, 0]],
    ['RCPT for now', { rcpt1: 451 }, 'mail rcpt rset', [0, 1, 0, 0]],
    ['DATA', { data1: 554 }, 'mail rcpt data rset', [0, 0, 1, 0]],
    ['DATA for now', { data1: 452 }, 'mail rcpt data rset', [0, 1, 0, 0]],
    ['content', { content1: 554 }, 'mail rcpt data content', [0, 0, 1, 0]],
    ['content for now', { content1: 451 }, 'mail rcpt data content', [0, 1, 0, 0]],
  ]
  for (const [name, codes, steps, outcomes] of table) {
    const c = talk({ messages: 2, server: { script: says(codes) } })
    assert.equal(c.steps(), `dial hello ${steps} ${LOCK_STEP} quit close`, name)
    assert.deepEqual(c.outcomes, [1 + outcomes[0]!, ...outcomes.slice(1)], name)
    assert.equal(c.accepted, 1)
  }
})

test('a refusal at each stage, pipelined', () => {
  const next = 'envelope contentQuit close'
  const table: [string, { [command: string]: number }, string, number[]][] = [
    ['MAIL', { mail1: 550 }, `envelope ${next}`, [0, 0, 1, 0]],
    ['RCPT', { rcpt1: 451 }, `envelope rset ${next}`, [0, 1, 0, 0]],
    ['DATA', { data1: 554 }, `envelope rset ${next}`, [0, 0, 1, 0]],
    ['content', { content1: 554 }, 'envelope contentEnvelope contentQuit close', [0, 0, 1, 0]],
  ]
  for (const [name, codes, steps, outcomes] of table) {
    const c = talk({ messages: 2, server: { extensions: PIPELINING, script: says(codes) } })
    assert.equal(c.steps(), `dial hello ${steps}`, name)
    assert.deepEqual(c.outcomes, [1 + outcomes[0]!, ...outcomes.slice(1)], name)
  }
  const glued = talk({ messages: 3, server: { extensions: PIPELINING, script: says({ rcpt2: 550 }) } })
  assert.equal(glued.steps(), 'dial hello envelope contentEnvelope rset envelope contentQuit close')
  assert.deepEqual(glued.outcomes, [2, 0, 1, 0])
})

test('354 though no recipient was taken: a lone dot (RFC 2920 section 3.1)', () => {
  for (const codes of [{ rcpt1: 550 }, { mail1: 550 }]) {
    const c = talk({ messages: 2, server: { extensions: PIPELINING, eager: true, script: says(codes) } })
    assert.equal(c.steps(), 'dial hello envelope dot envelope contentQuit close')
    assert.deepEqual(c.outcomes, [1, 0, 1, 0])
  }
})

test('some recipients refused: the message goes to the others', () => {
  for (const extensions of [0, PIPELINING, BOTH]) {
    const script = says({ rcpt1: 550, rcpt3: 450 })
    const c = talk({ wire: { chunking: 'auto' }, mail: { recipients: 3 }, server: { extensions, script } })
    assert.deepEqual(c.outcomes, [1, 0, 0, 0])
    assert.deepEqual(
      [Counter.rcptAccepted, Counter.rcptDeferred, Counter.rcptRefused].map((counter) => c.counter(counter)),
      [1, 1, 1],
    )
  }
})

test('all recipients refused: deferred if one of them may be tried again', () => {
  for (const extensions of [0, PIPELINING, BOTH]) {
    for (const order of [
      { rcpt1: 550, rcpt2: 450 },
      { rcpt1: 450, rcpt2: 550 },
    ]) {
      const c = talk({
        wire: { chunking: 'auto' },
        mail: { recipients: 2 },
        server: { extensions, script: says(order) },
      })
      assert.deepEqual(c.outcomes, [0, 1, 0, 0])
    }
    const c = talk({
      wire: { chunking: 'auto' },
      mail: { recipients: 2 },
      server: { extensions, script: says({ rcpt: 550 }) },
    })
    assert.deepEqual(c.outcomes, [0, 0, 1, 0])
  }
})

test('421 at each stage ends the connection: what it answers is deferred, what lay behind is lost', () => {
  const stages: [Command, string, number][] = [
    ['greeting', 'dial close', 0],
    ['ehlo', 'dial hello close', 0],
    ['mail', 'dial hello mail close', 0],
    ['rcpt', 'dial hello mail rcpt close', 0],
    ['data', 'dial hello mail rcpt data close', 0],
    ['content', 'dial hello mail rcpt data content close', 0],
  ]
  for (const chatty of [false, true]) {
    for (const [stage, steps] of stages) {
      const c = talk({ messages: 2, server: { chatty, script: says({ [`${stage}@1`]: 421 }) } })
      assert.equal(c.steps(), `${steps} dial hello ${LOCK_STEP} quit close`, stage)
      assert.deepEqual(c.outcomes, [1, 1, 0, 0])
      assert.equal(c.ended.length, 1)
      assert.deepEqual(c.failures, [])
    }
    const glued = talk({ messages: 2, server: { chatty, extensions: PIPELINING, script: says({ content1: 421 }) } })
    assert.equal(glued.steps(), 'dial hello envelope contentEnvelope close')
    assert.deepEqual(glued.outcomes, [0, 1, 0, 1])
    assert.deepEqual(glued.failures, [])
    const group = talk({
      messages: 4,
      wire: { chunking: 'auto', depth: 4 },
      server: { chatty, extensions: BOTH, script: says({ mail2: 421 }) },
    })
    assert.equal(group.steps(), 'dial hello bdat4 close')
    assert.deepEqual(group.outcomes, [1, 1, 0, 2])
    assert.deepEqual(group.failures, [])
  }
})

test('421 to QUIT, or any other code, is the end as planned', () => {
  for (const code of [221, 421, 554, 250]) {
    const c = talk({ server: { script: says({ quit: code }) } })
    assert.deepEqual(c.outcomes, [1, 0, 0, 0])
    assert.equal(c.ended.length, 1)
    assert.deepEqual(c.failures, [])
  }
})

test('421 to RSET, and RSET refused: no message is given to that connection any more', () => {
  for (const code of [421, 450, 502]) {
    const c = talk({ messages: 2, server: { script: says({ 'rcpt@1': 550, rset: code }) } })
    assert.equal(c.steps(), `dial hello mail rcpt rset close dial hello ${LOCK_STEP} quit close`)
    assert.deepEqual(c.outcomes, [1, 0, 1, 0])
    assert.equal(c.ended.length, 1)
  }
})

test('codes that mean nothing at their place', () => {
  for (const [stage, code] of [
    ['greeting', 354],
    ['ehlo', 334],
    ['mail', 354],
    ['rcpt', 354],
    ['data', 250],
    ['data', 334],
    ['content', 354],
    ['quit', 354],
  ] as const) {
    const c = talk({ server: { script: says({ [stage]: code }) } })
    assert.deepEqual(c.failures, [ErrorKind.wrongCode], stage)
    assert.deepEqual(c.outcomes, stage === 'quit' ? [1, 0, 0, 0] : [0, 0, 0, 1])
  }
})

test('a reply that answers nothing, except 421', () => {
  for (const at of ['idle', 'hold'] as const) {
    for (const code of [250, 220, 354, 550, 421]) {
      const parts = at === 'hold' ? { wire: { until: 'ehlo' } as const } : {}
      const c = new Conversation(planOf(parts), new Messages(2))
      c.dial(0)
      c.deliver(0, 1)
      c.messages.hold = true
      c.deliver(0, 1)
      if (at === 'idle') while (c.waits() !== 'idle') c.deliver(0, 1)
      assert.equal(c.waits(), at)
      const failure = c.client.reply(c.sessions[0]!, code, 99)
      c.check()
      if (code !== 421) assert.equal(failure, ErrorKind.early)
      else {
        assert.equal(failure, null)
        assert.equal(c.client.next(c.sessions[0]!, 99), Step.close)
        assert.equal(c.sessions[0]!.turnedAway, true)
        assert.deepEqual(c.outcomes, [1, 0, 0, 0])
      }
    }
  }
})

test('greeting refused: the message that the connection was made for ends with it', () => {
  const c = talk({ messages: 3, server: { script: says({ 'greeting@1': 554, 'greeting@2': 450 }) } })
  assert.equal(c.steps(), `dial close dial close dial hello ${LOCK_STEP} quit close`)
  assert.deepEqual(c.outcomes, [1, 1, 1, 0])
})

test('BDAT: after a failure RSET, when all replies of the flight are in', () => {
  const wire = { chunking: 'auto', depth: 4 } as const
  for (const codes of [{ bdat2: 552 }, { rcpt2: 552 }, { mail2: 552 }]) {
    const c = talk({ messages: 6, wire, server: { extensions: BOTH, script: says(codes) } })
    assert.match(c.steps(), /^dial hello bdat4 rset bdat2 quit close$/)
    assert.deepEqual(c.outcomes, [5, 0, 1, 0])
    assert.equal(c.accepted, 5)
  }
})

test('BDAT: 503 to those behind a failure is not their fault: they are sent again, one at a time', () => {
  const wire = { chunking: 'auto', depth: 4 } as const
  const c = talk({ messages: 6, wire, server: { extensions: BOTH, sticky: true, script: says({ bdat2: 552 }) } })
  assert.equal(c.steps(), 'dial hello bdat4 rset bdat1 bdat1 bdat1 bdat1 quit close')
  assert.deepEqual(c.outcomes, [5, 0, 1, 0])
  assert.equal(c.accepted, 5)
  assert.equal(c.counter(Counter.scheduled), 6)
})

test('BDAT: a 503 of its own is a refusal', () => {
  const wire = { chunking: 'auto', depth: 4 } as const
  const c = talk({ messages: 4, wire, server: { extensions: BOTH, script: says({ mail2: 503 }) } })
  assert.deepEqual(c.outcomes, [3, 0, 1, 0])
})

test('the reply to RSET is taken for its own, however slowly it comes', () => {
  const c = new Conversation(planOf({ wire: { chunking: 'auto', depth: 4 } }), new Messages(8), {
    extensions: BOTH,
    script: says({ rcpt1: 550 }),
  })
  c.dial(0)
  while (!c.steps().endsWith('rset')) c.deliver(0, 1)
  for (let i = 0; i < 3; i++) c.deliver(0, 0)
  assert.equal(c.steps(), 'dial hello bdat4 rset')
  c.deliver(0, 1)
  assert.equal(c.steps(), 'dial hello bdat4 rset bdat4')
})

test('nothing follows QUIT, however slowly its reply comes', () => {
  const c = new Conversation(planOf({ wire: { chunking: 'auto', depth: 4 } }), new Messages(1), { extensions: BOTH })
  c.dial(0)
  while (!c.steps().endsWith('quit')) c.deliver(0, 1)
  // Another session has given a message back.
  c.messages.left = 1
  for (let i = 0; i < 3; i++) c.deliver(0, 0)
  assert.equal(c.steps(), 'dial hello bdat1 quit')
})

test('until: each stage is counted as accepted, held, and left', () => {
  for (const [until, steps, leave] of [
    ['connect', 'dial', ''],
    ['greeting', 'dial', ''],
    ['ehlo', 'dial hello', ' quit'],
    ['mail', 'dial hello mail', ' quit'],
    ['rcpt', 'dial hello mail rcpt', ' quit'],
  ] as const) {
    const server = { extensions: BOTH }
    const c = new Conversation(planOf({ wire: { until, chunking: 'auto', depth: 4 } }), new Messages(2), server)
    c.dial(0)
    while (c.waits() !== 'hold') c.deliver(0, 9)
    assert.equal(c.steps(), `${steps} hold`)
    assert.deepEqual(c.outcomes, [1, 0, 0, 0])
    c.wake(0)
    while (c.waits() !== 'hold') c.deliver(0, 9)
    assert.equal(c.steps(), `${steps} hold${leave} close ${steps} hold`)
    c.wake(0)
    while (c.busy(0)) c.deliver(0, 9)
    assert.deepEqual(c.outcomes, [2, 0, 0, 0])
    assert.equal(c.dials, 2)
    assert.equal(c.ended.length, 2)
  }
})

test('until: all recipients are tried before the stage is reached', () => {
  const plan = planOf({ wire: { until: 'rcpt' }, mail: { recipients: 3 } })
  const c = new Conversation(plan, new Messages(1), { script: says({ rcpt2: 550 }) })
  c.dial(0)
  while (c.busy(0)) c.deliver(0, 9)
  assert.equal(c.steps(), 'dial hello mail rcpt rcpt rcpt hold')
})

test('until: a refusal before the stage is a refusal', () => {
  for (const [until, codes, steps, outcomes] of [
    ['greeting', { greeting: 554 }, 'dial close', [0, 0, 1, 0]],
    ['ehlo', { ehlo: 450 }, 'dial hello close', [0, 1, 0, 0]],
    ['mail', { mail: 450 }, 'dial hello mail quit close', [0, 1, 0, 0]],
    ['rcpt', { rcpt: 550 }, 'dial hello mail rcpt quit close', [0, 0, 1, 0]],
  ] as const) {
    const c = talk({ wire: { until }, server: { script: says(codes) } })
    assert.equal(c.steps(), steps)
    assert.deepEqual(c.outcomes, outcomes)
  }
})

test('a delay: nothing is glued, and the pause is before the next message, not after the hello', () => {
  const delay = { kind: 'fixed', ms: 1000, stepMs: 1000 } as const
  for (const [extensions, steps] of [
    [0, 'mail rcpt data content'],
    [PIPELINING, 'envelope content'],
    [BOTH, 'bdat1'],
  ] as const) {
    const plan = planOf({ load: { delay }, wire: { chunking: 'auto', depth: 1 } })
    const c = new Conversation(plan, new Messages(2), { extensions })
    c.dial(0)
    while (c.busy(0)) c.deliver(0, 9)
    assert.equal(c.steps(), `dial hello ${steps} pause`)
    c.wake(0)
    while (c.busy(0)) c.deliver(0, 9)
    assert.equal(c.steps(), `dial hello ${steps} pause ${steps} pause`)
    c.wake(0)
    while (c.busy(0)) c.deliver(0, 9)
    assert.equal(c.steps(), `dial hello ${steps} pause ${steps} pause quit close`)
    assert.deepEqual(c.outcomes, [2, 0, 0, 0])
  }
})

test('messages on one connection, exactly', () => {
  for (const extensions of [0, PIPELINING, BOTH]) {
    for (const perSession of [1, 2, 3, 5, 7]) {
      const c = talk({
        messages: 15,
        load: { perSession },
        wire: { chunking: 'auto', depth: 4 },
        server: { extensions },
      })
      assert.equal(c.dials, Math.ceil(15 / perSession))
      assert.equal(c.ended.length, c.dials)
      const mails = c.ended.map((connection) => connection.counts.get('mail'))
      assert.deepEqual(mails.slice(0, -1), Array(c.dials - 1).fill(perSession))
      assert.deepEqual(c.outcomes, [15, 0, 0, 0])
    }
  }
})

test('refused mail counts for the connection, too', () => {
  for (const extensions of [0, PIPELINING, BOTH]) {
    const script = says({ rcpt1: 550, mail3: 450, content2: 550, bdat2: 550 })
    const c = talk({
      messages: 12,
      load: { perSession: 4 },
      wire: { chunking: 'auto', depth: 4 },
      server: { extensions, script },
    })
    assert.equal(c.dials, 3)
    assert.deepEqual(
      c.ended.map((connection) => connection.counts.get('mail')),
      [4, 4, 4],
    )
  }
})

test('retry later: once more at the end, and no third time', () => {
  for (const extensions of [0, PIPELINING, BOTH]) {
    const wire = { chunking: 'auto', depth: 4 } as const
    const twice = talk({ messages: 5, retry: true, wire, server: { extensions, script: says({ mail1: 450 }) } })
    assert.equal(twice.counter(Counter.retried), twice.dials)
    assert.equal(twice.counter(Counter.scheduled), 5)
    assert.equal(
      twice.outcomes.reduce((a, b) => a + b),
      5,
    )
    const never = talk({ messages: 5, retry: true, wire, server: { extensions, script: says({ rcpt: 550 }) } })
    assert.deepEqual(never.outcomes, [0, 0, 5, 0])
    assert.equal(never.counter(Counter.retried), 5)
    assert.equal(never.accepted, 0)
  }
})

test('a retry that was given back stays a retry: there is no third attempt', () => {
  const wire = { chunking: 'auto', depth: 4 } as const
  const c = talk({
    messages: 4,
    retry: true,
    wire,
    server: { extensions: BOTH, sticky: true, script: says({ rcpt: 550 }) },
  })
  assert.deepEqual(c.outcomes, [0, 0, 4, 0])
  assert.equal(c.counter(Counter.retried), 4)
})

test('a connection that breaks: every message begun on it has failed, none is tried again', () => {
  const glued = new Conversation(planOf(), new Messages(3, true), { extensions: PIPELINING })
  glued.dial(0)
  while (!glued.steps().endsWith('contentEnvelope')) glued.deliver(0, 9)
  glued.fail(0, ErrorKind.reset)
  assert.deepEqual(glued.outcomes, [0, 0, 0, 2])
  const group = new Conversation(planOf({ wire: { chunking: 'auto', depth: 4 } }), new Messages(5), {
    extensions: BOTH,
  })
  group.dial(0)
  while (!group.steps().endsWith('bdat4')) group.deliver(0, 9)
  group.deliver(0, 3)
  group.fail(0, ErrorKind.timeout)
  assert.deepEqual(group.outcomes, [1, 0, 0, 3])
  assert.equal(group.dials, 2)
})

test('idle until mail is due', () => {
  for (const [extensions, first, second] of [
    [0, LOCK_STEP, LOCK_STEP],
    [PIPELINING, 'envelope content', 'envelope contentQuit'],
    [BOTH, 'bdat1', 'bdat1'],
  ] as const) {
    const c = new Conversation(planOf({ wire: { chunking: 'auto', depth: 4 } }), new Messages(2), { extensions })
    c.dial(0)
    c.messages.hold = true
    while (c.busy(0)) c.deliver(0, 9)
    assert.equal(c.steps(), `dial hello ${first} idle`)
    c.wake(0)
    assert.equal(c.steps(), `dial hello ${first} idle idle`)
    c.messages.hold = false
    c.wake(0)
    while (c.busy(0)) c.deliver(0, 9)
    assert.match(c.steps(), new RegExp(`^dial hello ${first} idle idle ${second}( quit)? close$`))
  }
})

test('times: from intended start and from the write, each phase, and what was waited', () => {
  const recorder = newRecorder()
  const timed: [number, number][] = []
  const time = recorder.time.bind(recorder)
  recorder.time = (series, us) => {
    timed.push([series, Math.round(us)])
    time(series, us)
  }
  const messages = new Messages(1)
  messages.take = function take(this: Messages) {
    return this.left-- > 0 ? 5 : -2
  }
  const client = new Client(planOf(), 1, 0, recorder, messages)
  const session = new Session(0, 0)
  client.take(session, 7)
  session.connecting(8)
  client.connected(session, 10)
  client.reply(session, 220, 11)
  client.next(session, 12)
  client.reply(session, 250, 14)
  client.next(session, 14)
  client.reply(session, 250, 15)
  client.next(session, 15)
  client.reply(session, 250, 17)
  client.next(session, 17)
  client.reply(session, 354, 20)
  assert.equal(client.next(session, 20), Step.content)
  client.reply(session, 250, 24.5)
  assert.deepEqual(timed, [
    [Series.startLag, 2000],
    [phaseSeries(Phase.connect, 0), 2000],
    [phaseSeries(Phase.greeting, 0), 1000],
    [phaseSeries(Phase.ehlo, 0), 2000],
    [phaseSeries(Phase.mail, 0), 1000],
    [phaseSeries(Phase.rcpt, 0), 2000],
    [phaseSeries(Phase.data, 0), 3000],
    [phaseSeries(Phase.dot, 0), 4500],
    [Series.response + Outcome.accepted, 19_500],
    [Series.service + Outcome.accepted, 10_500],
  ])
  assert.equal(recorder.counters[Counter.waitingUs], 1000 + 2000 + 1000 + 2000 + 3000 + 4500)
})

test('recipient numbers: workers interleave, no number twice', () => {
  const seen = new Set<number>()
  for (let worker = 0; worker < 3; worker++) {
    const plan = planOf({ mail: { recipients: 2, numbered: true }, workers: 3 })
    const client = new Client(plan, 1, worker, newRecorder(), new Messages(5))
    const session = new Session(0, 0)
    for (let n = 0; n < 5; n++) {
      client.take(session, 0)
      const first = client.numbers[client.slot(session, n % 2)]!
      seen.add(first).add(first + client.numberStep)
      session.head++
    }
  }
  assert.deepEqual(
    [...seen].sort((a, b) => a - b),
    [...Array(30).keys()],
  )
  const classic = new Client(
    planOf({ mail: { numbering: 'classic', numbered: true } }),
    1,
    0,
    newRecorder(),
    new Messages(1),
  )
  const session = new Session(0, 0)
  classic.take(session, 0)
  assert.equal(classic.numbers[0], 1)
})

/** A code for each command as it comes: mostly what is normal. */
const codesArb = fc.array(
  fc.oneof(
    { weight: 12, arbitrary: fc.constant(0) },
    { weight: 4, arbitrary: fc.constantFrom(250, 354, 450, 451, 503, 550, 552, 554) },
    { weight: 1, arbitrary: fc.constantFrom(421, 300, 220, 599) },
  ),
  { maxLength: 60 },
)

const wireArb = fc.record({
  protocol: fc.constantFrom('smtp', 'lmtp'),
  hello: fc.constantFrom('ehlo', 'ehlo', 'ehlo', 'helo', 'none'),
  pipelining: fc.constantFrom('auto', 'auto', 'off', 'require'),
  chunking: fc.constantFrom('off', 'auto', 'auto', 'require'),
  depth: fc.constantFrom(1, 2, 4, 5, 16),
} as const)

test('any server, any order of events: every message has one end, every reply its command', () => {
  fc.assert(
    fc.property(
      fc.record({
        wire: wireArb,
        extensions: fc.constantFrom(0, PIPELINING, CHUNKING, BOTH),
        sessions: fc.integer({ min: 1, max: 3 }),
        recipients: fc.integer({ min: 1, max: 3 }),
        messages: fc.integer({ min: 1, max: 25 }),
        perSession: fc.option(fc.integer({ min: 1, max: 6 })),
        retry: fc.boolean(),
        eager: fc.boolean(),
        sticky: fc.boolean(),
        chatty: fc.boolean(),
        codes: codesArb,
        events: fc.array(fc.tuple(fc.nat(2), fc.integer({ min: -1, max: 12 })), { maxLength: 120 }),
      }),
      ({ wire, extensions, sessions, recipients, messages, perSession, retry, codes, events, ...server }) => {
        const left = [...codes]
        const script: Script = () => left.shift() || undefined
        const plan = planOf({ wire, load: { sessions, perSession }, mail: { recipients } })
        const c = new Conversation(plan, new Messages(messages, retry), { ...server, extensions, script })
        for (let i = 0; i < sessions; i++) c.dial(i)
        for (const [i, replies] of events) {
          if (i >= sessions || !c.busy(i)) continue
          // -1: the connection breaks, 0: the first octets of a reply.
          if (replies < 0) c.fail(i, ErrorKind.reset)
          else c.deliver(i, replies)
        }
        for (let turns = 0; c.sessions.some((_, i) => c.busy(i)); turns++) {
          assert.ok(turns < 1000, 'no end')
          for (let i = 0; i < sessions; i++) if (c.busy(i)) c.deliver(i, 1 + (turns % 7))
        }
        const ended = c.outcomes.reduce((sum, count) => sum + count, 0)
        assert.equal(ended, messages)
        assert.equal(c.counter(Counter.scheduled), messages)
        assert.equal(c.messages.left + c.messages.again + c.messages.retries, 0)
        for (const session of c.sessions) assert.equal(session.head, session.tail)
        const begun = c.ended.map((connection) => connection.counts.get('mail') ?? 0)
        if (perSession !== null) for (const count of begun) assert.ok(count <= perSession)
        // Of what the server took we may not know (the reply was lost), but not the other way about.
        assert.ok(c.outcomes[0]! <= c.accepted, `${c.outcomes[0]} accepted, ${c.accepted} taken`)
        if (
          events.every(([, replies]) => replies >= 0) &&
          c.failures.length === 0 &&
          !server.sticky &&
          !codes.includes(421)
        ) {
          assert.equal(c.outcomes[0], c.accepted)
        }
      },
    ),
    { numRuns: 1500, seed: 7 },
  )
})
