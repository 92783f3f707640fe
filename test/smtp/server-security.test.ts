import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import type { AuthServer, AuthService, AuthStep } from '#src/smtp/server-auth-hook.js'
import { Wait } from '#src/smtp/server-machine.js'
import { LMTP, MAIL, PLAIN, RCPT, ServerPeer } from './server-peer.js'

const ACCEPTED: AuthStep = { reply: '235 2.7.0 Welcome', state: 'accepted' }
const FAILED: AuthStep = { reply: '535 5.7.8 No', state: 'failed' }
const MORE: AuthStep = { reply: '334 ', state: 'more' }

/** Asks for two lines, `one` and `two`; what is not them fails. */
class TwoLines implements AuthServer {
  #turn = 0

  begin(argument: string): AuthStep {
    this.#turn = 0
    if (argument === '') return { reply: '501 5.5.4 Which?', state: 'failed' }
    if (argument.startsWith('AT-ONCE ')) return ACCEPTED
    return argument === 'TWO-LINES' ? MORE : { reply: '504 5.5.4 Unknown', state: 'failed' }
  }

  answer(line: string): AuthStep {
    this.#turn++
    if (line === 'one' && this.#turn === 1) return MORE
    return line === 'two' && this.#turn === 2 ? ACCEPTED : FAILED
  }

  tooLong(): AuthStep {
    return { reply: '500 5.5.6 Too long', state: 'failed' }
  }
}

function service(required = false): AuthService {
  return { mechanisms: ['TWO-LINES', 'AT-ONCE'], required, open: () => new TwoLines() }
}

describe('AUTH', () => {
  it('is announced with its mechanisms, unless it is left out', () => {
    assert.match(new ServerPeer({ auth: service() }).say('EHLO c\r\n'), /^250-AUTH TWO-LINES AT-ONCE\r$/m)
    const without = new ServerPeer({ auth: service(), presence: { ...PLAIN, without: ['AUTH'] } })
    assert.doesNotMatch(without.say('EHLO c\r\n'), /AUTH/)
    assert.equal(without.codes('AUTH AT-ONCE x\r\n'), '502')
    assert.equal(new ServerPeer().codes('AUTH AT-ONCE x\r\n'), '502')
    assert.match(new ServerPeer({ auth: service(), presence: LMTP }).say('LHLO c\r\n'), /AUTH/)
    assert.match(new ServerPeer({ auth: service() }).say('HELP\r\n'), / QUIT AUTH\r/)
  })

  it('goes line by line, wherever the octets are cut', () => {
    const text = 'AUTH TWO-LINES\r\none\r\ntwo\r\nAUTH AT-ONCE x\r\nNOOP\r\n'
    const replies = '334 \r\n334 \r\n235 2.7.0 Welcome\r\n503 5.5.1 Already authenticated\r\n250 2.0.0 Ok\r\n'
    assert.equal(new ServerPeer({ auth: service() }).say(text), replies)
    for (let cut = 1; cut < text.length; cut++) {
      const peer = new ServerPeer({ auth: service() })
      assert.equal(peer.say(text.slice(0, cut)) + peer.say(text.slice(cut)), replies, `cut at ${cut}`)
    }
    const peer = new ServerPeer({ auth: service() })
    assert.equal([...text].map((octet) => peer.say(octet)).join(''), replies)
  })

  it('takes commands for answers while it goes on, and may be tried again', () => {
    const peer = new ServerPeer({ auth: service() })
    assert.equal(peer.codes('AUTH TWO-LINES\r\nQUIT\r\n'), '334 535')
    assert.equal(
      peer.codes('AUTH\r\nAUTH NONE\r\nAUTH TWO-LINES\r\none\r\none\r\nauth at-once\r\nNOOP\r\n'),
      '501 504 334 334 535 504 250',
    )
    assert.equal(peer.codes('AUTH AT-ONCE \xe9\r\n'), '235')
  })

  it('is not for the middle of a transaction', () => {
    const peer = new ServerPeer({ auth: service() })
    assert.equal(peer.codes(`${MAIL}AUTH AT-ONCE x\r\nRSET\r\nAUTH AT-ONCE x\r\n`), '250 503 250 235')
  })

  it('is waited for where it is required', () => {
    const peer = new ServerPeer({ auth: service(true) })
    assert.equal(peer.say(MAIL), '530 5.7.0 Authentication required\r\n')
    assert.equal(
      peer.codes(`${RCPT}NOOP\r\nAUTH AT-ONCE x\r\n${MAIL}${RCPT}DATA\r\n.\r\n`),
      '503 250 235 250 250 354 250',
    )
  })

  it('may have longer lines than other commands, up to 12288 octets', () => {
    const command = (length: number) => `AUTH AT-ONCE ${'x'.repeat(length - 13)}\r\n`
    for (const cut of [1, 1000, 3000, 12_000]) {
      const say = (text: string) => {
        const peer = new ServerPeer({ auth: service() })
        return `${peer.codes(text.slice(0, cut))} ${peer.codes(text.slice(cut))}`.trim()
      }
      assert.equal(say(command(2047)), '235')
      assert.equal(say(command(12_288)), '235')
      assert.equal(say(command(12_289)), '500')
      assert.equal(say(`NOOP ${'x'.repeat(3000)}\r\n`), '500', 'others may not')
      const answer = (length: number) => `AUTH TWO-LINES\r\n${'x'.repeat(length)}\r\nNOOP\r\n`
      assert.equal(say(answer(12_288)), '334 535 250')
      assert.equal(say(answer(12_289)), '334 500 250')
      assert.equal(say(answer(100_000)), '334 500 250')
    }
    const peer = new ServerPeer({ auth: service() })
    for (let i = 0; i < 100; i++) peer.say('x'.repeat(10_000))
    assert.ok((peer.session.carry?.length ?? 0) <= 12_290, 'and keeps no more of them')
  })

  it('ends with a client that goes on guessing', () => {
    const peer = new ServerPeer({ auth: service(), badCommandLimit: 5 })
    assert.equal(peer.codes('AUTH TWO-LINES\r\nx\r\n'.repeat(10)), '334 535 334 535 334 535 334 535 334 421')
    const model = { open: () => ({ state: null, manner: null }), judge: () => PASS, delivered() {}, closed() {} }
    const PASS = { act: 0, delayMs: 0, reply: null, cutAfter: 0 } as const
    const judged = new ServerPeer({
      auth: service(),
      badCommandLimit: 3,
      model: { ...model, judge: () => ({ ...PASS }) },
    })
    assert.equal(judged.codes('AUTH NONE\r\n'.repeat(10)), '504 504 421')
  })
})

describe('STARTTLS', () => {
  const security = 'starttls' as const

  it('is announced until it has happened', () => {
    const peer = new ServerPeer({ security })
    assert.match(peer.say('EHLO c\r\n'), /^250-STARTTLS\r$/m)
    assert.equal(peer.say('STARTTLS\r\n'), '220 2.0.0 Ready to start TLS\r\n{tls}')
    assert.doesNotMatch(peer.say('EHLO c\r\n'), /STARTTLS/)
    assert.equal(peer.say('STARTTLS\r\n'), '503 5.5.1 TLS already active\r\n')
  })

  it('takes no argument, and is not known where there is none', () => {
    const peer = new ServerPeer({ security })
    assert.equal(peer.codes('STARTTLS now\r\nSTARTTLS \r\n'), '501 220')
    for (const options of [
      {},
      { security, presence: { ...PLAIN, without: ['STARTTLS'] } },
      { security: 'implicit' as const },
    ]) {
      const without = new ServerPeer(options)
      assert.equal(without.codes('STARTTLS\r\n'), '502')
      assert.doesNotMatch(without.say('EHLO c\r\nHELP\r\n'), /STARTTLS/)
    }
    const implicit = new ServerPeer({ security: 'implicit' })
    implicit.server.secured(implicit.session)
    assert.equal(implicit.codes('STARTTLS\r\n'), '503')
  })

  it('leaves what follows it where it is', () => {
    const { server, session, out } = new ServerPeer({ security })
    const bytes = Buffer.from('NOOP\r\nSTARTTLS\r\nNOOP\r\n')
    assert.equal(server.consume(session, bytes, 0, bytes.length, out), 16)
    assert.equal(session.wait, Wait.tls)
    assert.equal(server.consume(session, bytes, 16, bytes.length, out), 16)
    server.secured(session)
    assert.equal(session.wait, Wait.none)
    assert.equal(server.consume(session, bytes, 16, bytes.length, out), bytes.length)
  })

  it('has everything forgotten that was said before it', () => {
    const aborted: string[] = []
    const tap = { begin: () => ({ content() {}, end() {}, abort: () => aborted.push('abort') }) }
    const peer = new ServerPeer({ security, auth: service(true), tap })
    assert.equal(peer.codes(`EHLO c\r\nAUTH AT-ONCE x\r\n${MAIL}${RCPT}`), '250 235 250 250')
    peer.say('STARTTLS\r\nQUIT\r\n')
    assert.deepEqual(aborted, ['abort'])
    assert.equal(peer.codes(`${RCPT}${MAIL}AUTH AT-ONCE x\r\n${MAIL}`), '503 530 235 250')
    assert.deepEqual([peer.session.helo, peer.session.hello], [null, 0])
  })

  it('may be held back by a model', () => {
    const verdict = { act: 0 as const, delayMs: 5, reply: null, cutAfter: 0 }
    const model = { open: () => ({ state: null, manner: null }), judge: () => verdict, delivered() {}, closed() {} }
    assert.equal(new ServerPeer({ security, model }).say('STARTTLS\r\n'), '{5 ms}220 2.0.0 Ready to start TLS\r\n{tls}')
  })
})
