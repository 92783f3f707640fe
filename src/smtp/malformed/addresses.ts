/** Paths and parameters of MAIL and RCPT that are not as the grammar has them. */
import { type CaseRow, MAIL, probe } from './case.js'

const REFUSED = ['5xx']
const ACCEPTED = ['2xx']

function mail(name: string, what: string, argument: string, more: Partial<CaseRow> = {}): CaseRow {
  const section = 'RFC 5321 4.1.1.2'
  return { name, what, section, steps: [probe(`MAIL${argument}\r\n`)], right: REFUSED, tolerant: ACCEPTED, ...more }
}

function rcpt(name: string, what: string, argument: string, more: Partial<CaseRow> = {}): CaseRow {
  const section = 'RFC 5321 4.1.1.3'
  const steps = [MAIL, probe(`RCPT${argument}\r\n`)]
  return { name, what, section, steps, right: REFUSED, tolerant: ACCEPTED, ...more }
}

export const ADDRESS_CASES: readonly CaseRow[] = [
  mail('mail-no-argument', 'MAIL alone', '', { tolerant: [] }),
  mail('mail-no-path', 'MAIL FROM: and nothing', ' FROM:'),
  mail('mail-no-colon', 'MAIL FROM without its colon', ' FROM <{from}>'),
  mail('mail-wrong-word', 'MAIL TO: instead of FROM:', ' TO:<{from}>'),
  mail('mail-no-brackets', 'a sender without angle brackets', ' FROM:{from}'),
  mail('mail-blank-after-colon', 'a blank between the colon and the path', ' FROM: <{from}>'),
  mail('mail-unclosed', 'a path that is not closed', ' FROM:<{from}'),
  mail('mail-two-paths', 'two paths', ' FROM:<{from}> <{from}>'),
  mail('mail-no-local-part', 'nothing in front of the @', ' FROM:<@>', { section: 'RFC 5321 4.1.2' }),
  mail('mail-two-ats', 'two @ outside quotes', ' FROM:<a@b@c.example>', { section: 'RFC 5321 4.1.2' }),
  mail('mail-blank-in-path', 'a blank outside quotes', ' FROM:<a b@c.example>', { section: 'RFC 5321 4.1.2' }),
  mail('mail-dots-in-domain', 'a domain with an empty label', ' FROM:<a@b..example>', { section: 'RFC 5321 4.1.2' }),
  mail('mail-long-path', 'a path of 400 octets', ` FROM:<${'a'.repeat(388)}@b.example>`, {
    section: 'RFC 5321 4.5.3.1.3',
    // The limit is what must be taken at least; more may be.
    right: ['2xx', '5xx'],
    tolerant: [],
  }),
  mail('mail-nul', 'NUL in the sender', ' FROM:<a\0b@c.example>', { section: 'RFC 5321 4.1.2' }),
  mail('mail-eight-bit', 'an octet above 127 in the sender, without SMTPUTF8', ' FROM:<m\xfcller@c.example>', {
    section: 'RFC 6531 3.5',
  }),
  mail('mail-broken-utf8', 'SMTPUTF8 and a sender that is not UTF-8', ' FROM:<m\xc3\x28\xff@c.example> SMTPUTF8', {
    section: 'RFC 6531 3.3',
    needs: ['SMTPUTF8'],
  }),
  mail('mail-unknown-parameter', 'a parameter that nobody knows', ' FROM:<{from}> XYZZY=1', {
    section: 'RFC 5321 4.1.1.11',
    right: ['555', '5xx'],
  }),
  mail('mail-empty-parameter', 'a parameter with = and no value', ' FROM:<{from}> XYZZY=', {
    section: 'RFC 5321 4.1.2',
  }),
  mail('size-too-large', 'SIZE of twelve digits', ' FROM:<{from}> SIZE=999999999999', {
    section: 'RFC 1870 6.1',
    needs: ['SIZE'],
    right: ['552|452', '5xx'],
  }),
  mail('size-text', 'SIZE that is no number', ' FROM:<{from}> SIZE=large', { section: 'RFC 1870 6', needs: ['SIZE'] }),
  mail('size-negative', 'SIZE below zero', ' FROM:<{from}> SIZE=-1', { section: 'RFC 1870 6', needs: ['SIZE'] }),
  mail('size-overflow', 'SIZE of thirty digits', ` FROM:<{from}> SIZE=${'9'.repeat(30)}`, {
    section: 'RFC 1870 6',
    needs: ['SIZE'],
    right: ['5xx', '452'],
  }),
  mail('size-twice', 'SIZE given twice', ' FROM:<{from}> SIZE=10 SIZE=20', {
    section: 'RFC 5321 4.1.1.11',
    needs: ['SIZE'],
  }),
  mail('body-unknown', 'BODY of a kind that nobody knows', ' FROM:<{from}> BODY=9BITMIME', {
    section: 'RFC 6152 3',
    needs: ['8BITMIME'],
  }),
  mail('ret-unknown', 'RET of a kind that nobody knows', ' FROM:<{from}> RET=SOME', {
    section: 'RFC 3461 4.3',
    needs: ['DSN'],
  }),
  rcpt('rcpt-no-argument', 'RCPT alone', '', { tolerant: [] }),
  rcpt('rcpt-no-path', 'RCPT TO: and nothing', ' TO:', { tolerant: [] }),
  rcpt('rcpt-null-path', 'a recipient of nobody', ' TO:<>'),
  rcpt('rcpt-wrong-word', 'RCPT FROM: instead of TO:', ' FROM:<{to}>'),
  rcpt('rcpt-nul', 'NUL in the recipient', ' TO:<a\0b@c.example>', { section: 'RFC 5321 4.1.2' }),
  rcpt('rcpt-source-route', 'a source route, to be taken for its last part', ' TO:<@a.example,@b.example:{to}>', {
    section: 'RFC 5321 C',
    right: ['2xx', '5xx'],
    tolerant: [],
  }),
  rcpt('rcpt-unknown-parameter', 'a parameter that nobody knows', ' TO:<{to}> XYZZY=1', {
    section: 'RFC 5321 4.1.1.11',
    right: ['555', '5xx'],
  }),
  rcpt('notify-unknown', 'NOTIFY of a kind that nobody knows', ' TO:<{to}> NOTIFY=SOMETIMES', {
    section: 'RFC 3461 4.1',
    needs: ['DSN'],
  }),
  rcpt('notify-never-and-more', 'NOTIFY=NEVER together with another', ' TO:<{to}> NOTIFY=NEVER,SUCCESS', {
    section: 'RFC 3461 4.1',
    needs: ['DSN'],
  }),
  {
    name: 'parameter-after-helo',
    what: 'a parameter after HELO, where no extension is in force',
    section: 'RFC 5321 4.1.1.11',
    opening: 'greeted',
    steps: [{ kind: 'set-up', octets: 'HELO {helo}\r\n', want: '2' }, probe('MAIL FROM:<{from}> SIZE=10\r\n')],
    right: REFUSED,
    tolerant: ACCEPTED,
  },
]
