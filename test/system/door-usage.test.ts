import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import { door } from '#src/cli/door.js'
import { call } from '../peer/called.js'
import { DOOR, ORIGINAL, type Program, type Ran, run } from '../peer/run-program.js'

/** What a program said, its own name as `P`. */
async function said(program: Program, args: readonly string[]) {
  const { code, stdout, stderr, elapsedMs } = await run(program, args, { timeoutMs: 30_000 })
  return about(program.name, program.argv0 ?? program.command.at(-1)!, args, { code, stdout, stderr, elapsedMs })
}

/** The same of the door, called without the start of a program. */
async function doorSaid(args: readonly string[]) {
  return about('the door', 'smtp-source', args, await call(door, 'smtp-source', args))
}

function about(
  who: string,
  name: string,
  args: readonly string[],
  { code, stdout, stderr, elapsedMs }: Pick<Ran, 'stdout' | 'stderr' | 'code' | 'elapsedMs'>,
) {
  // A timer has a grain of a millisecond.
  assert.ok(elapsedMs >= 999, `${who} ${args.join(' ')}: ended after ${elapsedMs} ms`)
  return { code, stdout, stderr: stderr.replaceAll(name, 'P') }
}

/** One in so many is given to the program, as a user would. */
const STARTED = 10

const label = 'a'.repeat(63)
const NUMBERS = [
  '0',
  'x',
  '-3',
  '',
  '10x',
  '4294967296',
  '4294967295',
  '2147483648',
  '99999999999999999999',
  '-99999999999999999999',
  ' 0',
  '+0',
  '0x10',
  '-',
  ' -5',
  '--5',
  '9223372036854775808',
  '\n',
  'é',
]

/** Command lines that never come to connect. */
const CASES: readonly (readonly string[])[] = [
  [],
  ['a', 'b'],
  ['127.0.0.1:25', '-v'],
  ['-'],
  ['-', 'x'],
  ['--', '-v'],
  ['-v', '--'],
  ...[
    '-?',
    '-:',
    '-h',
    '--help',
    '--version',
    '-Z',
    '-W',
    '-é',
    '-c-',
    '-c-d',
    '-dZm',
    '-dvm',
    '-S',
    '-M',
    '-F',
    '-vvv',
    '-cc4A6oNvLd',
    '-:1',
  ].map((word) => [word]),
  ['-Z', '-m'],
  ['-m0', '-Z'],
  ['-F/nonexist', '-Z'],
  ['-M', '[x', '-Z'],
  ...[...'CmlrRswT'].flatMap((letter) =>
    NUMBERS.filter((number) => number !== '10x').map((number) => [`-${letter}`, number, '--', '[x']),
  ),
  ...[...'CmlrRswT'].map((letter) => [`-${letter}10x`, '[x']),
  ['-w', '1', '-R', '1', 'x'],
  ['-R', '1', '-w', '1', 'x'],
  ['-w1', '-R0', 'x'],
  ['-w0', '-R1'],
  ['-l', '5', '-F', '/etc/hostname', 'x'],
  ['-F', '/etc/hostname', '-l', '5', 'x'],
  ['-F', 'x', '-l', 'x', 'x'],
  ['-l5', '-F/nonexist'],
  ...['/nonexist', '/', '', '/dev/null/x', 'a\nb', '/root/'].map((file) => ['-F', file, 'x']),
  ['-F', '/nonexist', '[x'],
  ['-F/etc/hostname'],
  ['-F/etc/hostname', '-F/etc/hostname', '[x'],
  ...[
    '1.2.3.4',
    '-a.b',
    'a-.b',
    'a-',
    '',
    '.',
    '.a',
    'a.',
    'a..b',
    'a b',
    'a\u0001b',
    'é',
    '123',
    `${label}a`,
    `${label}.${label}.${label}.${label}.c`,
    'a/b',
  ].map((name) => ['-M', name, 'h']),
  ...[
    '[',
    '[]',
    '[]x',
    '[x]',
    '[1.2.3]',
    '[256.1.1.1]',
    '[1..2.3]',
    '[1.2.3.]',
    '[0.1.2.3]',
    '[ 1.2.3.4]',
    '[IPv6:]',
    '[IPv6::]',
    '[IPv6::1]',
    '[IPv6:zz]',
    '[IPv6:1:2:]',
    '[IPv6:1::2::3]',
    '[IPv6:12345::]',
    '[IPv6:1.2.3.4]',
    '[IPv6:::1.2.3]',
    '[IPv6:1:2:3:4:5:6:7:8:9]',
    '[1.2.3.4',
    '[1.2.3.4]x',
    `[${'1'.repeat(46)}]`,
  ].map((name) => ['-M', name, 'h']),
  ...[
    '',
    ':',
    ':25',
    ':25x',
    '25',
    '::1',
    '::',
    'bad host:25',
    'bad host:25x',
    '127.0.0.1:25x',
    '127.0.0.1:nosuch',
    '127.0.0.1:SMTP',
    '127.0.0.1:-1',
    '127.0.0.1:+1x',
    '127.0.0.1: ',
    '127.0.0.1:2147483648',
    '127.0.0.1:99999999999999999999',
    '127.0.0.1:tftp',
    '127.0.0.1:é',
    '[1.2.3.4',
    '[1.2.3.4]x',
    '[ipv6:zz]:25',
    '[IPv6:zz]:1x',
    '[IPv6:127.0.0.1]:1',
    '[]',
    '[]:1x',
    '[127.0.0.1]::1',
    '[fe80::1%lo]:1',
    'UNIX:/p',
    'inet:unix:/p',
    'inet:',
    'inet::25',
    'INET:127.0.0.1:1',
    'localhost.:1',
    '1.2.3:1',
    'smtp://x',
    'nohost.invalid:nosuch',
    `unix:${'/p'.repeat(54)}`,
    `unix:${'é'.repeat(54)}`,
    `${'a'.repeat(300)}:1`,
  ].map((operand) => [operand]),
  ['-4', '[::1]:1'],
  ['-6', '127.0.0.1:1'],
  ['-46', '127.0.0.1:1'],
  ['-64', '[::1]:1'],
  ['-4', '[::1]:nosuch'],
]

describe('the door refuses exactly as the original does', { concurrency: 16 }, () => {
  for (const [n, args] of CASES.entries()) {
    const shown = args.map((word) => JSON.stringify(word.length > 40 ? `${word.slice(0, 40)}…` : word)).join(' ')
    it(shown || 'no argument', async () => {
      const [original, ours] = await Promise.all([
        said(ORIGINAL, args),
        n % STARTED === 0 ? said(DOOR, args) : doorSaid(args),
      ])
      assert.equal(original.code, 1)
      assert.deepEqual(ours, original)
    })
  }
})
