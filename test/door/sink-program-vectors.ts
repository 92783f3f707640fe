import assert from 'node:assert/strict'
import { lstatSync, mkdirSync, readFileSync, readlinkSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { LogSocket } from '../peer/log-socket.js'
import { DOOR, type Program, run } from '../peer/run-program.js'
import { SinkRun } from './sink-subject.js'
import { enveloped, message, quits, type SinkVector, START_MAIL, USAGE } from './sink-vector.js'

const GREETING = '220 smtp-sink ESMTP'
const OK = '250 2.0.0 Ok'

/** Ends at once with these words. */
function fatal(id: string, argv: readonly string[], stderr: string): SinkVector {
  return { id, title: argv.join(' '), argv, bare: true, code: 1, stderr }
}

const ENDPOINT = ['127.0.0.1:0', '5'] as const

/**
 * Number 50: a message that is larger than what fits on the way, and one that is not. `reads`: the source hears the reply although it is still
 * writing, where the other one only finds the connection gone.
 */
export function prematureVectors(source: Program, reads: boolean): SinkVector[] {
  const violates = 'end of data rejected: 550 This violates SMTP'
  const lost = 'lost connection while sending message'
  const cases = [
    ['50a', ['-l', '8000000'], reads ? `(${violates}|${lost})` : lost],
    ['50b', [], violates],
  ] as const
  return cases.map(([id, size, words]) => ({
    id,
    title: `${source.name} ${size.join(' ')} against -A 1`,
    argv: ['-A', '1'],
    play: async (sink) => {
      // It cannot wait for the sink, so somebody else does.
      const first = await sink.connect()
      await first.hears(GREETING)
      const ran = await run(source, ['-M', 'h.example', ...size, sink.endpoint], { timeoutMs: 30_000 })
      assert.equal(ran.code, 1)
      assert.match(ran.stderr, new RegExp(`: fatal: ${words}\\n$`))
    },
  }))
}

/** What the program is as a process: numbers 44 and 46 to 50, and more. */
export const PROGRAM_VECTORS: readonly SinkVector[] = [
  fatal('44', ['-d', 'a', '-D', 'b', ...ENDPOINT], 'P: fatal: use only one of -d or -D, but not both\n'),
  fatal('46', ENDPOINT, 'P: fatal: -u option is required if running as root\n'),
  fatal('47a', ['-b', '550', ...ENDPOINT], `P: error: bad soft error reply: 550\n${USAGE}`),
  fatal('47b', ['-B', '450 x', ...ENDPOINT], `P: error: bad hard error reply: 450 x\n${USAGE}`),
  fatal('47c', ['-b', '4500', ...ENDPOINT], `P: error: bad soft error reply: 4500\n${USAGE}`),
  fatal('48a', ['-W', 'noop:0', ...ENDPOINT], "P: fatal: non-positive 'noop' delay\n"),
  fatal('48b', ['-W', 'noop', ...ENDPOINT], 'P: fatal: invalid command delay argument: noop\n'),
  fatal('48c', ['-W', 'noop:1:100', ...ENDPOINT], "P: fatal: delay odds for 'noop' out of range\n"),
  fatal('48d', ['-W', 'foo:1', ...ENDPOINT], 'P: fatal: unknown command: foo\n'),
  {
    id: '49',
    title: 'two sinks share a port',
    argv: ['-h', 'one'],
    play: async (sink, { program }) => {
      await (await sink.connect()).hears('220 one ESMTP')
      const other = await SinkRun.start(program, { argv: ['-h', 'two'] }, sink)
      try {
        // The kernel chooses by the client's port: it will not choose the first for ever.
        for (let tries = 0, found = false; !found; tries++) {
          assert.ok(tries < 2000, 'the other sink is never chosen')
          const client = await sink.connect()
          found = (await client.line()) === '220 two ESMTP'
          client.leave()
        }
        assert.equal((await other.stop()).signal, 'SIGTERM')
      } finally {
        await other.close()
      }
    },
  },
  ...prematureVectors(DOOR, true),
  {
    id: 'L',
    title: 'conversation: -c -v with a source that keeps its sessions',
    argv: ['-c', '-v'],
    play: async (sink) => {
      const client = await sink.connect()
      await message(client)
      await client.hears(OK)
      await client.says('noop  x\xe9 ', OK)
      await quits(client)
      const other = await sink.connect()
      await other.hears(GREETING)
      other.leave()
      await sink.counted('sess=2')
    },
    stdout: 'sess=0 quit=0 mesg=1\rsess=1 quit=1 mesg=1\rsess=2 quit=1 mesg=1\r',
    stderr: [
      'trying... @',
      'connect (AF_INET 127.0.0.1)',
      'HELO c',
      'MAIL FROM:<a>',
      'RCPT TO:<b>',
      'DATA',
      '.',
      'noop  x? ',
      'QUIT',
      'disconnect',
      'connect (AF_INET 127.0.0.1)',
      'disconnect',
      '',
    ]
      .map((line) => (line === '' ? '' : `P: ${line}\n`))
      .join(''),
  },
  {
    id: '-v -v',
    title: 'who it became',
    argv: ['-v', '-v'],
    listen: 'unix',
    play: async (sink) => (await sink.connect()).hears(GREETING),
    stderr: 'P: chroot (none) user nobody\nP: connect (AF_LOCAL local)\n',
  },
  {
    id: '-u',
    title: 'ids and groups are those of the user',
    argv: ['-u', 'nobody'],
    play: async (sink) => {
      await (await sink.connect()).hears(GREETING)
      const status = readFileSync(`/proc/${sink.pid}/status`, 'latin1')
      const nobody = /^nobody:[^:]*:(\d+):(\d+):/m.exec(readFileSync('/etc/passwd', 'latin1'))!
      for (const [name, id] of [
        ['Uid', nobody[1]],
        ['Gid', nobody[2]],
      ]) {
        const found = new RegExp(`^${name}:((?:\\s+\\d+)+)$`, 'm').exec(status)![1]!.trim().split(/\s+/)
        assert.deepEqual(found, [id, id, id, id])
      }
      assert.equal(readlinkSync(`/proc/${sink.pid}/root`), '/')
      assert.equal(readlinkSync(`/proc/${sink.pid}/cwd`), process.cwd())
    },
  },
  {
    id: '-R',
    title: 'a new root directory, and dumps in it',
    argv: ['-R', '%', '-D', '/dump'],
    play: async (sink) => {
      const client = await sink.connect()
      await message(client)
      await client.hears(OK)
      assert.deepEqual([...sink.files().keys()], ['dump'])
      assert.equal(readlinkSync(`/proc/${sink.pid}/cwd`).replace(/\/$/, ''), sink.directory)
      assert.equal(readlinkSync(`/proc/${sink.pid}/root`).replace(/\/$/, ''), sink.directory)
    },
  },
  {
    id: '-s',
    title: 'commands for syslog, by the socket of the new root',
    argv: ['-R', '%', '-s', 'connect,rcpt, . noop', '-f', 'noop', '-C', '-s', 'xclient'],
    before: (directory) => mkdirSync(join(directory, 'dev'), { mode: 0o755 }),
    play: async (sink) => {
      const logger = new LogSocket(join(sink.directory, 'dev', 'log'))
      try {
        const client = await sink.connect()
        await enveloped(client)
        await client.says(`  rcpt   TO:<${'c'.repeat(99)}> `, '250 2.1.5 Ok')
        await client.says('Rcpt\xe9', '500 5.5.1 Error: unknown command')
        await client.says('RCPT to:<\xe9>', '250 2.1.5 Ok')
        await client.says('DATA', START_MAIL)
        client.send('x\r\n.\r\n')
        await client.hears(OK)
        await client.says('noop', '500 5.3.0 Error: command failed')
        await client.says('XCLIENT x', '500 5.5.1 Error: unknown command')
        const head = /^<22>[A-Z][a-z]{2} [ \d]\d \d\d:\d\d:\d\d smtp-sink(?:\.js)?\[(\d+)\]: /
        const lines = logger.lines()
        for (const line of lines) assert.equal(head.exec(line)?.[1], `${sink.pid}`, line)
        assert.deepEqual(
          lines.map((line) => line.replace(head, '')),
          ['connect ', 'RCPT TO:<b>', `rcpt   TO:<${'c'.repeat(94)}`, 'RCPT to:<?>', '. ', 'noop '],
        )
      } finally {
        logger.close()
      }
    },
  },
  {
    ...fatal('-R nowhere', ['-u', 'nobody', '-R', '/nonexist', ...ENDPOINT], ''),
    stderr: 'P: fatal: chroot(/nonexist): No such file or directory\n',
  },
  fatal('-u nobody else', ['-u', 'no-such-user', ...ENDPOINT], 'P: fatal: unknown user: no-such-user\n'),
  {
    id: 'unix',
    title: 'a unix socket: what stood there is removed, everyone may connect, and it stays',
    argv: [],
    listen: 'unix',
    before: (directory) => writeFileSync(join(directory, 's'), 'in the way'),
    play: async (sink) => {
      const client = await sink.connect()
      await client.hears(GREETING)
      const path = sink.endpoint.slice(5)
      const found = lstatSync(path)
      assert.deepEqual([found.isSocket(), found.mode & 0o777, found.uid], [true, 0o666, process.getuid?.()])
      await sink.stop()
      assert.ok(lstatSync(path).isSocket())
      return 'ended'
    },
  },
  ...(['SIGHUP', 'SIGINT', 'SIGTERM'] as const).map(
    (signal): SinkVector => ({
      id: signal,
      title: `${signal} has its usual effect, and the file of a message under way stays`,
      argv: ['-d', '%X.'],
      play: async (sink) => {
        const client = await sink.connect()
        await enveloped(client)
        await client.says('DATA', START_MAIL)
        const { code, signal: by, stdout, stderr } = await sink.stop(signal)
        assert.deepEqual({ code, by, stdout, stderr }, { code: null, by: signal, stdout: '', stderr: '' })
        assert.equal(sink.files().size, 1)
        return 'ended'
      },
    }),
  ),
]
