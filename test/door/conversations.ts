import assert from 'node:assert/strict'
import type { Record } from '../peer/script.js'
import type { Seen } from './subject.js'
import type { Vector } from './vectors.js'

const WHO = ['-M', 'client.example', '-f', 'a@example.org', '-t', 'b@example.net'] as const
const LA = [1, 2, 3, 4].map((n) => `La de da de da ${n}.`)
const HELO = 'HELO client.example'
const MAIL = 'MAIL FROM:<a@example.org>'
const RCPT = 'RCPT TO:<b@example.net>'

/** Everything the client said on a connection, line by line, Date and the first two fields of Message-Id made equal. */
function said(record: Record): string[] {
  const text = Buffer.concat(record.reads).toString('latin1')
  assert.ok(text.endsWith('\r\n'), 'ends with CRLF')
  return text
    .slice(0, -2)
    .split('\r\n')
    .map((line) =>
      line
        .replace(/^Date: \w{3}, [ \d]\d \w{3} \d{4} \d\d:\d\d:\d\d [+-]\d{4} \(\w+\)$/, 'Date: D')
        .replace(/^Message-Id: <[0-9a-f]{4,}\.[0-9a-f]{4,}\./, 'Message-Id: <p.f.'),
    )
}

function head(left: string, to = 'b@example.net', ...more: string[]): string[] {
  return ['From: <a@example.org>', `To: <${to}>`, 'Date: D', `Message-Id: <p.f.${left}@client.example>`, ...more, '']
}

function simple(left = '0000'): string[] {
  return [HELO, MAIL, RCPT, 'DATA', ...head(left), ...LA, '.', 'QUIT']
}

function ended(seen: Seen, stdout: string, ...stderr: string[]): void {
  const expected = { code: 0, stdout, stderr: stderr.map((line) => `${line}\n`).join('') }
  assert.deepEqual({ code: seen.code, stdout: seen.stdout, stderr: seen.stderr }, expected)
}

/** The captured conversations A to I, octet for octet. */
export function conversations(): Vector[] {
  return [
    {
      id: 'A',
      title: 'conversation: default',
      argv: WHO,
      expect: (seen) => {
        ended(seen, '')
        const [only] = seen.connections
        assert.deepEqual(seen.connections.map(said), [simple()])
        // One write per command, the whole content in one.
        const content = only!.messages[0]!.length
        assert.deepEqual(
          only!.reads.map((read) => read.length),
          [21, 27, 25, 6, content, 6],
        )
        assert.equal(only!.ending, 'reset')
      },
    },
    {
      id: 'B',
      title: 'conversation: -d -m 2 -c -l 81 -S',
      argv: [...WHO, '-d', '-m', '2', '-c', '-l', '81', '-S', 'Load test'],
      expect: (seen) => {
        ended(seen, '1\r2\r\n')
        const one = (left: string) => [
          MAIL,
          RCPT,
          'DATA',
          ...head(left, 'b@example.net', 'Subject: Load test'),
          `1${'X'.repeat(77)}`,
          'X',
          '.',
        ]
        assert.deepEqual(seen.connections.map(said), [[HELO, ...one('0001'), ...one('0000'), 'QUIT']])
      },
    },
    {
      id: 'C',
      title: 'conversation: -L -r 2',
      argv: [...WHO, '-L', '-r', '2'],
      server: { protocol: 'lmtp', extensions: ['PIPELINING'] },
      expect: (seen, subject) => {
        ended(seen, '')
        const classic = subject.numbering === 'classic'
        const [first, last] = classic ? ['2b@example.net', 'b@example.net'] : ['b0@example.net', 'b1@example.net']
        const lines = [
          'LHLO client.example',
          MAIL,
          `RCPT TO:<${first}>`,
          `RCPT TO:<${last}>`,
          'DATA',
          ...head('0000', last),
          ...LA,
          '.',
          'QUIT',
        ]
        assert.deepEqual(seen.connections.map(said), [lines])
      },
    },
    {
      id: 'D',
      title: 'conversation: -o -l 5',
      argv: [...WHO, '-o', '-l', '5'],
      expect: (seen) => {
        ended(seen, '')
        assert.deepEqual(seen.connections.map(said), [[MAIL, RCPT, 'DATA', 'X'.repeat(5), '.', 'QUIT']])
      },
    },
    {
      id: 'E',
      title: 'conversation: -A -d -m 2 -c, first MAIL refused',
      argv: [...WHO, '-A', '-d', '-m', '2', '-c'],
      server: { rules: [{ stage: 'mail', nth: 1, do: [{ reply: '550 5.7.1 no' }] }] },
      expect: (seen) => {
        ended(seen, '1\r\n', 'P: warning: sender rejected: 550 5.7.1 no')
        assert.deepEqual(seen.connections.map(said), [[HELO, MAIL, 'RSET', ...simple().slice(1)]])
      },
    },
    {
      id: 'F',
      title: 'conversation: -A -c, the only recipient refused',
      argv: [...WHO, '-A', '-c'],
      server: { rules: [{ stage: 'rcpt', do: [{ reply: '451 4.3.0 later' }] }] },
      expect: (seen) => {
        ended(seen, '\n', 'P: warning: recipient rejected: 451 4.3.0 later')
        assert.deepEqual(seen.connections.map(said), [[HELO, MAIL, RCPT, 'RSET', 'QUIT']])
      },
    },
    {
      id: 'G',
      title: 'conversation: -A -m 2 -c, 421 to the first HELO',
      argv: [...WHO, '-A', '-m', '2', '-c'],
      server: { rules: [{ connection: 1, stage: 'hello', do: [{ reply: '421 busy' }, 'close'] }] },
      expect: (seen) => {
        ended(seen, '1\r\n', 'P: warning: HELO rejected: 421 busy')
        assert.deepEqual(seen.connections.map(said), [[HELO], simple()])
      },
    },
    {
      id: 'H',
      title: 'conversation: -N -r 2 -m 2 -d',
      argv: [...WHO, '-N', '-r', '2', '-m', '2', '-d'],
      expect: (seen, subject) => {
        ended(seen, '')
        const classic = subject.numbering === 'classic'
        const name = (n: number) => (classic ? `${n + 1}b@example.net` : `b${n}@example.net`)
        const one = (first: number, left: string) => [
          MAIL,
          `RCPT TO:<${name(first)}>`,
          `RCPT TO:<${name(first + 1)}>`,
          'DATA',
          ...head(left, classic ? 'b@example.net' : name(first + 1)),
          ...LA,
          '.',
        ]
        assert.deepEqual(seen.connections.map(said), [[HELO, ...one(0, '0001'), ...one(2, '0000'), 'QUIT']])
      },
    },
    {
      id: 'I',
      title: 'conversation: -F file',
      argv: [...WHO, '-F', '%file'],
      files: { file: 'Subject: hi\n\n.dot\nlast' },
      expect: (seen) => {
        ended(seen, '')
        assert.deepEqual(seen.connections.map(said), [
          [HELO, MAIL, RCPT, 'DATA', 'Subject: hi', '', '..dot', 'last', '', '.', 'QUIT'],
        ])
        assert.equal(seen.connections[0]!.messages[0]!.length, 30 + 3)
      },
    },
  ]
}
