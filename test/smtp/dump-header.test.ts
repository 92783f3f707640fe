import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import type { Envelope } from '#src/smtp/content-tap.js'
import { classicArgument, dumpHeader } from '#src/smtp/dump-header.js'
import { pathOf } from '#src/smtp/path-text.js'

const FACTS = { hostname: 'smtp-sink', id: '74febe83', date: 'Sun, 22 Nov 2026 13:14:45 +0000 (UTC)' }

function header(envelope: Partial<Envelope>): string {
  const bare: Envelope = { mail: '<a@b>', rcpt: ['<c@d>'], helo: 'c.example', protocol: 'ESMTP', peer: '127.0.0.1' }
  return dumpHeader({ ...bare, ...envelope }, FACTS)
}

describe('the header of a dump', () => {
  it('is that of smtp-sink', () => {
    assert.equal(
      header({ mail: '<a@b> SIZE=10', rcpt: ['<c@d>', ' <e@f> NOTIFY=NEVER'] }),
      `X-Client-Addr: 127.0.0.1
X-Client-Proto: ESMTP
X-Helo-Args: c.example
X-Mail-Args: <a@b> SIZE=10
X-Rcpt-Args: <c@d>
X-Rcpt-Args: <e@f> NOTIFY=NEVER
Received: from c.example ([127.0.0.1])
\tby smtp-sink (smtp-sink) with ESMTP id 74febe83;
\tSun, 22 Nov 2026 13:14:45 +0000 (UTC)
`,
    )
  })

  it('does without a hello and arguments', () => {
    assert.equal(
      header({ helo: null, mail: '', rcpt: [''], protocol: 'SMTP' }),
      `X-Client-Addr: 127.0.0.1
X-Client-Proto: SMTP
X-Mail-Args: 
X-Rcpt-Args: 
Received: from [127.0.0.1] ([127.0.0.1])
\tby smtp-sink (smtp-sink) with SMTP id 74febe83;
\tSun, 22 Nov 2026 13:14:45 +0000 (UTC)
`,
    )
  })

  it('names peers on IPv6 and on unix sockets', () => {
    assert.match(header({ peer: '::1' }), /^X-Client-Addr: ipv6:::1\n/)
    assert.match(header({ peer: '::1', helo: null }), /\nReceived: from \[ipv6:::1\] \(\[ipv6:::1\]\)\n/)
    assert.match(header({ peer: 'local', protocol: 'LMTP' }), /^X-Client-Addr: local\nX-Client-Proto: LMTP\n/)
    assert.match(header({ peer: 'local' }), /\nReceived: from c\.example \(\[local\]\)\n/)
  })

  // Seen on smtp-sink 3.7: HELO "  second x\t y\xe9 ".
  it('masks what cannot be shown', () => {
    const text = header({ helo: 'second x\t y\xe9 ', mail: '<c\xe9\x01>  x ' })
    assert.match(text, /\nX-Helo-Args: second x\? y\? \nX-Mail-Args: <c\?\?> {2}x \n/)
    assert.match(text, /\nReceived: from second x\? y\? {2}\(\[127\.0\.0\.1\]\)\n/)
  })

  const ARGUMENTS: readonly (readonly [rest: string, argument: string])[] = [
    ['FROM:<a@b> SIZE=10', '<a@b> SIZE=10'],
    ['FROM:   <c>', '<c>'],
    [': : <c>', ': <c>'],
    ['TO::\t<y>', '\t<y>'],
    ['TO::<y>', '<y>'],
    ['FOO <y>', ''],
    ['', ''],
    ['a:', ''],
    ['<a>\tb:c', 'c'],
  ]
  for (const [rest, argument] of ARGUMENTS) {
    it(`takes ${JSON.stringify(argument)} from ${JSON.stringify(rest)}`, () =>
      assert.equal(classicArgument(rest), argument))
  }

  const PATHS: readonly (readonly [argument: string, path: string])[] = [
    ['<a@b> SIZE=1', 'a@b'],
    ['<>', ''],
    [' <a@b>', 'a@b'],
    ['a@b SIZE=1', 'a@b'],
    ['<"a> b\\""@c> BODY=7BIT', '"a> b\\""@c'],
    ['<@x,@y:a@b>', '@x,@y:a@b'],
    ['<a@b', '<a@b'],
    ['', ''],
  ]
  for (const [argument, path] of PATHS) {
    it(`finds the address ${JSON.stringify(path)} in ${JSON.stringify(argument)}`, () =>
      assert.equal(pathOf(argument), path))
  }
})
