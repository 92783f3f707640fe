import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import { Counter, ErrorKind, Outcome, Phase, phaseSeries, Series } from '#src/measure/series.js'
import { type ClientTlsPlan, PLAIN_TLS } from '#src/plan/client-tls-plan.js'
import { Client } from '#src/smtp/client.js'
import type { AuthClient, AuthExchange } from '#src/smtp/client-auth-hook.js'
import { Extension } from '#src/smtp/extensions.js'
import { NextReply, ReplyParser } from '#src/smtp/reply-parser.js'
import { Session, Step } from '#src/smtp/session.js'
import { type PlanParts, planOf } from '../plan/source-plan.js'
import { Messages, newRecorder } from './conversation.js'

const TLS: ClientTlsPlan = { ...PLAIN_TLS, mode: 'starttls' }
const NAMES = Object.fromEntries(Object.entries(Step).map(([name, number]) => [number, name]))

/** Exchanges that say `A`, then `B` to each challenge; the first `wrong` of them are wrong on purpose. */
class Logins implements AuthClient {
  reason = 'nothing in common'
  readonly asked: (readonly [offered: number, encrypted: boolean, before: boolean])[] = []
  readonly challenges: string[] = []
  wrong: number
  usable: boolean
  proved = true

  constructor({ wrong = 0, usable = true } = {}) {
    this.wrong = wrong
    this.usable = usable
  }

  open(offered: number, encrypted: boolean, before: AuthExchange | null): AuthExchange | null {
    this.asked.push([offered, encrypted, before !== null])
    if (!this.usable) return null
    const { challenges, proved } = this
    return {
      wrong: this.wrong-- > 0,
      credential: 0,
      proved,
      first: () => Buffer.from('A\r\n'),
      next: (challenge) => {
        challenges.push(challenge)
        return Buffer.from('B\r\n')
      },
    }
  }
}

interface Setting extends PlanParts {
  readonly auth?: Logins
}

/** A session that hears what it is told, one clock tick a reply, and writes down the steps that it takes. */
class Talk {
  readonly client: Client
  readonly recorder = newRecorder()
  readonly session = new Session(0, 0)
  readonly steps: string[] = []
  readonly said: string[] = []
  failure: ErrorKind | null = null
  now = 0

  constructor({ auth, ...parts }: Setting) {
    this.client = new Client(planOf(parts), 1, 0, this.recorder, new Messages(1), null, auth ?? null)
    this.client.take(this.session, 0)
    this.session.connecting(0)
    this.session.wantsTls = planOf(parts).wire.tls !== null
    this.client.connected(this.session, ++this.now)
    this.#next()
  }

  /** Codes; `E` and extensions for an EHLO, `T` and `R` for a handshake, full and resumed. */
  hears(...replies: readonly (number | readonly [code: number, extensions: number] | 'T' | 'R')[]): this {
    for (const reply of replies) {
      this.now++
      if (reply === 'T' || reply === 'R') this.client.secured(this.session, this.now, reply === 'R')
      else {
        const [code, extensions] = typeof reply === 'number' ? [reply, 0] : reply
        if (this.session.expect === Phase.ehlo && code < 300) this.session.extensions = extensions
        if (code === 334) this.session.challenge = 'dGV4dA=='
        this.failure = this.client.reply(this.session, code, this.now)
      }
      if (this.failure !== null) {
        this.client.fail(this.session, this.now)
        break
      }
      this.#next()
    }
    return this
  }

  #next(): void {
    const step = this.client.next(this.session, this.now)
    if (step === Step.none) return
    this.steps.push(NAMES[step]!)
    if (step === Step.auth) this.said.push(this.session.line!.toString('latin1').trimEnd())
  }

  get path(): string {
    return this.steps.join(' ')
  }

  get outcomes(): number[] {
    return [Outcome.accepted, Outcome.deferred, Outcome.refused, Outcome.failed].map((o) =>
      this.count(Counter.accepted + o),
    )
  }

  count(counter: number): number {
    return this.recorder.counters[counter]!
  }
}

const E = Extension
const PLAIN = [250, E.startTls | E.chunking] as const
const SECURE = [250, E.pipelining | E.auth | E.authPlain] as const
const starttls = { wire: { tls: TLS } }
const implicit = { wire: { tls: { ...TLS, mode: 'implicit' as const } } }

describe('STARTTLS', () => {
  it('comes after the hello, is followed by another, and what was offered before it is forgotten', () => {
    const talk = new Talk(starttls).hears(220, PLAIN, 220, 'T', SECURE)
    assert.equal(talk.path, 'hello starttls handshake hello envelope')
    assert.equal(talk.session.extensions, SECURE[1])
    assert.ok(talk.session.encrypted)
    assert.deepEqual([talk.count(Counter.tlsFull), talk.count(Counter.tlsResumed)], [1, 0])
    assert.equal(new Talk(starttls).hears(220, PLAIN, 220, 'R', SECURE).count(Counter.tlsResumed), 1)
  })

  it('not offered is an error, and nothing is sent in the clear', () => {
    for (const replies of [[[250, E.pipelining]], [502, 250]] as const) {
      const talk = new Talk(starttls).hears(220, ...replies)
      assert.equal(talk.failure, ErrorKind.notOffered)
      assert.equal(talk.client.explain('250 mx'), 'the server does not offer STARTTLS')
      assert.equal(talk.client.explain('250 mx'), '250 mx')
      assert.ok(!/mail|starttls/.test(talk.path), talk.path)
      assert.deepEqual(talk.outcomes, [0, 0, 0, 1])
    }
  })

  it('refused turns the connection away; a code without meaning is an error', () => {
    assert.deepEqual(new Talk(starttls).hears(220, PLAIN, 454).outcomes, [0, 1, 0, 0])
    const refused = new Talk(starttls).hears(220, PLAIN, 501)
    assert.deepEqual([refused.outcomes, refused.path], [[0, 0, 1, 0], 'hello starttls close'])
    assert.ok(refused.session.turnedAway)
    assert.deepEqual(new Talk(starttls).hears(220, PLAIN, 421).outcomes, [0, 1, 0, 0])
    assert.equal(new Talk(starttls).hears(220, PLAIN, 354).failure, ErrorKind.wrongCode)
  })

  it('a session that is not to use it does not', () => {
    const talk = new Talk(starttls)
    talk.session.wantsTls = false
    assert.equal(talk.hears(220, PLAIN).path, 'hello mail')
  })

  it('a refused second hello turns the connection away; HELO in its place offers nothing', () => {
    assert.deepEqual(new Talk(starttls).hears(220, PLAIN, 220, 'T', 451).outcomes, [0, 1, 0, 0])
    assert.equal(
      new Talk(starttls).hears(220, PLAIN, 220, 'T', 502, 250).path,
      'hello starttls handshake hello helo mail',
    )
  })
})

describe('implicit TLS', () => {
  it('begins with the handshake, and the greeting is awaited after it', () => {
    const talk = new Talk(implicit)
    assert.deepEqual([talk.path, talk.session.expect], ['handshake', Phase.starttls])
    assert.equal(talk.hears('T').session.expect, Phase.greeting)
    assert.equal(talk.hears(220, [250, E.startTls]).path, 'handshake hello mail')
  })
})

describe('AUTH', () => {
  const log = (parts: PlanParts = {}, auth = new Logins()) => new Talk({ ...parts, auth })

  it('comes after the last hello, answers challenges, and mail begins with 235', () => {
    const auth = new Logins()
    const talk = log(starttls, auth).hears(220, PLAIN, 220, 'T', SECURE, 334, 334, 235)
    assert.equal(talk.path, 'hello starttls handshake hello auth auth auth envelope')
    assert.deepEqual(talk.said, ['A', 'B', 'B'])
    assert.deepEqual(auth.challenges, ['dGV4dA==', 'dGV4dA=='])
    assert.deepEqual(auth.asked, [[SECURE[1], true, false]])
    assert.deepEqual([talk.count(Counter.authOk), talk.count(Counter.authFailed)], [1, 0])
  })

  it('otherwise answered turns the connection away', () => {
    for (const [code, outcomes] of [
      [535, [0, 0, 1, 0]],
      [454, [0, 1, 0, 0]],
      [421, [0, 1, 0, 0]],
    ] as const) {
      const talk = log().hears(220, SECURE, code)
      assert.deepEqual([talk.outcomes, talk.path, talk.count(Counter.authFailed)], [outcomes, 'hello auth close', 1])
    }
    for (const code of [250, 354, 221]) {
      const talk = log().hears(220, SECURE, 334, code)
      assert.deepEqual([talk.failure, talk.count(Counter.authFailed)], [ErrorKind.wrongCode, 1])
    }
  })

  it('wrong on purpose is counted by itself, and tried again rightly on the same connection', () => {
    const auth = new Logins({ wrong: 1 })
    const talk = log({}, auth).hears(220, SECURE, 535, 235)
    assert.equal(talk.path, 'hello auth auth envelope')
    assert.deepEqual(
      auth.asked.map(([, , before]) => before),
      [false, true],
    )
    const counters = [Counter.authOk, Counter.authFailed, Counter.authWrong, Counter.authWrongTaken]
    assert.deepEqual(
      counters.map((counter) => talk.count(counter)),
      [1, 0, 1, 0],
    )
    const taken = log({}, new Logins({ wrong: 1 })).hears(220, SECURE, 235)
    assert.equal(taken.path, 'hello auth envelope')
    assert.deepEqual(
      counters.map((counter) => taken.count(counter)),
      [0, 0, 1, 1],
    )
    const lost = log({}, new Logins({ wrong: 1 })).hears(220, SECURE, 421)
    assert.deepEqual(
      counters.map((counter) => lost.count(counter)),
      [0, 0, 1, 0],
    )
  })

  it('without a mechanism is an error', () => {
    const talk = log({}, new Logins({ usable: false })).hears(220, SECURE)
    assert.equal(talk.failure, ErrorKind.noMechanism)
    assert.equal(talk.client.explain('250 mx'), 'nothing in common')
  })

  it('does not believe a server that has not proved itself, and does not answer challenges for ever', () => {
    const auth = new Logins()
    auth.proved = false
    assert.equal(log({}, auth).hears(220, SECURE, 235).failure, ErrorKind.wrongCode)
    const endless = log().hears(220, SECURE, ...Array<number>(20).fill(334))
    assert.equal(endless.failure, ErrorKind.wrongCode)
    assert.equal(endless.said.length, 9)
  })
})

describe('--until in the opening', () => {
  it('stops there, says good-bye where something was said, and hears nothing that was not awaited', () => {
    const until = (stage: 'starttls' | 'auth' | 'greeting', parts: PlanParts, auth?: Logins) =>
      new Talk({ ...parts, ...(auth ? { auth } : {}), wire: { ...parts.wire, until: stage } })
    const first = until('starttls', starttls).hears(220, PLAIN, 220, 'T')
    assert.equal(first.path, 'hello starttls handshake hold')
    assert.deepEqual(first.outcomes, [1, 0, 0, 0])
    first.client.release(first.session)
    assert.equal(first.client.next(first.session, 9), Step.quit)
    const second = until('starttls', implicit).hears('R')
    assert.equal(second.path, 'handshake hold')
    assert.equal(second.client.reply(second.session, 220, 9), null)
    second.client.release(second.session)
    assert.equal(second.client.next(second.session, 9), Step.close)
    const third = until('auth', starttls, new Logins()).hears(220, PLAIN, 220, 'T', SECURE, 235)
    assert.equal(third.path, 'hello starttls handshake hello auth hold')
    assert.equal(until('greeting', implicit).hears('T', 220).path, 'handshake hold')
  })
})

describe('the opening in time', () => {
  it('files the handshake by itself and AUTH as a whole', () => {
    const talk = new Talk({ ...starttls, auth: new Logins({ wrong: 1 }) })
    const times = new Map<number, number>()
    talk.recorder.time = (series) => void times.set(series, (times.get(series) ?? 0) + 1)
    talk.hears(220, PLAIN, 220, 'T', SECURE, 334, 535, 334, 334, 235)
    const filed = (series: number) => times.get(series) ?? 0
    assert.deepEqual([filed(Series.tlsFull), filed(Series.tlsResumed)], [1, 0])
    assert.equal(filed(phaseSeries(Phase.starttls, 0)), 1)
    assert.deepEqual(
      [0, 1, 2].map((kind) => filed(phaseSeries(Phase.auth, kind as 0 | 1 | 2))),
      [1, 0, 1],
    )
    assert.equal(filed(phaseSeries(Phase.ehlo, 0)), 2)
  })

  it('is the same wherever the octets are cut', () => {
    const octets = Buffer.from('220 mx\r\n250-mx\r\n250 STARTTLS\r\n220-go\r\n220 on\r\n', 'latin1')
    for (let cut = 0; cut <= octets.length; cut++) {
      const talk = new Talk(starttls)
      const parser = new ReplyParser()
      for (const piece of [octets.subarray(0, cut), octets.subarray(cut)]) {
        for (let at = 0; at < piece.length; ) {
          const end = parser.next(piece, at, piece.length)
          if (end === NextReply.incomplete) break
          talk.hears(parser.code === 250 ? PLAIN : parser.code)
          at = end
        }
      }
      assert.equal(talk.path, 'hello starttls handshake')
    }
  })
})
