/** Lines that are too long, and octets that do not belong into them. */
import { type CaseRow, DATA, MAIL, probe, RCPT } from './case.js'

/** Any answer to a content that may be taken or not, as long as it is one. */
const TAKEN_OR_NOT = ['2xx', '5xx', '4xx']
/** Lines of headers in a message that seems to have no end of them: a mebibyte. */
const HEADER_LINE = `X-Header: ${'x'.repeat(116)}\r\n`
const HEADER_LINES = 8192

function content(name: string, what: string, section: string, octets: string, more: Partial<CaseRow> = {}): CaseRow {
  return {
    name,
    what,
    section,
    steps: [MAIL, RCPT, DATA, probe(`${octets}\r\n.\r\n`)],
    right: TAKEN_OR_NOT,
    wrongWord: 'smuggled',
    ...more,
  }
}

export const LINE_CASES: readonly CaseRow[] = [
  {
    name: 'command-600',
    what: 'a command line of 600 octets (512 must be taken)',
    section: 'RFC 5321 4.5.3.1.4',
    steps: [probe(`NOOP ${'x'.repeat(593)}\r\n`)],
    right: ['500|501', '5xx'],
    tolerant: ['250'],
  },
  {
    name: 'command-5000',
    what: 'a command line of 5,000 octets',
    section: 'RFC 5321 4.5.3.1.4',
    steps: [probe(`NOOP ${'x'.repeat(4993)}\r\n`)],
    right: ['500|501', '5xx'],
    tolerant: ['250'],
    mayClose: true,
  },
  {
    name: 'command-64k',
    what: 'a command line of 65,536 octets',
    section: 'RFC 5321 4.5.3.1.4',
    steps: [probe(`NOOP ${'x'.repeat(65_529)}\r\n`)],
    right: ['500|501', '5xx'],
    tolerant: ['250'],
    mayClose: true,
  },
  {
    name: 'command-nul',
    what: 'NUL inside a verb',
    section: 'RFC 5321 2.4',
    steps: [probe('NO\0OP\r\n')],
    right: ['5xx'],
    tolerant: ['250'],
  },
  {
    name: 'command-eight-bit',
    what: 'octets above 127 as a verb',
    section: 'RFC 5321 2.4',
    steps: [probe('\xc4\xd6\xdc\xff\r\n')],
    right: ['5xx'],
  },
  {
    name: 'command-bare-cr',
    what: 'CR without LF inside a command is not its end',
    section: 'RFC 5321 2.3.8',
    steps: [probe('NOOP\rNOOP\r\n')],
    right: ['5xx', '250'],
    wrongWord: 'two commands',
  },
  {
    name: 'command-bare-lf',
    what: 'LF without CR is not the end of a command',
    section: 'RFC 5321 2.3.8',
    steps: [probe('NOOP\nNOOP\r\n')],
    right: ['5xx', '250'],
    // Against the section, but most servers do, and no harm comes of it outside a content.
    tolerant: ['250 250'],
  },
  {
    name: 'command-half',
    what: 'half a command, then FIN',
    section: 'RFC 5321 4.1.1',
    steps: [probe('MAIL FROM:<{fr', 0), { kind: 'end' }],
    right: ['', '421', '5xx'],
    goesOn: false,
    mayClose: true,
  },
  content(
    'text-line-2000',
    'a text line of 2,000 octets (1,000 must be taken)',
    'RFC 5321 4.5.3.1.6',
    'x'.repeat(1998),
  ),
  content('text-line-256k', 'a text line of 262,144 octets', 'RFC 5321 4.5.3.1.6', 'x'.repeat(262_142), {
    mayClose: true,
  }),
  content('content-nul', 'NUL in the content', 'RFC 5321 4.1.1.4', 'Subject: nul\r\n\r\na\0b'),
  content(
    'content-eight-bit',
    'octets above 127 in the content, without 8BITMIME asked for',
    'RFC 5321 2.4',
    'Subject: \xfc\r\n\r\n\xe4\xf6\xfc\xff\x80',
  ),
  content('content-bare-cr', 'CR without LF in the content', 'RFC 5321 2.3.8', 'Subject: cr\r\n\r\na\rb\r\rc'),
  content('content-bare-lf', 'LF without CR in the content', 'RFC 5321 2.3.8', 'Subject: lf\r\n\r\na\nb\n\nc'),
  content('content-no-header', 'a content without any header', 'RFC 5321 3.3', '\r\nno header at all'),
  content(
    'content-bad-header',
    'header lines that are none',
    'RFC 5322 2.2',
    ': x\r\n \r\nno colon\r\n\t\r\nA: \0\r\n\r\nx',
  ),
  content(
    'endless-headers',
    'a mebibyte of header lines',
    'RFC 5321 4.5.3.1.7',
    `${HEADER_LINE.repeat(HEADER_LINES)}\r\nx`,
    { mayClose: true },
  ),
  {
    name: 'content-without-end',
    what: 'a content that FIN cuts off must not be accepted',
    section: 'RFC 5321 4.1.1.10',
    steps: [MAIL, RCPT, DATA, probe('Subject: cut\r\n\r\nhalf a mess', 0), { kind: 'end' }],
    right: ['', '421', '5xx', '4xx'],
    goesOn: false,
    mayClose: true,
  },
]
