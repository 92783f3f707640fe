import assert from 'node:assert/strict'
import type { Record, Rule } from '../peer/script.js'
import { conversations } from './conversations.js'
import type { Call, Seen, Subject } from './subject.js'

/** A test vector: what is run, and what must be seen. */
export interface Vector extends Call {
  /** Number of the vector, with a letter where one has several runs. */
  readonly id: string
  readonly title: string
  readonly expect: (seen: Seen, subject: Subject) => void
  /** Reason why the original is not held to it: it is slow or wrong there, and the door is to do better. */
  readonly notOriginal?: string
}

/** Envelope and host name that most vectors use. */
export const COMMON = ['-M', 'h.example', '-f', 'a@b', '-t', 'c@d'] as const
export const LA = 'La de da de da 1.\r\nLa de da de da 2.\r\nLa de da de da 3.\r\nLa de da de da 4.\r\n'
const X = (n: number) => 'X'.repeat(n)

/** Ended well, and silently. */
export function fine(seen: Seen, stdout = ''): void {
  assert.deepEqual({ code: seen.code, stderr: seen.stderr, stdout: seen.stdout }, { code: 0, stderr: '', stdout })
}

/** Ended with exactly these diagnostics, status 1, and not before the customary second. */
export function fatal(seen: Seen, ...lines: string[]): void {
  assert.deepEqual({ code: seen.code, stderr: seen.stderr }, { code: 1, stderr: lines.map((l) => `${l}\n`).join('') })
  assert.ok(seen.elapsedMs >= 1000, `waits a second before it exits; took ${seen.elapsedMs} ms`)
}

/** The n-th message (0-based, over all connections), latin1. */
export function message(seen: Seen, n = 0): string {
  const all = seen.connections.flatMap((c) => c.messages)
  assert.ok(all.length > n, `message ${n + 1} of ${all.length}`)
  return all[n]!.octets.toString('latin1')
}

/** What follows the generated headers, final dot included. */
export function payload(seen: Seen, n = 0): string {
  const text = message(seen, n)
  const at = text.indexOf('\r\n\r\n')
  assert.ok(at > 0, 'headers end with an empty line')
  return text.slice(at + 4)
}

export function header(seen: Seen, name: string, n = 0): string {
  const head = message(seen, n).split('\r\n\r\n')[0]!
  const line = head.split('\r\n').find((l) => l.startsWith(`${name}:`))
  assert.ok(line !== undefined, `header ${name} in ${JSON.stringify(head)}`)
  return line.slice(name.length + 1)
}

/** Last field of the Message-Id: messages left in the pool, in hexadecimal. */
function remaining(seen: Seen, n = 0): string {
  const match = /^ <[0-9a-f]{4,}\.[0-9a-f]{4,}\.([0-9a-f]{4,8})@h\.example>$/.exec(header(seen, 'Message-Id', n))
  assert.ok(match, header(seen, 'Message-Id', n))
  return match[1]!
}

function only(seen: Seen): Record {
  assert.equal(seen.connections.length, 1)
  return seen.connections[0]!
}

function verbs(record: Record): string {
  return record.commands.map((c) => c.slice(0, 4)).join(' ')
}

function recipients(seen: Seen): string[] {
  return seen.connections.flatMap((c) => c.commands.filter((l) => l.startsWith('RCPT')).map((l) => l.slice(9, -1)))
}

function on(stage: Rule['stage'], reply: string, nth?: number): Rule {
  return { stage, do: [{ reply }], ...(nth === undefined ? {} : { nth }) }
}

function sized(id: string, size: number, expected: string): Vector {
  return {
    id,
    title: `-l ${size}`,
    argv: [...COMMON, '-l', `${size}`],
    expect: (seen) => {
      fine(seen)
      assert.equal(payload(seen), `${expected}\r\n.\r\n`)
      assert.equal(payload(seen).length, size + 2 + 3)
    },
  }
}

function filed(id: string, title: string, file: string, expected: string): Vector {
  return {
    id,
    title: `-F ${title}`,
    argv: [...COMMON, '-F', '%file'],
    files: { file },
    expect: (seen) => {
      fine(seen)
      assert.equal(message(seen), expected)
    },
  }
}

function numbered(
  id: string,
  argv: string[],
  classic: string[],
  newest: string[],
  to?: { classic: string; newest: string },
): Vector {
  return {
    id,
    title: argv.join(' '),
    argv: ['-M', 'h.example', '-f', 'a@b', ...argv],
    expect: (seen, subject) => {
      fine(seen)
      assert.deepEqual(recipients(seen), subject.numbering === 'newest' ? newest : classic)
      if (to)
        assert.equal(
          header(seen, 'To', -1 + seen.connections.flatMap((c) => c.messages).length),
          ` <${to[subject.numbering]}>`,
        )
    },
  }
}

function rejected(id: string, title: string, rules: Rule[], diagnostic: string, sent?: string): Vector {
  return {
    id,
    title,
    argv: COMMON,
    server: { rules },
    expect: (seen) => {
      fatal(seen, `P: fatal: ${diagnostic}`)
      if (sent !== undefined) assert.equal(verbs(only(seen)), sent)
    },
  }
}

function misused(id: string, argv: string[], diagnostic: string): Vector {
  return {
    id,
    title: argv.join(' '),
    argv,
    expect: (seen) => {
      fatal(seen, `P: fatal: ${diagnostic}`)
      assert.equal(seen.connections.length, 0)
    },
  }
}

const USAGE = /^P: fatal: usage: P -cdLNov -s sess /

function dated(id: string, zone: string, tail: string): Vector {
  return {
    id,
    title: `TZ=${zone}`,
    argv: COMMON,
    env: { TZ: zone },
    expect: (seen, subject) => {
      fine(seen)
      const day = subject.numbering === 'newest' ? '\\d\\d' : '[ \\d]\\d'
      const form = `^ (Sun|Mon|Tue|Wed|Thu|Fri|Sat), ${day} [JFMASOND][a-z]{2} \\d{4} \\d\\d:\\d\\d:\\d\\d ${tail}$`
      assert.match(header(seen, 'Date'), new RegExp(form))
    },
  }
}

const two550: Rule = on('rcpt', '550 5.1.1 no', 2)
/** St John's keeps summer time; which half of the year it is decides what the date ends with. */
const ZERO_WEST = new Date().toLocaleString('en', { timeZone: 'America/St_Johns', timeZoneName: 'longOffset' })
const ST_JOHNS = ZERO_WEST.includes('-03:30') ? '-0330 \\(NST\\)' : '-0230 \\(NDT\\)'

/** The numbered vectors, then the captured conversations. */
export const VECTORS: readonly Vector[] = [
  sized('1', 162, `1${X(77)}\r\n2${X(77)}\r\nXX`),
  sized('2a', 80, X(80)),
  sized('2b', 81, `1${X(77)}\r\nX`),
  sized('2c', 82, `1${X(77)}\r\nXX`),
  sized('3', 801, `${[1, 2, 3, 4, 5, 6, 7, 8, 9, 0].map((d) => `${d}${X(77)}\r\n`).join('')}X`),
  {
    id: '4',
    title: 'empty sender, recipient and subject',
    argv: ['-M', 'h.example', '-f', '', '-t', '', '-S', ''],
    expect: (seen) => {
      fine(seen)
      assert.deepEqual(only(seen).commands.slice(1, 3), ['MAIL FROM:<>', 'RCPT TO:<>'])
      assert.deepEqual(
        ['From', 'To', 'Subject'].map((name) => header(seen, name)),
        [' <>', ' <>', ' '],
      )
    },
  },
  {
    id: '5',
    title: 'addresses are put in as they are',
    argv: ['-M', 'h.example', '-f', '<a@b> SIZE=10', '-t', 'x> NOTIFY=NEVER'],
    expect: (seen) => {
      fine(seen)
      assert.deepEqual(only(seen).commands.slice(1, 3), ['MAIL FROM:<<a@b> SIZE=10>', 'RCPT TO:<x> NOTIFY=NEVER>'])
    },
  },
  {
    id: '6',
    title: 'an address literal as host name',
    argv: ['-M', '[127.0.0.1]'],
    expect: (seen) => {
      fine(seen)
      const literal = ['HELO [127.0.0.1]', 'MAIL FROM:<foo@[127.0.0.1]>', 'RCPT TO:<foo@[127.0.0.1]>']
      assert.deepEqual(only(seen).commands.slice(0, 3), literal)
      assert.match(header(seen, 'Message-Id'), /@\[127\.0\.0\.1\]>$/)
    },
  },
  filed('7', 'CRLF lines and a dot line', 'a\r\nb\r\n.\r\nc\r\n', 'a\r\r\nb\r\r\n..\r\r\nc\r\r\n\r\n.\r\n'),
  filed('8', 'empty', '', `${LA}.\r\n`),
  filed('9', 'a single line feed', '\n', '\r\n\r\n.\r\n'),
  filed('10', 'NULs and dots', '\0.x\n.\0y\n', '\0.x\r\n..\0y\r\n\r\n.\r\n'),
  {
    id: '11',
    title: '-o: no HELO, no headers',
    argv: [...COMMON, '-o'],
    expect: (seen) => {
      fine(seen)
      assert.equal(verbs(only(seen)), 'MAIL RCPT DATA QUIT')
      assert.equal(message(seen), `${LA}.\r\n`)
    },
  },
  {
    id: '12',
    title: 'a connection per message',
    argv: [...COMMON, '-m', '3', '-c'],
    expect: (seen) => {
      fine(seen, '1\r2\r3\r\n')
      assert.deepEqual(seen.connections.map(verbs), Array(3).fill('HELO MAIL RCPT DATA QUIT'))
      assert.deepEqual(
        [0, 1, 2].map((n) => remaining(seen, n)),
        ['0002', '0001', '0000'],
      )
    },
  },
  {
    id: '13',
    title: '-d: one connection',
    argv: [...COMMON, '-m', '3', '-d', '-c'],
    expect: (seen) => {
      fine(seen, '1\r2\r3\r\n')
      assert.equal(verbs(only(seen)), 'HELO MAIL RCPT DATA MAIL RCPT DATA MAIL RCPT DATA QUIT')
    },
  },
  {
    id: '14',
    title: 'sessions beyond the pool open nothing',
    argv: [...COMMON, '-s', '3', '-m', '1'],
    expect: (seen) => {
      fine(seen)
      only(seen)
      assert.equal(remaining(seen), 'fffffffe')
    },
  },
  {
    id: '15',
    title: 'a sleeping session that finds the pool empty ends without QUIT',
    argv: [...COMMON, '-w', '1', '-s', '2', '-m', '3', '-d'],
    expect: (seen) => {
      fine(seen)
      assert.equal(seen.connections.length, 2)
      assert.equal(seen.connections.filter((c) => c.commands.at(-1) === 'QUIT').length, 1)
      assert.deepEqual(
        seen.connections.map((c) => c.ending),
        ['reset', 'reset'],
      )
      assert.equal(seen.connections.flatMap((c) => c.messages).length, 3)
    },
  },
  {
    id: '16a',
    title: '-w also waits after the last message',
    argv: [...COMMON, '-w', '2', '-m', '1'],
    expect: (seen) => {
      fine(seen)
      assert.ok(seen.elapsedMs > 1000, `${seen.elapsedMs} ms`)
    },
  },
  {
    id: '16b',
    title: 'one Date for all messages',
    argv: [...COMMON, '-w', '1', '-m', '2'],
    expect: (seen) => {
      fine(seen)
      assert.equal(header(seen, 'Date', 0), header(seen, 'Date', 1))
      assert.equal(seen.connections.length, 2)
    },
  },
  numbered('17', ['-t', 't', '-r', '3'], ['3t', '2t', 't'], ['t0', 't1', 't2'], { classic: 't', newest: 't2' }),
  numbered('18', ['-t', 't', '-N', '-m', '2'], ['1t', '2t'], ['t0', 't1'], { classic: 't', newest: 't1' }),
  numbered('19a', ['-N', '-t', 'u+@d'], ['1u+@d'], ['u+0@d']),
  numbered('19b', ['-N', '-t', 'u'], ['1u'], ['u0']),
  numbered('19c', ['-N', '-t', '"a@b"@c'], ['1"a@b"@c'], ['"a@b"0@c']),
  numbered('19d', ['-r', '1', '-t', 'b@d'], ['b@d'], ['b0@d']),
  numbered(
    '19e',
    ['-r', '2', '-m', '2', '-d', '-t', 'b@d'],
    ['2b@d', 'b@d', '2b@d', 'b@d'],
    ['b0@d', 'b1@d', 'b2@d', 'b3@d'],
  ),
  {
    id: '20',
    title: 'nothing listens',
    argv: COMMON,
    server: null,
    expect: (seen) => fatal(seen, 'P: fatal: connect: Connection refused'),
  },
  {
    id: '21',
    title: '-C 3, nothing listens',
    argv: [...COMMON, '-C', '3'],
    server: null,
    expect: (seen) => {
      const warning = 'P: warning: connect: Connection refused'
      fatal(seen, warning, warning, 'P: fatal: connect: Connection refused')
    },
  },
  rejected('22', 'greeting 554', [on('greeting', '554 no')], 'rejected at server banner: 554 no', ''),
  rejected('23a', 'greeting without a code', [on('greeting', 'hello')], 'rejected at server banner: 0 hello', ''),
  rejected(
    '23b',
    'greeting with four digits',
    [on('greeting', '2200 hello')],
    'rejected at server banner: 0 hello',
    '',
  ),
  rejected('24', 'the last line counts', [on('greeting', '220-a\r\n554 b')], 'rejected at server banner: 554 a?b', ''),
  ...(['220hello\r\n', '220 x\n'] as const).map(
    (raw, i): Vector => ({
      id: `25${'ab'[i]}`,
      title: `greeting ${JSON.stringify(raw)}`,
      argv: COMMON,
      server: { rules: [{ stage: 'greeting', do: [{ raw }] }] },
      expect: (seen) => fine(seen),
    }),
  ),
  {
    id: '25c',
    title: 'DATA reply without text',
    argv: COMMON,
    server: { rules: [on('data', '354')] },
    expect: (seen) => fine(seen),
  },
  rejected('26', 'DATA answered 250', [on('data', '250 huh')], 'data rejected: 250 huh', 'HELO MAIL RCPT DATA'),
  rejected(
    '27',
    'octets that do not print',
    [on('mail', '550 5.1.0 bad\x01sender\xe9')],
    'sender rejected: 550 5.1.0 bad?sender?',
  ),
  rejected(
    '28',
    'two lines',
    [on('rcpt', '450-4.1.1 first\r\n450 second')],
    'recipient rejected: 450 4.1.1 first?second',
  ),
  {
    id: '29a',
    title: 'QUIT answered 554',
    argv: COMMON,
    server: { rules: [on('quit', '554 no')] },
    expect: (seen) => fine(seen),
  },
  rejected(
    '29b',
    'QUIT answered by close',
    [{ stage: 'quit', do: ['close'] }],
    'lost connection while sending message',
  ),
  {
    id: '30',
    title: '-A -r 3, second recipient refused',
    argv: [...COMMON, '-A', '-r', '3'],
    server: { rules: [two550] },
    expect: (seen) => {
      assert.deepEqual(
        { code: seen.code, stderr: seen.stderr },
        { code: 0, stderr: 'P: warning: recipient rejected: 550 5.1.1 no\n' },
      )
      assert.equal(verbs(only(seen)), 'HELO MAIL RCPT RCPT RCPT DATA QUIT')
      assert.equal(only(seen).messages[0]!.recipients, 2)
    },
  },
  {
    id: '31',
    title: '-A, first dot 451: next MAIL at once',
    argv: [...COMMON, '-A', '-m', '2', '-c', '-d'],
    server: { rules: [on('dot', '451 4.3.0 later', 1)] },
    expect: (seen) => {
      assert.deepEqual([seen.code, seen.stdout], [0, '1\r2\r\n'])
      assert.equal(seen.stderr, 'P: warning: end of data rejected: 451 4.3.0 later\n')
      assert.equal(verbs(only(seen)), 'HELO MAIL RCPT DATA MAIL RCPT DATA QUIT')
    },
  },
  {
    id: '32',
    title: '-A, greeting 421 and close',
    argv: [...COMMON, '-A'],
    server: { rules: [{ stage: 'greeting', do: [{ reply: '421 4.3.2 busy' }, 'close'] }] },
    expect: (seen) => {
      const warning = 'P: warning: rejected at server banner: 421 4.3.2 busy'
      fatal(seen, warning, 'P: fatal: lost connection while sending HELO')
    },
  },
  {
    id: '33',
    title: '-A -L -r 3, second recipient refused: two final replies',
    argv: [...COMMON, '-A', '-L', '-r', '3'],
    server: { protocol: 'lmtp', rules: [two550] },
    notOriginal: 'it waits 300 seconds for a third reply and dies',
    expect: (seen) => {
      assert.deepEqual(
        { code: seen.code, stderr: seen.stderr },
        { code: 0, stderr: 'P: warning: recipient rejected: 550 5.1.1 no\n' },
      )
      assert.equal(verbs(only(seen)), 'LHLO MAIL RCPT RCPT RCPT DATA QUIT')
    },
  },
  rejected(
    '34',
    'two replies to MAIL in one segment',
    [{ stage: 'mail', do: [{ raw: '250 one\r\n250 extra\r\n' }] }],
    'data rejected: 250 2.1.5 Ok',
    'HELO MAIL RCPT DATA',
  ),
  {
    id: '35',
    title: 'a silent server is waited for',
    argv: COMMON,
    server: { rules: [{ stage: 'greeting', do: [] }] },
    waitsMs: 1500,
    expect: (seen) => {
      assert.deepEqual([seen.signal, seen.stderr, seen.stdout], ['SIGKILL', '', ''])
      assert.equal(only(seen).octets, 0)
    },
  },
  ...['0', 'x', '-3'].map((count, i) => misused(`36${'abc'[i]}`, ['-m', count], `bad message count: ${count}`)),
  {
    id: '36d',
    title: '-m 5x',
    argv: [...COMMON, '-m', '5x', '-c'],
    expect: (seen) => fine(seen, '1\r2\r3\r4\r5\r\n'),
  },
  misused('37a', ['-w', '1', '-R', '1'], 'do not use -w and -R options at the same time'),
  misused('37b', ['-R', '1', '-w', '1'], 'do not use -w and -R options at the same time'),
  { ...misused('38a', ['-l', '5', '-F', '%f'], '-l option cannot be used with -F'), files: { f: 'x\n' } },
  { ...misused('38b', ['-F', '%f', '-l', '5'], '-l option cannot be used with -F'), files: { f: 'x\n' } },
  {
    id: '39',
    title: 'an option after the endpoint',
    argv: ['@', '-v'],
    expect: (seen) => {
      assert.match(seen.stderr, USAGE)
      assert.deepEqual([seen.code, seen.connections.length], [1, 0])
    },
  },
  {
    id: '40a',
    title: 'closes a TCP connection by reset',
    argv: COMMON,
    expect: (seen) => {
      fine(seen)
      assert.equal(only(seen).ending, 'reset')
    },
  },
  {
    id: '40b',
    title: 'closes a unix connection by end of file',
    argv: COMMON,
    server: { listen: 'unix' },
    expect: (seen) => {
      fine(seen)
      assert.equal(only(seen).ending, 'fin')
    },
  },
  { ...filed('41a', 'with -S: no subject', 'x\n', 'x\r\n\r\n.\r\n'), argv: [...COMMON, '-S', 'x', '-F', '%file'] },
  {
    id: '41b',
    title: '-S with -o: no subject',
    argv: [...COMMON, '-S', 'x', '-o'],
    expect: (seen) => assert.equal(message(seen), `${LA}.\r\n`),
  },
  {
    id: '42',
    title: 'SMTP spoken to an LMTP server',
    argv: COMMON,
    server: { protocol: 'lmtp' },
    expect: (seen) => fatal(seen, 'P: fatal: HELO rejected: 500 5.5.1 Error: unknown command'),
  },
  dated('43a', 'Asia/Kolkata', '\\+0530 \\(IST\\)'),
  dated('43b', 'America/St_Johns', ST_JOHNS),
  dated('43c', 'UTC', '\\+0000 \\(UTC\\)'),
  ...conversations(),
]
