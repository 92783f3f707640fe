/** Talking out of turn, too much at once, and to the wrong port. */
import { type CaseRow, type CaseStep, MAIL, probe, RCPT } from './case.js'

const STARTTLS: CaseStep = { kind: 'set-up', octets: 'STARTTLS\r\n', want: '2' }
/** Enough to be many, few enough to be sent at once. */
const MANY = 1000
const CONTENT = 'Subject: early\r\n\r\nToo early.\r\n.\r\n'

/** The beginning of a TLS 1.2 ClientHello (RFC 8446 section 4.1.2), cut off and ended as a line so that a server has something to answer. */
const CLIENT_HELLO = `\x16\x03\x01\x00\x2f\x01\x00\x00\x2b\x03\x03${'\x5a'.repeat(32)}\x00\x00\x04\x13\x01\x13\x02\x01\x00\r\n`

export const PIPELINING_CASES: readonly CaseRow[] = [
  {
    name: 'talk-before-greeting',
    what: 'EHLO before the greeting',
    section: 'RFC 5321 4.3.1',
    opening: 'silent',
    steps: [probe('EHLO {helo}\r\n', 2)],
    right: ['220 250', '220? 5xx', '220? 421'],
    mayClose: true,
  },
  {
    name: 'behind-data',
    what: 'the content behind DATA, before 354',
    section: 'RFC 2920 3.1',
    steps: [MAIL, RCPT, probe(`DATA\r\n${CONTENT}`, 2)],
    right: ['354 2xx|4xx|5xx', '5xx+', '421'],
    mayClose: true,
  },
  {
    name: 'behind-quit',
    what: 'a command behind QUIT is not answered',
    section: 'RFC 5321 4.1.1.10',
    steps: [probe('QUIT\r\nNOOP\r\n')],
    right: ['221'],
  },
  {
    name: 'behind-starttls',
    what: 'a command behind STARTTLS, in plain text, is not taken for one inside TLS',
    section: 'RFC 3207 4.2',
    needs: ['STARTTLS'],
    steps: [{ kind: 'set-up', octets: 'STARTTLS\r\nNOOP\r\n', want: '2' }, { kind: 'tls' }, probe('XYZZY\r\n')],
    // An answer to the NOOP, inside TLS or before it, would be a 250.
    right: ['5xx'],
    wrongWord: 'injected',
    mayClose: true,
  },
  {
    name: 'starttls-argument',
    what: 'STARTTLS with an argument',
    section: 'RFC 3207 4',
    needs: ['STARTTLS'],
    steps: [probe('STARTTLS now\r\n')],
    right: ['501', '5xx'],
    tolerant: ['220'],
    goesOn: false,
  },
  {
    name: 'starttls-twice',
    what: 'STARTTLS inside TLS',
    section: 'RFC 3207 4.2',
    needs: ['STARTTLS'],
    opening: 'tls',
    steps: [probe('STARTTLS\r\n')],
    right: ['503', '5xx', '454'],
  },
  {
    name: 'starttls-in-transaction',
    what: 'STARTTLS inside a transaction: refused, or the transaction is forgotten',
    section: 'RFC 3207 4.2',
    needs: ['STARTTLS'],
    steps: [MAIL, probe('STARTTLS\r\n')],
    right: ['220', '5xx'],
    goesOn: false,
  },
  {
    name: 'no-handshake',
    what: 'plain text where the TLS handshake should be',
    section: 'RFC 3207 4.1',
    needs: ['STARTTLS'],
    steps: [STARTTLS, probe('NOOP\r\nNOOP\r\nQUIT\r\n', 0), { kind: 'end' }],
    right: ['', '5xx', '4xx'],
    goesOn: false,
    mayClose: true,
    wrongWord: 'went on in plain text',
  },
  {
    name: 'tls-to-plain-port',
    what: 'a TLS ClientHello instead of a command',
    section: 'RFC 5321 4.1.1',
    opening: 'greeted',
    steps: [probe(CLIENT_HELLO)],
    right: ['5xx', '421', '221'],
    mayClose: true,
  },
  {
    name: 'http-to-plain-port',
    what: 'an HTTP request instead of commands',
    section: 'RFC 5321 4.1.1',
    opening: 'greeted',
    steps: [probe('POST / HTTP/1.1\r\nHost: {helo}\r\nContent-Length: 0\r\n\r\n')],
    right: ['5xx+', '5xx* 421', '5xx* 221'],
    mayClose: true,
  },
  {
    name: 'noop-flood',
    what: `${MANY} NOOPs in one write`,
    section: 'RFC 2920 3.1',
    needs: ['PIPELINING'],
    steps: [probe('NOOP\r\n'.repeat(MANY), MANY)],
    right: [`250{${MANY}}`, '250+ 421', '250+ 5xx* 421'],
    tolerant: ['250+ 5xx+'],
    mayClose: true,
  },
  {
    name: 'error-flood',
    what: '100 unknown verbs in one write',
    section: 'RFC 5321 4.2.4',
    needs: ['PIPELINING'],
    steps: [probe('XYZZY\r\n'.repeat(100), 100)],
    right: ['5xx{100}', '5xx+ 421', '5xx+'],
    mayClose: true,
  },
  {
    name: 'rcpt-flood',
    what: `${MANY} recipients in one write (100 must be taken)`,
    section: 'RFC 5321 4.5.3.1.8',
    needs: ['PIPELINING'],
    steps: [MAIL, probe('RCPT TO:<{to}>\r\n'.repeat(MANY), MANY)],
    right: [`25x{${MANY}}`, '25x{100} 25x* 452+', '25x{100} 25x* 45x* 421', '25x{100} 25x* 5xx+'],
    tolerant: ['25x+ 4xx+', '25x+ 5xx+', '25x+ 4xx* 421'],
    mayClose: true,
  },
  {
    name: 'behind-ehlo',
    what: 'a whole transaction up to DATA behind EHLO, before anything was offered',
    section: 'RFC 2920 3.1',
    opening: 'greeted',
    steps: [probe('EHLO {helo}\r\nMAIL FROM:<{from}>\r\nRCPT TO:<{to}>\r\nRSET\r\n', 4)],
    right: ['250 2xx 2xx 250', '250 5xx*', '250? 421'],
    mayClose: true,
  },
]
