import { before, describe, it } from 'node:test'
import { sinkDoor } from '#src/cli/smtp-sink.js'
import { type Doors, refusedAlike } from '../door/refusal.js'
import { ORIGINAL_SINK, SINK_DOOR } from '../door/sink-subject.js'
import { missing, need } from '../peer/distribution.js'

const DOORS: Doors = { original: ORIGINAL_SINK, door: SINK_DOOR, main: sinkDoor }

const USER = ['-u', 'nobody'] as const
const NUMBERS = ['0', 'x', '-3', '', '4294967296', '99999999999999999999', ' 0', '0x10', '--5', '\n', 'é']

/** Command lines that never come to serve. */
const CASES: readonly (readonly string[])[] = [
  [],
  ['a'],
  ['a', 'b'],
  ['a', '0'],
  ['a', '-1'],
  ['a', ''],
  ['x', '1', '-v'],
  ['x', '1', '2'],
  ['x', '1'],
  ['--', '-v'],
  ['-', '5'],
  ...['-?', '-:', '--help', '--version', '-Z', '-o', '-l', '-é', '-b', '-W', '-vvZ', '-468acCeEFLNpPv', '-c-'].map(
    (word) => [word],
  ),
  ['-d', 'a', '-D', 'b', 'x', '0'],
  ['-d', 'a', '-D', 'b', ...USER, 'x', '1'],
  ...[...'HmMntTw'].flatMap((letter) => NUMBERS.map((number) => [`-${letter}`, number, '--', '[x', '1'])),
  ...[...'HmMntTw'].map((letter) => [`-${letter}10x`, ...USER, '[x', '1']),
  ...['-1', 'x', '', '5x', ' 5', '+5', '4294967295', '2147483648', 'é'].map((n) => ['-A', n]),
  ...['0', '5', '99999999999'].map((n) => ['-A', n, ...USER, '[x', '1']),
  ...['550', '450', '45', '4500', '', '45x', '4 50', 'é', '450é', '450-a\r\n450 b'].flatMap((reply) => [
    ['-b', reply],
    ['-B', reply],
    ['-B', reply.replace('4', '5')],
  ]),
  ...['noop', 'noop:', '', ':', '::', 'noop:0', 'noop:-1', 'noop:x', 'foo', 'foo:0', 'foo:1', 'foo:1:100', 'é:1'].map(
    (w) => ['-W', w],
  ),
  ...['noop:1:100', 'noop:1:-1', 'noop::1:100', ':noop:1:100', 'noop:1::100', 'noop:1:99:100', 'NOOP:0', 'noop :1'].map(
    (w) => ['-W', w, 'x'],
  ),
  ...[...'fqQrs'].flatMap((letter) =>
    ['"noop"', 'noop,,foo bar', 'é', 'noop\u000b', 'noop\u000c', '', ' ,\t\r\n', 'CONNECT Quit .', 'bdat', '..'].map(
      (list) => [`-${letter}`, list],
    ),
  ),
  ['-uno-such-user', '127.0.0.1:0', '5'],
  ['-uno-such-user', '[x', '5'],
  ['-u', '', '127.0.0.1:0', '5'],
  ['-u', '65534', '127.0.0.1:0', '5'],
  ['-unobody', '-R/nonexist', '127.0.0.1:0', '5'],
  ['-unobody', '-R/etc/passwd', '127.0.0.1:0', '5'],
  ['-unobody', '-R', '', '127.0.0.1:0', '5'],
  ['-R/tmp', '127.0.0.1:0', '5'],
  ...[
    '127.0.0.1',
    'nohost.invalid:25',
    'inet:nohost.invalid:25',
    '',
    ':',
    '[]',
    '[]:',
    ':25x',
    '25x',
    '[::1]',
    '[::1]:',
    '[1.2.3.4',
    '[1.2.3.4]x',
    '[1.2.3.4]25',
    '127.0.0.1:',
    '192.0.2.1:0',
    '[2001:db8::1]:0',
    'inet:',
    'inet:127.0.0.1',
    'inet:inet',
    'unix:/nonexist/x',
    'unix:/dev/null/x',
    'unix:/tmp',
    `unix:${'/p'.repeat(54)}`,
    `unix:${'é'.repeat(54)}`,
    'UNIX:/p',
    'smtp://x',
    'lmtp://127.0.0.1:24',
    '127.0.0.1:nosuch',
    '127.0.0.1:SMTP',
    '127.0.0.1:-1',
    '127.0.0.1: ',
    '127.0.0.1:+1x',
    '127.0.0.1:2147483648',
    '127.0.0.1:tftp',
    ':tftp',
    'smtpx',
    ':-1',
    ': ',
    '[IPv6:zz]:25',
    '[IPv6:127.0.0.1]:1',
    'bad host:25',
    '[fe80::1%lo]:0',
    '1.2.3:0',
    'localhost.:0',
    'é:0',
    '[é]:0',
    'a..b:0',
    '*:0',
    '::',
    '::1',
    'x-:0',
    'nohost.invalid:nosuch',
    `${'a'.repeat(300)}:1`,
  ].map((operand) => [...USER, operand, '5']),
  [...USER, '-4', '[::1]:0', '5'],
  [...USER, '-6', '127.0.0.1:0', '5'],
  [...USER, '-46', '127.0.0.1:0', '5'],
  [...USER, '-64', '[::1]:0', '5'],
  [...USER, '-4', '[::1]:nosuch', '5'],
  [...USER, '-6', 'nohost.invalid:0', '5'],
]

const reason = missing('smtp-sink')

describe('the door smtp-sink refuses exactly as the original does', { concurrency: 16, skip: reason }, () => {
  before(() => need('smtp-sink'))
  for (const [n, args] of CASES.entries()) {
    const shown = args.map((word) => JSON.stringify(word.length > 40 ? `${word.slice(0, 40)}…` : word)).join(' ')
    it(shown || 'no argument', () => refusedAlike(DOORS, n, args))
  }
})
