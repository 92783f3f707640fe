/** What a client says that may be right, wrong, or nothing of the kind. */
import type { Random } from './random.js'

/** One client's part, from the greeting to how it goes. */
export interface Conversation {
  readonly octets: Buffer
  /** Where the octets are cut: lengths of writes, repeated until all are sent. */
  readonly cuts: readonly number[]
  /** `half`: FIN, and replies are read to the end. `reset`: RST at once. `vanish`: closed at once. `stay`: nothing more comes until all others have gone. */
  readonly end: 'half' | 'reset' | 'vanish' | 'stay'
  /** It never reads. */
  readonly deaf: boolean
}

const ADDRESSES = [
  '<a@b.test>',
  '<>',
  '<@x,@y:a@b>',
  '<"a b"@c>',
  '<a@[127.0.0.1]>',
  'a@b',
  '<',
  '>',
  '<a@b.test',
  '< >',
  '<ü@ä>',
]
const PARAMETERS = [
  '',
  '',
  '',
  ' SIZE=10',
  ' SIZE=99999999999999999999',
  ' SIZE=',
  ' SIZE=x',
  ' BODY=8BITMIME',
  ' BODY=BINARYMIME',
  ' SMTPUTF8',
  ' RET=HDRS ENVID=x+20y',
  ' AUTH=<>',
  ' NOTIFY=SUCCESS,FAILURE ORCPT=rfc822;a@b',
  ' NOTIFY=NEVER,DELAY',
  ' X=Y=Z',
  ' =',
  '  ',
]
const WORDS = [
  'NOOP',
  'RSET',
  'VRFY a',
  'EXPN a',
  'HELP',
  'HELP MAIL',
  'TURN',
  'ETRN x',
  'STARTTLS',
  'STARTTLS x',
  'XCLIENT NAME=x',
  'XFORWARD NAME=x',
  'AUTH',
  'AUTH PLAIN',
  'AUTH PLAIN AGEAYg==',
  'AUTH PLAIN =',
  'AUTH LOGIN',
  'AUTH LOGIN YQ==',
  'AUTH CRAM-MD5',
  'AUTH XOAUTH2',
  'AUTH XOAUTH2 dXNlcj1h',
  'AUTH X',
  '*',
  'YQ==',
  '=',
  '.',
  '',
  ' ',
  '\t',
  'DATA',
  'DATA x',
  'QUIT x',
  'BDAT',
  'BDAT x',
  'BDAT -1',
  'GET / HTTP/1.1',
  'MAILFROM:<a>',
  'RCPT',
  'MAIL',
  'EHLO',
  'HELO',
  'LHLO',
  '\x16\x03\x01\x02\x00\x01',
]
const ENDS = [
  '\r\n.\r\n',
  '\r\n.\r\n',
  '\r\n.\r\n',
  '\r\n.\r\n',
  '\r\n.\n',
  '\n.\n',
  '\r.\r',
  '\n.\r\n',
  '\r\n.\r\r\n',
  '',
]
const CONTENT = [
  'Subject: x\r\n\r\nhello',
  '',
  '.',
  '..',
  '\r\n..\r\n.',
  '\0',
  '\r',
  '\n',
  'MAIL FROM:<a@b>\r\nRCPT TO:<c@d>\r\nDATA',
  'QUIT\r\n',
]
const LINE_ENDS = ['\r\n', '\r\n', '\r\n', '\r\n', '\r\n', '\r\n', '\r\n', '\n', '\r', '\r\r\n', '\0\r\n']

const text = (value: string) => Buffer.from(value, 'latin1')

function body(random: Random): Buffer {
  const kind = random.below(12)
  if (kind === 0) return random.octets(random.below(3000))
  if (kind === 1) return Buffer.alloc(random.below(200_000), random.pick(['x', '\r\n', '\r\n.', '.\r', '\n.\r\n']))
  return text(Array.from({ length: random.below(4) }, () => random.pick(CONTENT)).join('\r\n'))
}

function bdat(random: Random): Buffer {
  const octets = body(random)
  // Mostly true, sometimes a little or wildly off.
  const wrong = random.below(10)
  const size =
    wrong === 0 ? Math.max(0, octets.length + random.below(5) - 2) : wrong === 1 ? random.word() : octets.length
  return Buffer.concat([text(`BDAT ${size}${random.once(2) ? ' LAST' : ''}\r\n`), octets])
}

/** A whole message as it should be; a conversation of these alone is a healthy one. */
function message(random: Random): Buffer {
  const recipients = Array.from({ length: 1 + random.below(3) }, () => `RCPT TO:<c@d.test>\r\n`).join('')
  const envelope = text(`MAIL FROM:<a@b.test>\r\n${recipients}`)
  if (random.once(3)) return Buffer.concat([envelope, bdat(random)])
  return Buffer.concat([envelope, text('DATA\r\n'), body(random), text(random.pick(ENDS))])
}

function line(random: Random): Buffer {
  switch (random.below(16)) {
    case 0:
    case 1:
      return text(
        `${random.pick(['EHLO', 'HELO', 'LHLO', 'ehlo'])} ${random.pick(['c.test', '[127.0.0.1]', '', '\xff'])}\r\n`,
      )
    case 2:
      return text(`MAIL FROM:${random.pick(ADDRESSES)}${random.pick(PARAMETERS)}${random.pick(LINE_ENDS)}`)
    case 3:
    case 4:
      return text(`RCPT TO:${random.pick(ADDRESSES)}${random.pick(PARAMETERS)}${random.pick(LINE_ENDS)}`)
    case 5:
    case 6:
    case 7:
    case 8:
      return message(random)
    case 9:
      return bdat(random)
    case 10:
      return Buffer.concat([text('DATA\r\n'), body(random), text(random.pick(ENDS))])
    case 11:
      return random.octets(random.below(100))
    case 12:
      // Around the limits of a line, and now and then far beyond them.
      return text(
        `NOOP ${'x'.repeat(random.once(20) ? random.below(300_000) : random.pick([500, 505, 507, 1000, 2040, 2043, 2044]) + random.below(5))}\r\n`,
      )
    case 13:
      return text(random.once(12) ? 'QUIT\r\n' : 'RSET\r\n')
    default:
      return text(random.pick(WORDS) + random.pick(LINE_ENDS))
  }
}

/** Some octets are changed, lost, doubled or moved. */
function mutated(random: Random, octets: Buffer): Buffer {
  let result = octets
  for (let times = 1 + random.below(4); times > 0 && result.length > 0; times--) {
    const at = random.below(result.length)
    const some = Math.min(result.length - at, 1 + random.below(random.once(4) ? 200 : 4))
    const [before, part, after] = [result.subarray(0, at), result.subarray(at, at + some), result.subarray(at + some)]
    switch (random.below(5)) {
      case 0: {
        const changed = Buffer.from(part)
        changed[0]! ^= 1 << random.below(8)
        result = Buffer.concat([before, changed, after])
        break
      }
      case 1:
        result = Buffer.concat([before, after])
        break
      case 2:
        result = Buffer.concat([before, part, part, after])
        break
      case 3:
        result = Buffer.concat([
          before,
          text(random.pick(['\r', '\n', '\r\n', '.', '\0', ' ', ':', '\xff'])),
          part,
          after,
        ])
        break
      default:
        result = Buffer.concat([after, part, before])
    }
  }
  return result
}

/** A conversation by chance. */
export function conversation(random: Random): Conversation {
  const lines = Array.from({ length: 1 + random.below(20) }, () => line(random))
  const whole = Buffer.concat([text('EHLO c.test\r\n'), ...lines])
  const octets = random.once(2) ? mutated(random, whole) : whole
  const cutting = random.below(6)
  // One write, pieces of any length, or drop by drop (as far as that does not take all day).
  const cuts =
    cutting < 2
      ? [octets.length]
      : cutting === 2 && octets.length < 3000
        ? [1 + random.below(3)]
        : Array.from({ length: 5 }, () => 1 + random.below(octets.length))
  const end = random.pick(['half', 'half', 'half', 'half', 'reset', 'vanish', 'stay'] as const)
  return { octets, cuts, end, deaf: end !== 'half' && random.once(4) }
}
