import assert from 'node:assert/strict'
import { DELAY_VECTORS } from './sink-delay-vectors.js'
import { DUMP_VECTORS } from './sink-dump-vectors.js'
import { PROGRAM_VECTORS } from './sink-program-vectors.js'
import { EXTENSIONS, ehlo, enveloped, message, quits, type SinkVector, START_MAIL } from './sink-vector.js'

const GREETING = '220 smtp-sink ESMTP'
const UNKNOWN = '500 5.5.1 Error: unknown command'
const OK = '250 2.0.0 Ok'
const HARD = '500 5.3.0 Error: command failed'
const CLOSING = '421 4.0.0 Server closing connection'

/** What a client sees that says HELO, a message, and more. */
const LETTER = 'MAIL FROM:<a>\r\nRCPT TO:<b>\r\nDATA\r\nx\r\n.\r\n'
const LETTER_TAKEN = ['250 2.1.0 Ok', '250 2.1.5 Ok', START_MAIL, OK]

/** Greetings, announcements, commands and lists: numbers 1 to 31. */
const CONVERSATIONS: readonly SinkVector[] = [
  {
    id: '1',
    title: 'the greeting',
    argv: [],
    play: async (sink) => (await sink.connect()).hears(GREETING),
  },
  {
    id: '2',
    title: 'nothing announced',
    argv: ['-8aCFENp'],
    play: async (sink) => {
      const client = await sink.connect()
      await client.hears(GREETING)
      await client.says('EHLO x', '250-smtp-sink', '250 ')
    },
  },
  ...(['-e', '-P'] as const).map(
    (option): SinkVector => ({
      id: `3${option}`,
      title: `${option}: no ESMTP`,
      argv: [option],
      play: async (sink) => {
        const client = await sink.connect()
        await client.hears(option === '-e' ? '220 smtp-sink' : '220 ********')
        await client.says('EHLO x', UNKNOWN)
        await client.says('HELO x', '250 smtp-sink')
      },
    }),
  ),
  {
    id: '4',
    title: '-L -e',
    argv: ['-L', '-e'],
    play: async (sink) => {
      const client = await sink.connect()
      await client.hears('220 smtp-sink')
      await client.says('LHLO x', ...ehlo())
    },
  },
  {
    id: '5a',
    title: '-h NAME',
    argv: ['-h', 'mx.example'],
    play: async (sink) => {
      const client = await sink.connect()
      await client.hears('220 mx.example ESMTP')
      await client.says('EHLO x', ...ehlo('mx.example'))
    },
  },
  {
    id: '5b',
    title: 'an empty name',
    argv: ['-h', ''],
    play: async (sink) => (await sink.connect()).hears('220  ESMTP'),
  },
  ...(
    [
      ['-f', 'rcpt'],
      ['-r', 'noop'],
      ['-r', ''],
    ] as const
  ).map(
    (argv): SinkVector => ({
      id: `6${argv.join(' ')}`,
      title: 'a list of rejects takes PIPELINING away',
      argv,
      play: async (sink) => {
        const client = await sink.connect()
        await client.hears(GREETING)
        await client.says('EHLO x', ...ehlo('smtp-sink', EXTENSIONS.slice(1)))
      },
    }),
  ),
  {
    id: '7',
    title: 'AUTH is taken though it is not announced',
    argv: ['-a'],
    play: async (sink) => {
      const client = await sink.connect()
      await client.hears(GREETING)
      await client.says('AUTH x', OK)
    },
  },
  {
    id: '8',
    title: '-C -F: unknown commands',
    argv: ['-C', '-F'],
    play: async (sink) => {
      const client = await sink.connect()
      await client.hears(GREETING)
      await client.says('XCLIENT NAME=x', UNKNOWN)
      await client.says('XFORWARD NAME=x', UNKNOWN)
    },
  },
  {
    id: '9',
    title: 'a line ends with CR LF only',
    argv: [],
    play: async (sink) => {
      const client = await sink.connect()
      await client.hears(GREETING)
      client.send('NOOP\n')
      await client.silence()
      client.send('NOOP\r')
      await client.silence()
      client.send('\n')
      await client.hears(UNKNOWN)
      await client.silence()
    },
  },
  {
    id: '10a',
    title: 'a line of 2,048 octets',
    argv: [],
    play: async (sink) => {
      const client = await sink.connect()
      await client.hears(GREETING)
      await client.says(`NOOP ${'x'.repeat(2041)}`, OK)
    },
  },
  {
    id: '10b',
    title: 'a line of 2,049 octets',
    argv: [],
    play: async (sink) => {
      const client = await sink.connect()
      await client.hears(GREETING)
      client.send(`NOOP ${'x'.repeat(2042)}\r\n`)
      await client.sentAway()
    },
    stderr: 'P: warning: command line too long\n',
  },
  {
    id: '11',
    title: 'eight bits in an argument',
    argv: [],
    play: async (sink) => {
      const client = await sink.connect()
      await client.hears(GREETING)
      await client.says('NOOP \xe9', OK)
    },
  },
  {
    id: '12',
    title: 'a line and a half',
    argv: [],
    differs: 'held replies',
    play: async (sink, { original }) => {
      const client = await sink.connect()
      await client.hears(GREETING)
      client.send('NOOP\r\nNO')
      if (original) await client.silence()
      else await client.hears(OK)
      await client.silence()
      client.send('OP\r\n')
      await client.hears(...(original ? [OK, OK] : [OK]))
    },
  },
  {
    id: '13',
    title: 'DATA and the beginning of content',
    argv: [],
    differs: 'held replies',
    play: async (sink, { original }) => {
      const client = await sink.connect()
      await client.hears(GREETING)
      client.send('MAIL FROM:<a>\r\nRCPT TO:<b>\r\nDATA\r\nhel')
      const replies = LETTER_TAKEN.slice(0, 3)
      if (original) await client.silence()
      else await client.hears(...replies)
      client.send('lo\r\n.\r\n')
      await client.hears(...(original ? replies : []), OK)
    },
  },
  {
    id: '14',
    title: 'half a line and a half-close',
    argv: [],
    play: async (sink) => {
      const client = await sink.connect()
      await client.hears(GREETING)
      client.send('NOOP\r\nVR')
      client.half()
      await client.hears(OK)
      await client.sentAway()
    },
  },
  {
    id: '15',
    title: 'the terminator in three writes',
    argv: [],
    play: async (sink) => {
      const client = await sink.connect()
      await enveloped(client)
      await client.says('DATA', START_MAIL)
      for (const part of ['.', '\r']) {
        client.send(part)
        await client.silence(50)
      }
      client.send('\nQUIT\r\n')
      await client.hears(OK, '221 Bye')
      await client.sentAway()
    },
  },
  {
    id: '16',
    title: 'counters of one message',
    argv: ['-c'],
    play: async (sink) => {
      const client = await sink.connect()
      await message(client)
      await client.hears(OK)
      await sink.counted('sess=0 quit=0 mesg=1\r')
      await quits(client)
      await sink.counted('sess=1')
    },
    stdout: 'sess=0 quit=0 mesg=1\rsess=1 quit=1 mesg=1\r',
  },
  {
    id: '17',
    title: 'a refused dot counts as a message',
    argv: ['-c', '-f', '.'],
    play: async (sink) => {
      const client = await sink.connect()
      await message(client)
      await client.hears(HARD)
      await client.says('NOOP', OK)
      client.leave()
      await sink.counted('sess=1')
    },
    stdout: 'sess=0 quit=0 mesg=1\rsess=1 quit=0 mesg=1\r',
  },
  ...(['-Q', '-q'] as const).map(
    (option): SinkVector => ({
      id: `18${option}`,
      title: `${option} .`,
      argv: ['-c', option, '.'],
      play: async (sink) => {
        const client = await sink.connect()
        await message(client)
        if (option === '-Q') await client.hears(CLOSING)
        await client.sentAway()
        await sink.counted('sess=1')
      },
      stdout: 'sess=0 quit=0 mesg=1\rsess=1 quit=0 mesg=1\r',
    }),
  ),
  {
    id: '19',
    title: 'content after a refused DATA is commands',
    argv: ['-f', 'data'],
    play: async (sink) => {
      const client = await sink.connect()
      await enveloped(client)
      await client.says('DATA', HARD)
      await client.says('x', UNKNOWN)
      await client.says('.', OK)
    },
  },
  ...(
    [
      ['-q', ['-f', 'noop', '-r', 'noop', '-Q', 'noop', '-q', 'noop'], []],
      ['-Q', ['-f', 'noop', '-r', 'noop', '-Q', 'noop'], [CLOSING]],
      ['-f', ['-f', 'noop', '-r', 'noop'], [HARD]],
      ['-r', ['-r', 'noop'], ['450 4.3.0 Error: command failed']],
    ] as const
  ).map(
    ([winner, argv, replies]): SinkVector => ({
      id: `20${winner}`,
      title: `${winner} wins`,
      argv,
      play: async (sink) => {
        const client = await sink.connect()
        await client.hears(GREETING)
        await client.says('NOOP', ...replies)
        if (winner === '-q' || winner === '-Q') await client.sentAway()
        else await client.says('VRFY', OK)
      },
    }),
  ),
  {
    id: '21',
    title: 'a refused greeting',
    argv: ['-f', 'connect'],
    play: async (sink) => {
      const client = await sink.connect()
      await client.hears(HARD)
      await client.says('HELO x', '250 smtp-sink')
      await quits(client)
    },
  },
  ...(['-Q', '-q'] as const).map(
    (option): SinkVector => ({
      id: `22${option}`,
      title: `${option} connect`,
      argv: [option, 'connect'],
      play: async (sink) => {
        const client = await sink.connect()
        if (option === '-Q') await client.hears(CLOSING)
        await client.sentAway()
      },
    }),
  ),
  {
    id: '23',
    title: 'a refused QUIT',
    argv: ['-f', 'quit', '-c'],
    play: async (sink) => {
      const client = await sink.connect()
      await client.hears(GREETING)
      await client.says('QUIT', HARD)
      await client.says('NOOP', OK)
      client.leave()
      await sink.counted('sess=1')
    },
    stdout: 'sess=1 quit=0 mesg=0\r',
  },
  {
    id: '24',
    title: 'LMTP: a refused dot, once for each recipient',
    argv: ['-L', '-r', '.', '-b', '451 4.9.9 custom'],
    play: async (sink) => {
      const client = await sink.connect()
      await client.hears(GREETING)
      client.send('LHLO x\r\n')
      await client.hears(...ehlo('smtp-sink', EXTENSIONS.slice(1)))
      await client.says('MAIL FROM:<a>', '250 2.1.0 Ok')
      await client.says('RCPT TO:<b>', '250 2.1.5 Ok')
      await client.says('RCPT TO:<c>', '250 2.1.5 Ok')
      await client.says('DATA', START_MAIL)
      client.send('x\r\n.\r\n')
      await client.hears('451 4.9.9 custom', '451 4.9.9 custom')
      await client.says('NOOP', OK)
    },
  },
  {
    id: '25',
    title: 'LMTP: a dot outside of content spends the recipients',
    argv: ['-L'],
    play: async (sink) => {
      const client = await sink.connect()
      await client.hears(GREETING)
      await client.says('MAIL FROM:<a>', '250 2.1.0 Ok')
      await client.says('RCPT TO:<b>', '250 2.1.5 Ok')
      await client.says('.', '250 2.2.0 Ok')
      await client.says('DATA', START_MAIL)
      client.send('x\r\n.\r\n')
      await client.silence()
    },
  },
  {
    id: '26',
    title: 'a reply of two lines',
    argv: ['-B', '550-line one\r\n550 line two', '-f', 'noop'],
    play: async (sink) => {
      const client = await sink.connect()
      await client.hears(GREETING)
      await client.says('NOOP', '550-line one', '550 line two')
    },
  },
  {
    id: '27',
    title: 'the end after a message',
    argv: ['-M', '1'],
    differs: 'last reply',
    play: async (sink, { original }) => {
      const client = await sink.connect()
      await message(client)
      if (!original) await client.hears(OK)
      await client.sentAway()
    },
    code: 0,
  },
  {
    id: '28',
    title: 'the end after two pipelined messages',
    argv: ['-M', '2'],
    differs: 'last reply',
    play: async (sink, { original }) => {
      const client = await sink.connect()
      await client.hears(GREETING)
      client.send(LETTER + LETTER)
      if (!original) await client.hears(...LETTER_TAKEN, ...LETTER_TAKEN)
      await client.sentAway()
    },
    code: 0,
  },
  {
    id: '29a',
    title: 'the end after a QUIT',
    argv: ['-n', '1', '-c'],
    play: async (sink) => {
      const client = await sink.connect()
      await client.hears(GREETING)
      await client.says('HELO x', '250 smtp-sink')
      await quits(client)
    },
    stdout: 'sess=1 quit=1 mesg=0\r',
    code: 0,
  },
  {
    id: '29b',
    title: 'the same without -c',
    argv: ['-n', '1'],
    differs: 'quits uncounted',
    play: async (sink, { original }) => {
      const client = await sink.connect()
      await client.hears(GREETING)
      await quits(client)
      if (original) await (await sink.connect()).hears(GREETING)
      else assert.equal((await sink.end()).code, 0)
      return 'ended'
    },
  },
  {
    id: '30',
    title: 'a client that goes without QUIT',
    argv: ['-n', '1', '-c'],
    play: async (sink) => {
      const client = await sink.connect()
      await client.hears(GREETING)
      await client.says('HELO x', '250 smtp-sink')
      client.leave()
      await sink.counted('sess=1 quit=0 mesg=0\r')
      await (await sink.connect()).hears(GREETING)
    },
    stdout: 'sess=1 quit=0 mesg=0\r',
  },
  {
    id: '31',
    title: '-m 1',
    argv: ['-m', '1'],
    play: async (sink) => {
      const first = await sink.connect()
      await first.hears(GREETING)
      const second = await sink.connect()
      const third = await sink.connect()
      await second.silence()
      first.leave()
      await second.hears(GREETING)
      await third.silence()
      await quits(second)
      await third.hears(GREETING)
    },
  },
]

/** All 50 vectors of the reference. */
export const SINK_VECTORS: readonly SinkVector[] = [
  ...CONVERSATIONS,
  ...DELAY_VECTORS,
  ...DUMP_VECTORS,
  ...PROGRAM_VECTORS,
]
