/** Replies as servers send them, and what is to be read from them. Octets as Latin-1 text. */

/** One reply as it must be found: its code, and its octets with line ends. */
export interface Expected {
  readonly code: number
  readonly text: string
}

/** A stream of whole replies. */
export interface Stream {
  readonly name: string
  readonly replies: readonly Expected[]
}

function one(code: number, text: string): Expected {
  return { code, text }
}

const EHLO = [
  '250-mx.example',
  '250-PIPELINING',
  '250-SIZE 10240000',
  '250-VRFY',
  '250-ETRN',
  '250-STARTTLS',
  '250-AUTH PLAIN LOGIN',
  '250-ENHANCEDSTATUSCODES',
  '250-8BITMIME',
  '250-DSN',
  '250-SMTPUTF8',
  '250 CHUNKING',
  '',
].join('\r\n')

/** Streams in which every octet belongs to a reply. */
export const STREAMS: readonly Stream[] = [
  { name: 'greeting', replies: [one(220, '220 mx.example ESMTP\r\n')] },
  { name: 'code alone', replies: [one(250, '250\r\n')] },
  { name: 'code and space', replies: [one(354, '354 \r\n')] },
  { name: 'bare LF', replies: [one(220, '220 x\n')] },
  { name: 'code alone with bare LF', replies: [one(354, '354\n')] },
  { name: 'more than one CR', replies: [one(250, '250 ok\r\r\n')] },
  { name: 'code, CR and text', replies: [one(250, '250\rok\n')] },
  { name: 'two lines', replies: [one(250, '250-one\r\n250 two\r\n')] },
  { name: 'last line decides', replies: [one(554, '220-a\r\n554 b\r\n')] },
  { name: 'last line is a code alone', replies: [one(250, '250-a\r\n250-\r\n250\r\n')] },
  { name: 'line ends mixed', replies: [one(450, '450-4.1.1 first\n450-\r\n450 second\n')] },
  { name: 'EHLO', replies: [one(250, EHLO)] },
  { name: 'EHLO of one line', replies: [one(250, '250 mx.example Hello client.example\r\n')] },
  { name: '8-bit and control octets', replies: [one(550, '550 5.1.0 bad\x01sender\xe9\x00\r\n')] },
  { name: 'digits and dashes in the text', replies: [one(250, '250 250-250 250\r\n')] },
  { name: 'text like a reply after a dash', replies: [one(250, '250-354 go\r\n250 ok\r\n')] },
  { name: 'lowest and greatest code', replies: [one(200, '200 a\r\n'), one(599, '599 b\r\n')] },
  { name: 'a whole conversation', replies: conversation() },
  { name: 'an envelope answered in one read', replies: envelope() },
  { name: 'LMTP, a reply each', replies: [one(250, '250 2.1.5 <a> ok\r\n'), one(452, '452 4.2.2 full\r\n')] },
  { name: 'reply and early close', replies: [one(250, '250 ok\r\n'), one(421, '421 4.3.2 going down\r\n')] },
  { name: 'a long line', replies: [one(250, `250 ${'x'.repeat(3000)}\r\n`), one(250, '250 short\r\n')] },
  { name: 'a hundred lines', replies: [one(250, `${'250-line of a long reply\r\n'.repeat(99)}250 end\r\n`)] },
  { name: 'nothing', replies: [] },
]

function conversation(): Expected[] {
  const lines = '220 mx ESMTP|250 mx|250 2.1.0 Ok|250 2.1.5 Ok|354 End data|250 2.0.0 Ok|221 2.0.0 Bye'.split('|')
  return lines.map((line) => one(Number(line.slice(0, 3)), `${line}\r\n`))
}

function envelope(): Expected[] {
  return [
    one(250, '250 2.1.0 Ok\r\n'),
    one(451, '451-4.7.1 Greylisted,\r\n451 4.7.1 come again\r\n'),
    one(550, '550 5.1.1 no such user\r\n'),
    one(354, '354 End data with <CR><LF>.<CR><LF>\r\n'),
  ]
}

/** Octets that are no SMTP, and where that shows: the number of octets with which it is still possible. */
export const GARBAGE: readonly { readonly octets: string; readonly good: number }[] = [
  { octets: 'hello\r\n', good: 0 },
  { octets: '\r\n', good: 0 },
  { octets: '\n', good: 0 },
  { octets: ' 220 x\r\n', good: 0 },
  { octets: '\x16\x03\x01\x02\x00', good: 0 },
  { octets: '100 x\r\n', good: 0 },
  { octets: '199 x\r\n', good: 0 },
  { octets: '600 x\r\n', good: 0 },
  { octets: '000 x\r\n', good: 0 },
  { octets: '-250 x\r\n', good: 0 },
  { octets: '2x0 x\r\n', good: 1 },
  { octets: '25\r\n', good: 2 },
  { octets: '25 ok\r\n', good: 2 },
  { octets: '220hello\r\n', good: 3 },
  { octets: '2200 x\r\n', good: 3 },
  { octets: '250\tok\r\n', good: 3 },
  { octets: '250.ok\r\n', good: 3 },
  { octets: '250\x00\r\n', good: 3 },
  { octets: '250-a\r\nb\r\n', good: 7 },
  { octets: '250-a\r\n\r\n', good: 7 },
  { octets: '250-a\r\n25\r\n', good: 9 },
  { octets: '250-a\r\n250+b\r\n', good: 10 },
  { octets: '250 a\r\nHTTP/1.1 400 Bad Request\r\n', good: 7 },
]
