/** Postfix's letters over real sockets: each by what a client sees of it. */
import assert from 'node:assert/strict'
import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { chmodSync, existsSync, mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync } from 'node:fs'
import net from 'node:net'
import { tmpdir } from 'node:os'
import { dirname, join } from 'node:path'
import { after, describe, it } from 'node:test'
import { fileURLToPath } from 'node:url'
import { type SinkOptions, sink } from '#src/index.js'
import { libc, SocketOption } from '#src/net/libc.js'
import { openListeners } from '#src/net/listener.js'
import { parseListen } from '#src/plan/target.js'
import { LogSocket } from '../peer/log-socket.js'

const directory = mkdtempSync(join(tmpdir(), 'stampede-letters-'))
after(() => rmSync(directory, { recursive: true, force: true }))

/** A client that hears what is said, and when. */
class Client {
  /** When it began to connect. */
  readonly begun: number
  readonly socket: net.Socket
  /** Everything since the last `reply`. */
  text = ''
  over = false
  #wake = (): void => {}

  constructor(port: number) {
    this.begun = performance.now()
    this.socket = net.connect({ port, host: '127.0.0.1' })
    this.socket.on('data', (chunk: Buffer) => {
      this.text += chunk.toString('latin1')
      this.#wake()
    })
    this.socket.on('error', () => {})
    this.socket.on('close', () => {
      this.over = true
      this.#wake()
    })
  }

  /** The next whole reply with its line ends; '' at the end of the connection. */
  async reply(): Promise<string> {
    for (;;) {
      const match = /^(?:\d{3}-.*\r\n)*\d{3}(?: .*)?\r\n/.exec(this.text)
      if (match !== null) {
        this.text = this.text.slice(match[0].length)
        return match[0]
      }
      if (this.over) return this.text
      await this.#more()
    }
  }

  say(line: string): Promise<string> {
    this.socket.write(`${line}\r\n`, 'latin1')
    return this.reply()
  }

  /** Says all of it, one line after the other; the last reply. */
  async all(...lines: string[]): Promise<string> {
    let last = ''
    for (const line of lines) last = await this.say(line)
    return last
  }

  #more(): Promise<void> {
    return new Promise((resolve) => {
      this.#wake = resolve
    })
  }
}

/** Runs `body` with a client that has not heard its greeting yet. */
async function withClient(
  options: SinkOptions,
  body: (client: Client, another: () => Client, port: number) => Promise<void>,
): Promise<number> {
  const receiver = await sink({ workers: 1, ...options })
  const clients: Client[] = []
  const client = () => {
    clients.push(new Client(receiver.port))
    return clients.at(-1)!
  }
  try {
    await body(client(), client, receiver.port)
  } finally {
    for (const { socket } of clients) socket.destroy()
    await receiver.stop()
  }
  return receiver.totals().messages
}

const HARD = '500 5.3.0 Error: command failed\r\n'
const SOFT = '450 4.3.0 Error: command failed\r\n'
const HUNG_UP = '421 4.0.0 Server closing connection\r\n'
const TO_DATA = ['EHLO c', 'MAIL FROM:<a@b>', 'RCPT TO:<c@d>']
/** What is said before a command that is to be met, and the command. */
const MET: readonly (readonly [word: string, before: readonly string[], command: string])[] = [
  ['helo', [], 'HELO c'],
  ['ehlo', [], 'EHLO c'],
  ['xclient', [], 'XCLIENT NAME=a'],
  ['xforward', [], 'XFORWARD NAME=a'],
  ['auth', [], 'AUTH PLAIN AGEAYg=='],
  ['mail', TO_DATA.slice(0, 1), 'MAIL FROM:<a@b>'],
  ['rcpt', TO_DATA.slice(0, 2), 'RCPT TO:<c@d>'],
  ['data', TO_DATA, 'DATA'],
  ['.', [...TO_DATA, 'DATA'], '.'],
  ['rset', [], 'RSET'],
  ['noop', [], 'NOOP'],
  ['vrfy', [], 'VRFY a'],
  ['quit', [], 'QUIT'],
]

describe('the letters that refuse', () => {
  for (const [word, before, command] of MET) {
    it(`-f, -r, -Q and -q at ${word}`, async () => {
      const auth = word === 'auth' ? 'plain' : 'off'
      for (const [option, said, goesOn] of [
        ['rejectHard', HARD, true],
        ['rejectSoft', SOFT, true],
        ['hangUpAt', HUNG_UP, false],
        ['disconnectAt', '', false],
      ] as const) {
        await withClient({ [option]: word, auth }, async (client) => {
          assert.match(await client.reply(), /^220 /)
          await client.all(...before)
          assert.equal(await client.say(command), said, option)
          // A refused QUIT leaves the session open, too; its end is heard as ''.
          const next = word === 'noop' ? 'RSET' : 'NOOP'
          assert.match(await client.say(next), goesOn ? /^250 / : /^$/, option)
        })
      }
    })
  }

  it('connect: refused goes on, hung up and disconnected do not', async () => {
    for (const [option, said] of [
      ['rejectHard', HARD],
      ['rejectSoft', SOFT],
    ] as const) {
      await withClient({ [option]: 'connect' }, async (client) => {
        assert.equal(await client.reply(), said)
        assert.match(await client.say('NOOP'), /^250 /)
      })
    }
    await withClient({ hangUpAt: 'connect' }, async (client) => {
      assert.equal(await client.reply(), HUNG_UP)
      assert.equal(await client.reply(), '')
    })
    await withClient({ disconnectAt: 'connect' }, async (client) => assert.equal(await client.reply(), ''))
  })

  it('lhlo', async () => {
    await withClient({ lmtp: true, rejectSoft: 'lhlo' }, async (client) => {
      await client.reply()
      assert.equal(await client.say('LHLO c'), SOFT)
    })
  })

  it('-B and -b say their own, in lines if they have several; neither closes', async () => {
    const options = { rejectHard: 'noop', rejectSoft: 'rset', hardReply: '550-No\r\n550 Never', softReply: '421 Busy' }
    await withClient(options, async (client) => {
      await client.reply()
      assert.equal(await client.say('NOOP'), '550-No\r\n550 Never\r\n')
      assert.equal(await client.say('RSET'), '421 Busy\r\n')
      assert.equal(await client.say('NOOP'), '550-No\r\n550 Never\r\n')
    })
  })

  it('the first that applies wins', async () => {
    const options = {
      disconnectAt: 'quit',
      hangUpAt: 'quit,mail',
      rejectHard: 'quit,mail,vrfy',
      rejectSoft: 'quit,mail,vrfy,noop',
    }
    await withClient(options, async (client) => {
      await client.reply()
      assert.equal(await client.say('NOOP'), SOFT)
      assert.equal(await client.say('VRFY a'), HARD)
      await client.say('EHLO c')
      assert.equal(await client.say('MAIL FROM:<a@b>'), HUNG_UP)
    })
    await withClient(options, async (client) => {
      await client.reply()
      assert.equal(await client.say('QUIT'), '')
    })
  })
})

describe('the letters that delay', () => {
  it('-W and -w hold the reply of their command back, and of no other', async () => {
    await withClient({ commandDelay: ['noop:60ms', 'connect:40ms'], dataDelay: '60ms' }, async (client) => {
      assert.match(await client.reply(), /^220 /)
      assert.ok(performance.now() - client.begun >= 39)
      for (const [before, command, code] of [
        [[], 'NOOP', '250'],
        [TO_DATA, 'DATA', '354'],
      ] as const) {
        await client.all(...before)
        const asked = performance.now()
        assert.equal((await client.say(command)).slice(0, 3), code)
        assert.ok(performance.now() - asked >= 59, command)
      }
      assert.match(await client.say('.'), /^250 /)
    })
  })

  it('-W with odds waits for whole numbers of its time, often for none', async () => {
    await withClient({ commandDelay: 'noop:40ms:50', seed: '5eed' }, async (client) => {
      await client.reply()
      const waits: number[] = []
      for (let i = 0; i < 12; i++) {
        const asked = performance.now()
        assert.match(await client.say('NOOP'), /^250 /)
        waits.push(Math.floor((performance.now() - asked + 1) / 40))
      }
      // The seed says how many draws come out each time; a busy machine can only add to it.
      assert.ok(waits.filter((times) => times > 0).length >= 3, waits.join(' '))
    })
  })

  it('-H reads nothing for a while after 354, and then all of it', async () => {
    const messages = await withClient({ dataReadDelay: '80ms', commandDelay: 'data:20ms' }, async (client) => {
      await client.reply()
      await client.all(...TO_DATA)
      const asked = performance.now()
      // Pipelined, so that the content is there before it is read.
      client.socket.write('DATA\r\nSubject: x\r\n\r\nbody\r\n.\r\nNOOP\r\n')
      assert.match(await client.reply(), /^354 /)
      assert.match(await client.reply(), /^250 /)
      assert.ok(performance.now() - asked >= 98)
      assert.match(await client.reply(), /^250 /)
      // And the next transaction the same way.
      await client.all(...TO_DATA.slice(1), 'DATA')
      assert.match(await client.say('body\r\n.'), /^250 /)
      assert.match(await client.say('QUIT'), /^221 /)
    })
    assert.equal(messages, 2)
  })

  it('-A says 550 in the midst of the content, or before any, and closes; nothing is counted', async () => {
    for (const time of ['0', '50ms']) {
      for (const content of ['', 'Subject: x\r\n\r\nbo', 'Subject: x\r\n\r\nbody\r\n.\r\nNOOP\r\n']) {
        const messages = await withClient({ prematureReply: time, dataReadDelay: '5s' }, async (client) => {
          await client.reply()
          await client.all(...TO_DATA)
          const asked = performance.now()
          client.socket.write(`DATA\r\n${content}`)
          assert.match(await client.reply(), /^354 /)
          assert.equal(await client.reply(), '550 This violates SMTP\r\n')
          if (time !== '0') assert.ok(performance.now() - asked >= 49)
          assert.equal(await client.reply(), '')
        })
        assert.equal(messages, 0)
      }
    }
  })

  it('-A discards the dump of the message', async () => {
    const name = join(directory, 'premature.')
    await withClient({ prematureReply: '10ms', dumpEach: name }, async (client) => {
      await client.reply()
      await client.all(...TO_DATA, 'DATA')
      assert.equal(await client.reply(), '550 This violates SMTP\r\n')
      assert.equal(await client.reply(), '')
    })
    assert.equal(existsSync(`${name}00000000`), false)
  })
})

describe('the letters of the announcement', () => {
  it('-N, --no-smtputf8, -a, -C, -F and -f announce less', async () => {
    const hello = async (options: SinkOptions) => {
      let said = ''
      await withClient(options, async (client) => {
        await client.reply()
        said = await client.say('EHLO c')
      })
      return said
    }
    for (const keyword of ['DSN', 'SMTPUTF8', 'PIPELINING']) assert.ok((await hello({})).includes(keyword), keyword)
    assert.doesNotMatch(await hello({ noDsn: true }), /DSN/)
    assert.doesNotMatch(await hello({ noSmtputf8: true }), /SMTPUTF8/)
    assert.doesNotMatch(await hello({ rejectHard: 'vrfy' }), /PIPELINING/)
    assert.doesNotMatch(await hello({ rejectSoft: 'vrfy' }), /PIPELINING/)
    assert.equal(await hello({ noAuth: true, noXclient: true, noXforward: true }), await hello({}))
    assert.match(await hello({ auth: 'plain' }), /AUTH PLAIN/)
  })

  it('-e greets without ESMTP and knows no EHLO, -P hides the greeting as well', async () => {
    for (const [options, greeting] of [
      [{ noEsmtp: true }, '220 smtp-sink\r\n'],
      [{ pix: true }, '220 ********\r\n'],
    ] as const) {
      await withClient(options, async (client) => {
        assert.equal(await client.reply(), greeting)
        assert.match(await client.say('EHLO c'), /^500 5\.5\.1 /)
        assert.equal(await client.say('HELO c'), '250 smtp-sink\r\n')
        assert.doesNotMatch(await client.say('HELP'), /EHLO/)
        await client.all(...TO_DATA.slice(1), 'DATA')
        assert.match(await client.say('body\r\n.'), /^250 /)
      })
    }
    await withClient({ lmtp: true, noEsmtp: true }, async (client) => {
      assert.equal(await client.reply(), '220 smtp-sink\r\n')
      assert.match(await client.say('LHLO c'), /^250-smtp-sink\r\n/)
    })
  })

  it('--lenient-eod takes lone LFs for line ends, and nothing does without', async () => {
    for (const [lenientEod, found] of [
      [true, 1],
      [false, 0],
    ] as const) {
      const messages = await withClient({ lenientEod }, async (client) => {
        await client.reply()
        await client.all(...TO_DATA, 'DATA')
        client.socket.write('body\n.\n')
        if (found === 1) assert.match(await client.reply(), /^250 /)
        else client.socket.end()
        if (found === 0) assert.equal(await client.reply(), '')
      })
      assert.equal(messages, found)
    }
  })
})

describe('the letters of the socket', () => {
  it('-T sets both buffers of every socket before it listens', async () => {
    const c = libc()
    if (c === null) {
      await assert.rejects(sink({ tcpWindow: '8k', workers: 1 }), /^RunError: --tcp-window needs socket options/)
      return
    }
    const { places } = await openListeners(parseListen('127.0.0.1:0'), 0, 2, c, 20_000)
    assert.equal(places.length, 2)
    for (const place of places) {
      assert.equal(place.kind, 'fd')
      if (place.kind !== 'fd') continue
      // The kernel doubles what it is given.
      assert.equal(c.getOption(place.fd, SocketOption.receiveBuffer), 40_000)
      assert.equal(c.getOption(place.fd, SocketOption.sendBuffer), 40_000)
      c.close(place.fd)
    }
    await assert.rejects(openListeners(parseListen('127.0.0.1:0'), 0, 1, null, 20_000), {
      name: 'RunError',
      message: /^--tcp-window needs socket options that Node does not offer: /,
    })
  })

  it('-T reaches the socket of a running sink', async () => {
    const c = libc()
    if (c === null) return
    const tuned = () =>
      readdirSync('/proc/self/fd').filter((fd) => {
        try {
          return c.getOption(Number(fd), SocketOption.receiveBuffer) === 43_210
        } catch {
          // No socket.
          return false
        }
      }).length
    assert.equal(tuned(), 0)
    await withClient({ tcpWindow: 21_605 }, async (client) => {
      assert.match(await client.reply(), /^220 /)
      // The listening socket at least, and the accepted one.
      assert.ok(tuned() >= 2)
    })
  })
})

const PROGRAM = join(dirname(fileURLToPath(import.meta.resolve('#src/index.js'))), 'bin', 'stampede.js')

describe('the letters of privileges', () => {
  const start = (...args: string[]) => {
    const child = spawn(process.execPath, [PROGRAM, 'sink', '--workers', '1', ...args, '127.0.0.1:0'])
    const said = { err: '' }
    child.stderr.on('data', (chunk: Buffer) => {
      said.err += chunk
    })
    return { child, said }
  }

  it('are not for the library', async () => {
    for (const name of ['user', 'chroot'])
      await assert.rejects(sink({ [name]: '/' }), { name: 'UsageError', message: /is for the command line alone/ })
  })

  it('-R needs -u', async () => {
    const { child, said } = start('-R', '/')
    assert.deepEqual(await once(child, 'close'), [2, null])
    assert.match(said.err, /-R needs a user to become; give --user with it\.\n$/)
  })

  it('-u: an unknown user is an error', async () => {
    const { child, said } = start('-u', 'nobody-of-that-name')
    assert.deepEqual(await once(child, 'close'), [1, null])
    assert.match(said.err, /unknown user: nobody-of-that-name/)
  })

  it('-u and -R: who serves, and where its root is; only root may', async () => {
    const root = process.geteuid?.() === 0
    const { child, said } = start('-u', 'nobody', '-R', directory)
    try {
      if (!root) {
        assert.deepEqual(await once(child, 'close'), [1, null])
        assert.match(said.err, /Operation not permitted/i)
        return
      }
      while (!/listening on .*:\d+\n/.test(said.err)) await once(child.stderr, 'data')
      const status = readFileSync(`/proc/${child.pid}/status`, 'utf8')
      const uid = /^nobody:[^:]*:(\d+):/m.exec(readFileSync('/etc/passwd', 'utf8'))![1]
      assert.match(status, new RegExp(`^Uid:\t${uid}\t${uid}\t${uid}\t${uid}$`, 'm'))
      const client = new Client(Number(/:(\d+)\n/.exec(said.err)![1]))
      assert.match(await client.reply(), /^220 /)
      await client.all(...TO_DATA, 'DATA')
      assert.match(await client.say('body\r\n.'), /^250 /)
      client.socket.destroy()
    } finally {
      child.kill('SIGKILL')
    }
  })

  it('-v and -s: every command is shown, the named ones are told to the logger, and no secret is', async () => {
    const root = process.geteuid?.() === 0
    mkdirSync(join(directory, 'dev'), { recursive: true })
    chmodSync(directory, 0o755)
    const logger = new LogSocket(join(directory, 'dev', 'log'))
    const jailed = root ? ['-u', 'nobody', '-R', directory] : []
    const { child, said } = start('-v', '-s', 'connect auth rcpt .', '--auth', 'plain', '-M', '2', ...jailed)
    try {
      while (!/listening on .*:\d+\n/.test(said.err)) await once(child.stderr, 'data')
      const client = new Client(Number(/:(\d+)\n/.exec(said.err)![1]))
      await client.reply()
      await client.all('EHLO c', 'AUTH PLAIN AGEAc2VjcmV0', 'MAIL FROM:<a>', 'RCPT TO:<b>', 'DATA')
      assert.match(await client.say('body\r\n.'), /^250 /)
      await client.all('MAIL FROM:<a>', 'RCPT TO:<c>')
      assert.match(await client.say('BDAT 2 LAST\r\nx'), /^250 /)
      await once(child, 'close')
      const lines = said.err.split('\n').filter((line) => /^stampede: /.test(line))
      assert.deepEqual(
        lines.slice(0, -1).map((line) => line.slice('stampede: '.length)),
        [
          'connect (AF_INET 127.0.0.1)',
          'EHLO c',
          'AUTH PLAIN ***',
          'MAIL FROM:<a>',
          'RCPT TO:<b>',
          'DATA',
          '.',
          'MAIL FROM:<a>',
          'RCPT TO:<c>',
          'BDAT 2 LAST',
          '.',
        ],
      )
      assert.equal(lines.at(-1), 'stampede: disconnect')
      const told = logger.lines().map((line) => line.replace(/^<22>.{15} stampede\[\d+\]: /, ''))
      if (root) assert.deepEqual(told, ['connect ', 'AUTH PLAIN ***', 'RCPT TO:<b>', '. ', 'RCPT TO:<c>', '. '])
    } finally {
      child.kill('SIGKILL')
      logger.close()
    }
  })
})
