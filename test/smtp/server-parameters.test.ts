import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import type { AuthService } from '#src/smtp/server-auth-hook.js'
import { PLAIN, ServerPeer } from './server-peer.js'

const AUTH: AuthService = {
  mechanisms: ['PLAIN'],
  required: false,
  open: () => {
    throw new Error('nobody says AUTH')
  },
}

const OK = '250 2.1.0 Ok'
const BAD = '501 5.5.4 Bad parameter'
const BAD_SIZE = '501 5.5.4 Bad SIZE'
const TWICE = '501 5.5.4 Parameter given twice'
const UNKNOWN = '555 5.5.4 Unsupported parameter'
const SYNTAX = '501 5.5.4 Syntax: MAIL FROM:<address>'
const LARGE = '552 5.3.4 Message too big'

const MAIL: [string, string][] = [
  ['<a@b>', OK],
  ['<>', OK],
  [' <a@b>', OK],
  ['a@b', OK],
  ['<a@b> ', OK],
  ['<a@b>\t', OK],
  ['', SYNTAX],
  [' ', SYNTAX],
  ['<a@b', SYNTAX],
  ['<a@b>x', SYNTAX],
  ['<a@b>SIZE=1', SYNTAX],
  ['<a@b SIZE=1', SYNTAX],
  ['<"a b"@c>', OK],
  ['<"a> SIZE=x"@c>', OK],
  ['<"a\\"> SIZE=x"@c> SIZE=1', OK],
  ['<"a> SIZE=1', SYNTAX],
  ['<a@b> SIZE=10', OK],
  ['<a@b>   size=0  ', OK],
  ['<a@b>\tSIZE=10', OK],
  ['<a@b> SIZE=1000', OK],
  ['<a@b> SIZE=1001', LARGE],
  ['<a@b> SIZE=10000000000000000000', LARGE],
  ['<a@b> SIZE=999999999999999999999', BAD_SIZE],
  ['<a@b> SIZE=', BAD_SIZE],
  ['<a@b> SIZE', BAD_SIZE],
  ['<a@b> SIZE=x', BAD_SIZE],
  ['<a@b> SIZE=1x', BAD_SIZE],
  ['<a@b> SIZE=-1', BAD_SIZE],
  ['<a@b> SIZE=1=1', BAD_SIZE],
  ['<a@b> BODY=7BIT', OK],
  ['<a@b> body=8bitmime', OK],
  ['<a@b> BODY=BinaryMime', OK],
  ['<a@b> BODY=9BIT', BAD],
  ['<a@b> BODY=8BIT', BAD],
  ['<a@b> BODY=', BAD],
  ['<a@b> BODY', BAD],
  ['<a@b> SMTPUTF8', OK],
  ['<a\xc3\xa9@b> smtputf8', OK],
  ['<a@b> SMTPUTF8=', BAD],
  ['<a@b> SMTPUTF8=1', BAD],
  ['<a@b> RET=FULL', OK],
  ['<a@b> ret=hdrs', OK],
  ['<a@b> RET=BODY', BAD],
  ['<a@b> RET=', BAD],
  ['<a@b> ENVID=QQ314159', OK],
  ['<a@b> ENVID=a+2Bb+3Dc', OK],
  ['<a@b> ENVID=<1@b>', OK],
  [`<a@b> ENVID=${'x'.repeat(100)}`, OK],
  [`<a@b> ENVID=${'x'.repeat(101)}`, BAD],
  ['<a@b> ENVID=', BAD],
  ['<a@b> ENVID=a=b', BAD],
  ['<a@b> ENVID=a+', BAD],
  ['<a@b> ENVID=a+2', BAD],
  ['<a@b> ENVID=a+2b', BAD],
  ['<a@b> ENVID=a\x7fb', BAD],
  ['<a@b> ENVID=\xc3\xa9', BAD],
  ['<a@b> AUTH=<>', OK],
  ['<a@b> AUTH=e+3Dmc2@example.com', OK],
  ['<a@b> AUTH=e+3dmc2@example.com', BAD],
  ['<a@b> AUTH=', BAD],
  ['<a@b> SIZE=1 BODY=8BITMIME SMTPUTF8 RET=HDRS ENVID=x AUTH=<>', OK],
  ['<a@b> SIZE=1 SIZE=1', TWICE],
  ['<a@b> BODY=7BIT SIZE=1 body=8BITMIME', TWICE],
  ['<a@b> SMTPUTF8 SMTPUTF8', TWICE],
  ['<a@b> X=y', UNKNOWN],
  ['<a@b> X', UNKNOWN],
  ['<a@b> =', UNKNOWN],
  ['<a@b> XSIZE=5', UNKNOWN],
  ['<a@b> SIZES=5', UNKNOWN],
  ['<a@b> NOTIFY=NEVER', UNKNOWN],
  ['<a@b> SIZE=1 MT-PRIORITY=3', UNKNOWN],
  ['<somebody.with.a.long.name@a.domain.that.is.long> X=<y>', UNKNOWN],
]

const RCPT_OK = '250 2.1.5 Ok'
const RCPT: [string, string][] = [
  ['<a@b>', RCPT_OK],
  ['<a@b> NOTIFY=NEVER', RCPT_OK],
  ['<a@b> NOTIFY=never', RCPT_OK],
  ['<a@b> NOTIFY=SUCCESS', RCPT_OK],
  ['<a@b> NOTIFY=SUCCESS,FAILURE,DELAY', RCPT_OK],
  ['<a@b> NOTIFY=delay,failure', RCPT_OK],
  ['<a@b> NOTIFY=SUCCESS,NEVER', BAD],
  ['<a@b> NOTIFY=NEVER,SUCCESS', BAD],
  ['<a@b> NOTIFY=SUCCESS,', BAD],
  ['<a@b> NOTIFY=,SUCCESS', BAD],
  ['<a@b> NOTIFY=SUCCES', BAD],
  ['<a@b> NOTIFY=', BAD],
  ['<a@b> NOTIFY', BAD],
  ['<a@b> ORCPT=rfc822;a@b', RCPT_OK],
  ['<a@b> orcpt=RFC822;a+2Bc@b', RCPT_OK],
  ['<a@b> ORCPT=utf-8;\xc3\xa9@b', RCPT_OK],
  ['<a@b> ORCPT=rfc822;\xc3\xa9@b', BAD],
  ['<a@b> ORCPT=rfc822;', BAD],
  ['<a@b> ORCPT=;a@b', BAD],
  ['<a@b> ORCPT=rfc822', BAD],
  ['<a@b> ORCPT=rfc(822;a@b', BAD],
  ['<a@b> ORCPT=rfc822;a=b', BAD],
  ['<a@b> ORCPT=rfc822;a+b', BAD],
  [`<a@b> ORCPT=rfc822;${'x'.repeat(493)}`, RCPT_OK],
  [`<a@b> ORCPT=rfc822;${'x'.repeat(494)}`, BAD],
  ['<a@b> NOTIFY=NEVER ORCPT=rfc822;a@b', RCPT_OK],
  ['<a@b> NOTIFY=NEVER NOTIFY=NEVER', TWICE],
  ['<a@b> SIZE=1', UNKNOWN],
  ['<a@b> X', UNKNOWN],
  ['', '501 5.5.4 Syntax: RCPT TO:<address>'],
  ['<a@b', '501 5.5.4 Syntax: RCPT TO:<address>'],
]

describe('parameters of MAIL', () => {
  for (const [argument, reply] of MAIL) {
    it(JSON.stringify(argument.slice(0, 60)), () => {
      const peer = new ServerPeer({ presence: { ...PLAIN, maxSize: 1000 }, auth: AUTH })
      assert.equal(peer.say(`MAIL FROM:${argument}\r\n`), `${reply}\r\n`)
      assert.equal(peer.codes('RCPT TO:<c>\r\n'), reply === OK ? '250' : '503', 'a refused one has no effect')
    })
  }

  it('are known as far as they are announced', () => {
    for (const [keyword, parameter] of [
      ['SIZE', 'SIZE=1'],
      ['8BITMIME', 'BODY=8BITMIME'],
      ['SMTPUTF8', 'SMTPUTF8'],
      ['DSN', 'RET=FULL'],
      ['DSN', 'ENVID=x'],
      ['AUTH', 'AUTH=<>'],
    ] as const) {
      const say = (without: string[]) =>
        new ServerPeer({ presence: { ...PLAIN, without }, auth: AUTH }).say(`MAIL FROM:<a@b> ${parameter}\r\n`)
      assert.equal(say([]), `${OK}\r\n`, parameter)
      assert.equal(say([keyword]), `${UNKNOWN}\r\n`, parameter)
    }
    assert.equal(new ServerPeer().say('MAIL FROM:<a@b> AUTH=<>\r\n'), `${UNKNOWN}\r\n`, 'no AUTH')
  })

  it('BINARYMIME needs CHUNKING, and rules DATA out for one message', () => {
    const binary = 'MAIL FROM:<a@b> BODY=BINARYMIME\r\nRCPT TO:<c>\r\n'
    const peer = new ServerPeer()
    assert.equal(peer.say(`${binary}DATA\r\n`).split('\r\n')[2], '503 5.5.1 BINARYMIME needs BDAT')
    assert.equal(peer.codes('BDAT 2 LAST\r\n\0\n'), '250')
    assert.equal(peer.codes('MAIL FROM:<a@b>\r\nRCPT TO:<c>\r\nDATA\r\n.\r\n'), '250 250 354 250')
    assert.equal(
      peer.codes(`${binary}RSET\r\nMAIL FROM:<a@b>\r\nRCPT TO:<c>\r\nDATA\r\n.\r\n`),
      '250 250 250 250 250 354 250',
    )
    for (const without of ['CHUNKING', 'BINARYMIME']) {
      assert.equal(new ServerPeer({ presence: { ...PLAIN, without: [without] } }).codes(binary), '501 503')
    }
  })
})

describe('parameters of RCPT', () => {
  for (const [argument, reply] of RCPT) {
    it(JSON.stringify(argument.slice(0, 60)), () => {
      const peer = new ServerPeer()
      assert.equal(peer.say(`MAIL FROM:<>\r\nRCPT TO:${argument}\r\n`), `${OK}\r\n${reply}\r\n`)
      assert.equal(peer.codes('DATA\r\n'), reply === RCPT_OK ? '354' : '503', 'a refused one is not counted')
    })
  }

  it('are not known without DSN', () => {
    const peer = new ServerPeer({ presence: { ...PLAIN, without: ['DSN'] } })
    assert.equal(peer.codes('MAIL FROM:<>\r\nRCPT TO:<a> NOTIFY=NEVER\r\n'), '250 555')
  })
})
