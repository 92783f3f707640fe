import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import type { ContentTap, Envelope, MessageTap } from '#src/smtp/content-tap.js'
import { ClassicPeer, type PeerOptions } from './classic-peer.js'

/** Remembers what it was told of each message. */
class Notebook implements ContentTap {
  readonly pages: { envelope: Envelope; content: string; end: string }[] = []

  begin(envelope: Envelope): MessageTap {
    const page = { envelope, content: '', end: '' }
    this.pages.push(page)
    return {
      content: (buffer, from, to, dotted) => {
        assert.ok(dotted)
        assert.equal(page.end, '')
        page.content += buffer.toString('latin1', from, to)
      },
      end: (dotted, accepted) => {
        page.end += `end ${dotted} ${accepted}`
      },
      abort: () => {
        page.end += 'abort'
      },
    }
  }
}

function tapped(octets: string, options: PeerOptions = {}): Notebook['pages'] {
  const book = new Notebook()
  const peer = new ClassicPeer({ ...options, tap: book })
  peer.greet()
  peer.spell(octets)
  peer.close()
  const whole = new Notebook()
  const other = new ClassicPeer({ ...options, tap: whole })
  other.greet()
  other.say(octets)
  other.close()
  assert.deepEqual(whole.pages, book.pages, 'cut or not')
  return book.pages
}

const LETTER = 'MAIL a\r\nRCPT b\r\nDATA\r\nx\r\n.\r\n'

describe('a tap on the classic machine', () => {
  it('gets the envelope as the original understands it, and all octets up to the terminator', () => {
    const content = 'Subject: x\r\n\r\nline1\r\n..dots\r\n.x\r\nbare\ncr\rin\r\n.\r\n'
    const pages = tapped(
      `HELO first\r\nEHLO  second\xe9 x \r\nMAIL \t FROM:<a> SIZE=1 \r\nRCPT TO: <c>\0<d>\r\nRCPT FOO <y>\r\nDATA z\r\n${content}`,
      { address: '::1' },
    )
    assert.deepEqual(pages, [
      {
        envelope: {
          mail: '<a> SIZE=1 ',
          rcpt: ['<c>', ''],
          helo: 'second\xe9 x ',
          protocol: 'ESMTP',
          peer: '::1',
        },
        content,
        end: 'end true true',
      },
    ])
  })

  it('knows who said no hello, and LMTP', () => {
    assert.deepEqual(
      tapped(`MAIL\r\nRCPT\r\nDATA\r\n.\r\nHELO c\r\n${LETTER}`).map(({ envelope }) => [
        envelope.helo,
        envelope.protocol,
      ]),
      [
        [null, 'SMTP'],
        ['c', 'SMTP'],
      ],
    )
    assert.equal(tapped(LETTER, { lmtp: true })[0]!.envelope.protocol, 'LMTP')
  })

  it('is told of messages that will not be', () => {
    for (const end of [
      'RSET\r\n',
      'HELO x\r\n',
      'EHLO x\r\n',
      'QUIT\r\n',
      '',
      'DATA\r\nx\r\n',
      `${'x'.repeat(2049)}`,
    ]) {
      const pages = tapped(`MAIL a\r\nRCPT b\r\n${end}`)
      assert.deepEqual(
        pages.map((page) => page.end),
        ['abort'],
        end,
      )
    }
  })

  it('a premature 550 is the end of the message', () => {
    for (const abortAfter of [0, 1]) {
      assert.deepEqual(
        tapped('MAIL a\r\nRCPT b\r\nDATA\r\n', { door: { abortAfter } }).map(({ end, content }) => end + content),
        ['abort'],
      )
    }
  })

  it('a rejected dot leaves a complete message', () => {
    for (const list of ['softReject', 'hardReject', 'disconnect', 'hangUp'] as const) {
      assert.equal(tapped(LETTER, { door: { [list]: ['.'] } })[0]!.end, 'end true false')
    }
    assert.equal(tapped(LETTER, { door: { delays: [{ command: '.', seconds: 1, odds: 0 }] } })[0]!.end, 'end true true')
  })

  it('a message beyond the quota is none', () => {
    assert.deepEqual(
      tapped(LETTER + LETTER, { messages: 1 }).map(({ end }) => end),
      ['end true true', 'abort'],
    )
  })

  it('delayed commands keep their arguments', () => {
    const delays = (['ehlo', 'mail', 'rcpt'] as const).map((command) => ({ command, seconds: 1, odds: 0 }))
    const { envelope } = tapped('EHLO one\r\nMAIL FROM:<a>\r\nRCPT TO:<b>\r\n', { door: { delays } })[0]!
    assert.deepEqual([envelope.helo, envelope.mail, envelope.rcpt], ['one', '<a>', ['<b>']])
  })

  it('rejected MAIL and RCPT are not in it', () => {
    assert.deepEqual(tapped(LETTER, { door: { hardReject: ['mail'] } }), [])
    const pages = tapped('MAIL a\r\nMAIL b\r\nRCPT b\r\n', { door: { hardReject: ['rcpt'] } })
    assert.equal(pages.length, 1, 'nor is a nested MAIL')
    assert.deepEqual(pages[0]!.envelope.rcpt, [])
  })
})
