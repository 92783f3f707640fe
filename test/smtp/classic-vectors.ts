/**
 * Conversations of Postfix's smtp-sink (observed on 3.7.11) as a table: the pure machine is run through them here, and the same rows serve for real
 * sockets and for the original itself. Octets are latin1 characters.
 */
import type { DoorCommand, SinkDoorPlan } from '#src/plan/sink-door-plan.js'

/** The door without options. */
export const PLAIN_DOOR: SinkDoorPlan = {
  program: 'smtp-sink',
  esmtp: true,
  maskedGreeting: false,
  announce: {
    pipelining: true,
    eightBitMime: true,
    auth: true,
    xclient: true,
    xforward: true,
    enhancedStatusCodes: true,
    dsn: true,
  },
  softReply: '450 4.3.0 Error: command failed',
  hardReply: '500 5.3.0 Error: command failed',
  hangUp: [],
  disconnect: [],
  hardReject: [],
  softReject: [],
  log: [],
  delays: [],
  dataReadDelay: null,
  abortAfter: null,
  counter: false,
  verbose: 0,
}

export interface ClassicStep {
  /** In one write. */
  readonly send: string
  /** All that is answered before the next step. */
  readonly expect: string
  /** How long the answer is delayed, in seconds, when all is sent without pause; the original's clock makes it up to one shorter. */
  readonly seconds?: number
}

export interface ClassicVector {
  /** A letter or a number as the reference has it, or a name. */
  readonly id: string
  /** Options on the command line, before the address; they and the next three say the same. */
  readonly argv: readonly string[]
  readonly door: SinkDoorPlan
  readonly lmtp: boolean
  readonly hostname: string
  readonly greeting: ClassicStep
  readonly steps: readonly ClassicStep[]
  /**
   * What follows the last answer: `close`: the server closes; `exit`: the sink ends with status 0; `open`: nothing. `shut`: the client half-closes with
   * its last write, and the server closes after its answer.
   */
  readonly end: 'open' | 'close' | 'shut' | 'exit'
  /** A line of warning, without the program's name. */
  readonly warning: string | null
  /** What the counters come to when the conversation is over. */
  readonly messages: number
  readonly quits: number
  /** `-M`, `-n` */
  readonly limits: { readonly messages: number; readonly quits: number }
  /** Why the original answers otherwise, or at another time; null: it does not. */
  readonly differs: string | null
}

export const GREETING = '220 smtp-sink ESMTP\r\n'
export const START_MAIL = '354 End data with <CR><LF>.<CR><LF>\r\n'
const OK = '250 2.0.0 Ok\r\n'
const OK_MAIL = '250 2.1.0 Ok\r\n'
const OK_RCPT = '250 2.1.5 Ok\r\n'
const OK_LMTP = '250 2.2.0 Ok\r\n'
const HELLO = '250 smtp-sink\r\n'
const BYE = '221 Bye\r\n'
const UNKNOWN = '500 5.5.1 Error: unknown command\r\n'
const EMPTY = '500 5.5.2 Error: unknown command\r\n'
const NESTED = '503 5.5.1 Error: nested MAIL command\r\n'
const NEED_MAIL = '503 5.5.1 Error: need MAIL command\r\n'
const NEED_RCPT = '503 5.5.1 Error: need RCPT command\r\n'
const SOFT = '450 4.3.0 Error: command failed\r\n'
const HARD = '500 5.3.0 Error: command failed\r\n'
const CLOSING = '421 4.0.0 Server closing connection\r\n'
const PREMATURE = '550 This violates SMTP\r\n'

const EXTENSIONS = [
  'PIPELINING',
  '8BITMIME',
  'AUTH PLAIN LOGIN',
  'XCLIENT NAME HELO',
  'XFORWARD NAME ADDR PROTO HELO',
  'ENHANCEDSTATUSCODES',
  'DSN',
]

/** The reply to EHLO. */
function ehlo(name = 'smtp-sink', extensions: readonly string[] = EXTENSIONS): string {
  return `${[name, ...extensions].map((line) => `250-${line}\r\n`).join('')}250 \r\n`
}
const EHLO = ehlo()
const EHLO_UNPIPELINED = ehlo('smtp-sink', EXTENSIONS.slice(1))

type Announce = SinkDoorPlan['announce']

function unannounced(...names: (keyof Announce)[]): Pick<SinkDoorPlan, 'announce'> {
  const announce = { ...PLAIN_DOOR.announce }
  for (const name of names) announce[name] = false
  return { announce }
}
const UNPIPELINED = unannounced('pipelining')

function delay(command: DoorCommand, seconds: number, odds = 0): Pick<SinkDoorPlan, 'delays'> {
  return { delays: [{ command, seconds, odds }] }
}

/** Pairs of what is said and what is answered; three of them when the answer takes seconds. */
type Pair = readonly [send: string, expect: string, seconds?: number | undefined]

interface Row extends Partial<Omit<ClassicVector, 'id' | 'argv' | 'door' | 'steps' | 'greeting'>> {
  readonly door?: Partial<SinkDoorPlan>
  readonly greeting?: string
  readonly greetingSeconds?: number
}

/** `argv` is one text, split at blanks. */
function vector(id: string, argv: string | readonly string[], steps: readonly Pair[], row: Row = {}): ClassicVector {
  const { door, greeting = GREETING, greetingSeconds, ...rest } = row
  return {
    lmtp: false,
    hostname: 'smtp-sink',
    end: 'open',
    warning: null,
    messages: 0,
    quits: 0,
    limits: { messages: Number.POSITIVE_INFINITY, quits: Number.POSITIVE_INFINITY },
    differs: null,
    ...rest,
    id,
    argv: typeof argv === 'string' ? argv.split(' ').filter((word) => word !== '') : argv,
    door: { ...PLAIN_DOOR, ...door },
    greeting: step(['', greeting, greetingSeconds]),
    steps: steps.map(step),
  }
}

function step([send, expect, seconds]: Pair): ClassicStep {
  return seconds === undefined ? { send, expect } : { send, expect, seconds }
}

const ENVELOPE: readonly Pair[] = [
  ['HELO c\r\n', HELLO],
  ['MAIL FROM:<a>\r\n', OK_MAIL],
  ['RCPT TO:<b>\r\n', OK_RCPT],
]
const BEGUN: readonly Pair[] = [...ENVELOPE, ['DATA\r\n', START_MAIL]]
/** The reference's `T`, but for the answer to the dot. */
function message(answer: string): readonly Pair[] {
  return [...BEGUN, ['x\r\n', ''], ['.\r\n', answer]]
}
const LETTER = 'MAIL FROM:<a>\r\nRCPT TO:<b>\r\nDATA\r\nx\r\n.\r\n'
const LETTER_TAKEN = OK_MAIL + OK_RCPT + START_MAIL + OK

const HELD_BACK = 'the original keeps replies to itself until more input comes'

export const CLASSIC_VECTORS: readonly ClassicVector[] = [
  vector(
    'A',
    '',
    [
      ['EHLO c.example\r\n', EHLO],
      ['MAIL FROM:<a@b>\r\n', OK_MAIL],
      ['RCPT TO:<c@d>\r\n', OK_RCPT],
      ['DATA\r\n', START_MAIL],
      ['hello\r\n', ''],
      ['.\r\n', OK],
      ['QUIT\r\n', BYE],
    ],
    { end: 'close', messages: 1, quits: 1 },
  ),
  vector(
    'B',
    '',
    [
      ['HELO c.example\r\n', HELLO],
      ['NOOP\r\n', OK],
      ['noop x y\r\n', OK],
      ['RSET\r\n', OK_MAIL],
      ['VRFY\r\n', OK],
      ['XCLIENT NAME=x\r\n', OK],
      ['XFORWARD NAME=x\r\n', OK],
      ['AUTH PLAIN xx\r\n', OK],
      ['HELP\r\n', UNKNOWN],
      ['STARTTLS\r\n', UNKNOWN],
      ['BDAT 3\r\n', UNKNOWN],
      ['LHLO x\r\n', UNKNOWN],
      ['CONNECT\r\n', UNKNOWN],
      ['.\r\n', OK],
      ['\r\n', EMPTY],
      [' \t\r\n', EMPTY],
      ['  NoOp\r\n', OK],
      ['\tNOOP\tx\r\n', OK],
      ['MAILFROM:<a>\r\n', UNKNOWN],
      ['MAIL\r\n', OK_MAIL],
      ['MAIL\r\n', NESTED],
      ['RCPT\r\n', OK_RCPT],
      ['DATA x\r\n', START_MAIL],
      ['.\r\n', OK],
      ['QUIT now\r\n', BYE],
    ],
    { end: 'close', messages: 1, quits: 1 },
  ),
  vector('C', '', [
    ['RCPT TO:<a>\r\n', NEED_MAIL],
    ['DATA\r\n', NEED_RCPT],
    ['MAIL FROM:<x>\r\n', OK_MAIL],
    ['DATA\r\n', NEED_RCPT],
    ['RCPT TO:<a>\r\n', OK_RCPT],
    ['RSET\r\n', OK_MAIL],
    ['RCPT TO:<a>\r\n', NEED_MAIL],
    ['MAIL FROM:<x>\r\n', OK_MAIL],
    ['RCPT TO:<q>\r\n', OK_RCPT],
    ['EHLO x\r\n', EHLO],
    ['RCPT TO:<a>\r\n', NEED_MAIL],
  ]),
  vector('D', '-c', [[`EHLO c\r\n${LETTER}${LETTER}QUIT\r\nNOOP\r\n`, EHLO + LETTER_TAKEN + LETTER_TAKEN + BYE]], {
    door: { counter: true },
    end: 'close',
    messages: 2,
    quits: 1,
  }),
  vector(
    'E',
    '-L',
    [
      ['EHLO x\r\n', UNKNOWN],
      ['LHLO x\r\n', EHLO],
      ['MAIL FROM:<a>\r\n', OK_MAIL],
      ['RCPT TO:<b>\r\n', OK_RCPT],
      ['RCPT TO:<c>\r\n', OK_RCPT],
      ['RCPT TO:<d>\r\n', OK_RCPT],
      ['DATA\r\n', START_MAIL],
      ['hi\r\n', ''],
      ['.\r\n', OK_LMTP.repeat(3)],
      ['.\r\n', ''],
      ['QUIT\r\n', BYE],
    ],
    { lmtp: true, end: 'close', messages: 1, quits: 1 },
  ),
  vector(
    'F',
    ['-f', 'mail, RCPT,data', '-r', 'noop rset', '-Q', 'auth', '-B', '554-multi'],
    [
      ['HELO x\r\n', HELLO],
      ['MAIL FROM:<a>\r\n', '554-multi\r\n'],
      ['RCPT x\r\n', '554-multi\r\n'],
      ['DATA\r\n', '554-multi\r\n'],
      ['NOOP\r\n', SOFT],
      ['RSET\r\n', SOFT],
      ['AUTH x\r\n', CLOSING],
    ],
    {
      door: {
        ...UNPIPELINED,
        hardReject: ['mail', 'rcpt', 'data'],
        softReject: ['noop', 'rset'],
        disconnect: ['auth'],
        hardReply: '554-multi',
      },
      end: 'close',
    },
  ),
  vector('G', '-A 1 -c', [...ENVELOPE, ['DATA\r\n', START_MAIL + PREMATURE, 1]], {
    door: { abortAfter: 1, counter: true },
    end: 'close',
  }),
  vector('H', '-c', [...BEGUN, ['line1\n.\nline2\n.\r\nx\r\n.\n', ''], ['\r\n.\r\r\n', ''], ['a\r\n\r\n.\r\n', OK]], {
    door: { counter: true },
    messages: 1,
  }),
  vector(
    'I',
    '',
    [
      ['EHLO c.example\r\n', EHLO],
      ['MAIL FROM:<a@b> SIZE=10\r\n', OK_MAIL],
      ['RCPT TO:<c@d>\r\n', OK_RCPT],
      ['RCPT TO: <e@f> NOTIFY=NEVER\r\n', OK_RCPT],
      ['DATA\r\n', START_MAIL],
      ['Subject: x\r\n\r\nline1\r\n..dots\r\n.x\r\nbare\ncr\rin\r\n.\r\n', OK],
    ],
    { messages: 1 },
  ),
  vector('K', '-W noop:1', [['NOOP\r\nNOOP\r\nRSET\r\n', OK + OK + OK_MAIL, 2]], {
    door: delay('noop', 1),
    differs: 'the original answers RSET first and one NOOP never',
  }),

  vector('1', '', []),
  vector('2', '-8aCFENp', [['EHLO x\r\n', '250-smtp-sink\r\n250 \r\n']], {
    door: unannounced('pipelining', 'eightBitMime', 'auth', 'xclient', 'xforward', 'enhancedStatusCodes', 'dsn'),
  }),
  vector(
    '3 -e',
    '-e',
    [
      ['EHLO x\r\n', UNKNOWN],
      ['HELO x\r\n', HELLO],
    ],
    { door: { esmtp: false }, greeting: '220 smtp-sink\r\n' },
  ),
  vector(
    '3 -P',
    '-P',
    [
      ['EHLO x\r\n', UNKNOWN],
      ['HELO x\r\n', HELLO],
    ],
    { door: { esmtp: false, maskedGreeting: true }, greeting: '220 ********\r\n' },
  ),
  vector('4', '-L -e', [['LHLO x\r\n', EHLO]], {
    door: { esmtp: false },
    lmtp: true,
    greeting: '220 smtp-sink\r\n',
  }),
  vector('5', '-h mx.example', [['EHLO x\r\n', ehlo('mx.example')]], {
    hostname: 'mx.example',
    greeting: '220 mx.example ESMTP\r\n',
  }),
  vector(
    '5 empty',
    ['-h', ''],
    [
      ['EHLO x\r\n', ehlo('')],
      ['HELO x\r\n', '250 \r\n'],
    ],
    { hostname: '', greeting: '220  ESMTP\r\n' },
  ),
  vector('6 -f', '-f rcpt', [['EHLO x\r\n', EHLO_UNPIPELINED]], { door: { ...UNPIPELINED, hardReject: ['rcpt'] } }),
  vector('6 -r', '-r noop', [['EHLO x\r\n', EHLO_UNPIPELINED]], { door: { ...UNPIPELINED, softReject: ['noop'] } }),
  vector('7', '-a', [['AUTH x\r\n', OK]], { door: unannounced('auth') }),
  vector(
    '8',
    '-C -F',
    [
      ['XCLIENT NAME=x\r\n', UNKNOWN],
      ['XFORWARD NAME=x\r\n', UNKNOWN],
    ],
    { door: unannounced('xclient', 'xforward') },
  ),
  vector('9', '', [
    ['NOOP\n', ''],
    ['NOOP\r', ''],
    ['\n', UNKNOWN],
  ]),
  vector('10 fits', '', [[`NOOP ${'x'.repeat(2041)}\r\n`, OK]]),
  vector('10 too long', '', [[`NOOP ${'x'.repeat(2042)}\r\n`, '']], {
    end: 'close',
    warning: 'command line too long',
  }),
  vector('11', '', [['NOOP \xe9\r\n', OK]]),
  vector(
    '12',
    '',
    [
      ['NOOP\r\nNO', OK],
      ['OP\r\n', OK],
    ],
    { differs: HELD_BACK },
  ),
  vector(
    '13',
    '',
    [
      ['MAIL FROM:<a>\r\nRCPT TO:<b>\r\nDATA\r\nhel', OK_MAIL + OK_RCPT + START_MAIL],
      ['lo\r\n.\r\n', OK],
    ],
    { messages: 1, differs: HELD_BACK },
  ),
  vector('14', '', [['NOOP\r\nVR', OK]], { end: 'shut' }),
  vector('15', '', [...BEGUN, ['.', ''], ['\r', ''], ['\nQUIT\r\n', OK + BYE]], {
    end: 'close',
    messages: 1,
    quits: 1,
  }),
  vector('16', '-c', [...message(OK), ['QUIT\r\n', BYE]], {
    door: { counter: true },
    end: 'close',
    messages: 1,
    quits: 1,
  }),
  vector('17', '-c -f .', [...message(HARD), ['NOOP\r\n', OK]], {
    door: { ...UNPIPELINED, counter: true, hardReject: ['.'] },
    messages: 1,
  }),
  vector('18 -Q', '-c -Q .', message(CLOSING), {
    door: { counter: true, disconnect: ['.'] },
    end: 'close',
    messages: 1,
  }),
  vector('18 -q', '-c -q .', message(''), { door: { counter: true, hangUp: ['.'] }, end: 'close', messages: 1 }),
  vector('19', '-f data', [...ENVELOPE, ['DATA\r\n', HARD], ['x\r\n', UNKNOWN], ['.\r\n', OK]], {
    door: { ...UNPIPELINED, hardReject: ['data'] },
  }),
  vector('20 -q', '-f noop -r noop -Q noop -q noop', [['NOOP\r\n', '']], {
    door: { ...UNPIPELINED, hardReject: ['noop'], softReject: ['noop'], disconnect: ['noop'], hangUp: ['noop'] },
    end: 'close',
  }),
  vector('20 -Q', '-f noop -r noop -Q noop', [['NOOP\r\n', CLOSING]], {
    door: { ...UNPIPELINED, hardReject: ['noop'], softReject: ['noop'], disconnect: ['noop'] },
    end: 'close',
  }),
  vector('20 -f', '-f noop -r noop', [['NOOP\r\n', HARD]], {
    door: { ...UNPIPELINED, hardReject: ['noop'], softReject: ['noop'] },
  }),
  vector(
    '21',
    '-f connect',
    [
      ['HELO x\r\n', HELLO],
      ['QUIT\r\n', BYE],
    ],
    { door: { ...UNPIPELINED, hardReject: ['connect'] }, greeting: HARD, end: 'close', quits: 1 },
  ),
  vector('22 -Q', '-Q connect', [], { door: { disconnect: ['connect'] }, greeting: CLOSING, end: 'close' }),
  vector('22 -q', '-q connect', [], { door: { hangUp: ['connect'] }, greeting: '', end: 'close' }),
  vector(
    '23',
    '-f quit',
    [
      ['QUIT\r\n', HARD],
      ['NOOP\r\n', OK],
    ],
    { door: { ...UNPIPELINED, hardReject: ['quit'] } },
  ),
  vector(
    '24',
    ['-L', '-r', '.', '-b', '451 4.9.9 custom'],
    [
      [
        'LHLO x\r\nMAIL FROM:<a>\r\nRCPT TO:<b>\r\nRCPT TO:<c>\r\nDATA\r\n',
        EHLO_UNPIPELINED + OK_MAIL + OK_RCPT + OK_RCPT + START_MAIL,
      ],
      ['x\r\n.\r\n', '451 4.9.9 custom\r\n'.repeat(2)],
    ],
    { door: { ...UNPIPELINED, softReject: ['.'], softReply: '451 4.9.9 custom' }, lmtp: true, messages: 1 },
  ),
  vector(
    '25',
    '-L',
    [
      ['MAIL FROM:<a>\r\n', OK_MAIL],
      ['RCPT TO:<b>\r\n', OK_RCPT],
      ['.\r\n', OK_LMTP],
      ['DATA\r\n', START_MAIL],
      ['x\r\n', ''],
      ['.\r\n', ''],
    ],
    { lmtp: true, messages: 1 },
  ),
  vector(
    '26',
    ['-B', '550-line one\r\n550 line two', '-f', 'noop'],
    [['NOOP\r\n', '550-line one\r\n550 line two\r\n']],
    { door: { ...UNPIPELINED, hardReply: '550-line one\r\n550 line two', hardReject: ['noop'] } },
  ),
  vector('27', '-M 1', message(OK), {
    limits: { messages: 1, quits: Number.POSITIVE_INFINITY },
    end: 'exit',
    messages: 1,
    differs: 'the original ends before it answers the dot of the last message',
  }),
  vector('28', '-M 2', [[`${LETTER}${LETTER}`, LETTER_TAKEN + LETTER_TAKEN]], {
    limits: { messages: 2, quits: Number.POSITIVE_INFINITY },
    end: 'exit',
    messages: 2,
    differs: 'the original ends before it answers anything of the burst',
  }),
  vector(
    '29 -c',
    '-n 1 -c',
    [
      ['HELO x\r\n', HELLO],
      ['QUIT\r\n', BYE],
    ],
    { door: { counter: true }, limits: { messages: Number.POSITIVE_INFINITY, quits: 1 }, end: 'exit', quits: 1 },
  ),
  vector(
    '29',
    '-n 1',
    [
      ['HELO x\r\n', HELLO],
      ['QUIT\r\n', BYE],
    ],
    {
      limits: { messages: Number.POSITIVE_INFINITY, quits: 1 },
      end: 'exit',
      quits: 1,
      differs: 'the original counts QUITs only with -c, and so never ends',
    },
  ),
  vector('30', '-n 1 -c', [['HELO x\r\n', HELLO]], {
    door: { counter: true },
    limits: { messages: Number.POSITIVE_INFINITY, quits: 1 },
  }),
  vector('32', '-A 0', [...ENVELOPE, ['DATA\r\n', START_MAIL + PREMATURE]], { door: { abortAfter: 0 }, end: 'close' }),
  vector('33', '-H 1', [...ENVELOPE, ['DATA\r\n', START_MAIL], ['x\r\n', ''], ['.\r\n', OK, 1]], {
    door: { dataReadDelay: 1 },
    messages: 1,
  }),
  vector('34', '-w 1', [...ENVELOPE, ['DATA\r\n', START_MAIL, 1]], { door: delay('data', 1) }),
  vector('35 connect', '-W connect:1', [['NOOP\r\n', OK]], { door: delay('connect', 1), greetingSeconds: 1 }),
  vector('35 quit', '-W quit:1 -c -n 1', [['QUIT\r\n', BYE, 1]], {
    door: { ...delay('quit', 1), counter: true },
    limits: { messages: Number.POSITIVE_INFINITY, quits: 1 },
    end: 'exit',
    quits: 1,
  }),
  vector('36', '-W noop:1 -f noop', [['NOOP\r\n', HARD]], {
    door: { ...UNPIPELINED, ...delay('noop', 1), hardReject: ['noop'] },
  }),

  vector('words', '', [
    ['NOOP\0 x\r\n', OK],
    ['NO\0OP\r\n', UNKNOWN],
    ['\0NOOP\r\n', EMPTY],
    ['  \0x\r\n', EMPTY],
    ['NOOP\r\r\n', UNKNOWN],
    ['NOOP\nNOOP\r\n', UNKNOWN],
    ['.\tq\r\n', OK],
    ['.\0q\r\n', OK],
    ['.x\r\n', UNKNOWN],
    ['EXPN x\r\nETRN x\r\n', UNKNOWN + UNKNOWN],
    ['XCLIENTS x\r\nNOO\r\nNOOPS\r\n', UNKNOWN.repeat(3)],
  ]),
  vector(
    'dot outside content',
    '',
    [
      ['MAIL FROM:<a>\r\n', OK_MAIL],
      ['.\r\n', OK],
      ['RCPT TO:<b>\r\n', OK_RCPT],
      ['.\r\n', OK],
      ['RCPT TO:<b>\r\n', OK_RCPT],
      ['DATA\r\n', START_MAIL],
      ['.\r\n', OK],
      ['RCPT TO:<b>\r\n', NEED_MAIL],
      ['DATA\r\n', NEED_RCPT],
      ['MAIL FROM:<a>\r\n', OK_MAIL],
    ],
    { messages: 1 },
  ),
  vector(
    'rejected dot ends the transaction',
    '-f .',
    [...message(HARD), ['RCPT x\r\n', NEED_MAIL], ['MAIL\r\n', OK_MAIL]],
    {
      door: { ...UNPIPELINED, hardReject: ['.'] },
      messages: 1,
    },
  ),
  vector(
    'rejected commands have no effect',
    '-f mail,rset,ehlo',
    [
      ['MAIL FROM:<a>\r\n', HARD],
      ['RCPT TO:<b>\r\n', NEED_MAIL],
      ['RSET\r\n', HARD],
      ['EHLO x\r\n', HARD],
    ],
    { door: { ...UNPIPELINED, hardReject: ['mail', 'rset', 'ehlo'] } },
  ),
  vector(
    'rejected RCPT does not count',
    '-r rcpt',
    [...ENVELOPE.slice(0, 2), ['RCPT\r\n', SOFT], ['DATA\r\n', NEED_RCPT]],
    {
      door: { ...UNPIPELINED, softReject: ['rcpt'] },
    },
  ),
  vector('rejected RSET does not reset', '-r rset', [...ENVELOPE, ['RSET\r\n', SOFT], ['DATA\r\n', START_MAIL]], {
    door: { ...UNPIPELINED, softReject: ['rset'] },
  }),
  vector(
    'a hello that is off is not rejected',
    '-e -f ehlo -q lhlo',
    [
      ['EHLO x\r\n', UNKNOWN],
      ['LHLO x\r\n', UNKNOWN],
      ['HELO x\r\n', HELLO],
    ],
    { door: { ...UNPIPELINED, esmtp: false, hardReject: ['ehlo'], hangUp: ['lhlo'] }, greeting: '220 smtp-sink\r\n' },
  ),
  vector(
    'LMTP masked',
    '-L -P',
    [
      ['LHLO x\r\n', EHLO],
      ['HELO x\r\n', UNKNOWN],
      ['EHLO x\r\n', UNKNOWN],
    ],
    { door: { esmtp: false, maskedGreeting: true }, lmtp: true, greeting: '220 ********\r\n' },
  ),
  vector(
    'LMTP dots before content',
    '-L',
    [
      ['MAIL FROM:<a>\r\n', OK_MAIL],
      ['.\r\n', ''],
      ['DATA\r\n', NEED_RCPT],
      ['RCPT TO:<b>\r\nRCPT TO:<c>\r\n', OK_RCPT + OK_RCPT],
      ['.\r\n', OK_LMTP + OK_LMTP],
      ['RCPT TO:<d>\r\nRCPT TO:<e>\r\n', OK_RCPT + OK_RCPT],
      ['DATA\r\n', START_MAIL],
      ['.\r\n', OK_LMTP + OK_LMTP],
    ],
    { lmtp: true, messages: 1, differs: 'after a dot the original has one recipient less than none' },
  ),
  vector('hang-up after replies', '-q noop', [['VRFY\r\nNOOP\r\nVRFY\r\n', OK]], {
    door: { hangUp: ['noop'] },
    end: 'close',
  }),
  vector('too long after replies', '', [[`VRFY\r\n${'x'.repeat(2049)}`, OK]], {
    end: 'close',
    warning: 'command line too long',
  }),
  vector('delayed 354 and content', '-w 1', [[`${LETTER}NOOP\r\n`, LETTER_TAKEN + OK, 1]], {
    door: delay('data', 1),
    messages: 1,
    differs: 'the original takes the content for commands',
  }),
  vector('premature 550 and content', '-A 1', [[LETTER, OK_MAIL + OK_RCPT + START_MAIL + PREMATURE, 1]], {
    door: { abortAfter: 1 },
    end: 'close',
    differs: 'the original takes the content for commands',
  }),
  vector('content read late though it is there', '-H 1', [[LETTER, LETTER_TAKEN, 1]], {
    door: { dataReadDelay: 1 },
    messages: 1,
    differs: 'the original answers at once: it does not wait for content that has come already',
  }),
  vector('delayed dot and the next letter', '-W .:1', [[`${LETTER}${LETTER}`, LETTER_TAKEN + LETTER_TAKEN, 2]], {
    door: delay('.', 1),
    messages: 2,
    differs: 'the original loses the order of delayed replies',
  }),
  vector('delays of several commands', '-W mail:1 -W rcpt:2 -w 3 -H 4', [[LETTER, LETTER_TAKEN, 10]], {
    door: {
      delays: [
        { command: 'mail', seconds: 1, odds: 0 },
        { command: 'rcpt', seconds: 2, odds: 0 },
        { command: 'data', seconds: 3, odds: 0 },
      ],
      dataReadDelay: 4,
    },
    messages: 1,
    differs: 'the original loses the order of delayed replies',
  }),
]
