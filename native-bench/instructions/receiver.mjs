// A receiver that stops at a given message: everything up to there has been read and nothing beyond it answered, so whoever sends is idle, with
// exactly that many messages behind it. It runs outside of the counter; how fast it is says nothing.
import { once } from 'node:events'
import net from 'node:net'
import tls from 'node:tls'

const NL = 10

/** What a connection is in the middle of. */
const COMMAND = 0
const CONTENT = 1
const CHUNK = 2

export class PausingReceiver {
  /** `pair`: { key, cert } where STARTTLS is offered. */
  constructor(pair) {
    this.pair = pair
    this.messages = 0
    this.stopAt = Number.POSITIVE_INFINITY
    this.waiting = []
    this.sockets = new Set()
    this.server = net.createServer({ noDelay: true }, (socket) => this.greet(socket))
  }

  async listen() {
    this.server.listen(0, '127.0.0.1')
    await once(this.server, 'listening')
    return this.server.address().port
  }

  /** Resolves when `count` messages have come in; the last one is not answered until `resume`. */
  pauseAt(count) {
    this.stopAt = count
    return new Promise((resolve) => {
      this.reached = resolve
    })
  }

  /** Goes on, to where `pauseAt` says next. */
  resume() {
    for (const go of this.waiting.splice(0)) go()
  }

  close() {
    for (const socket of this.sockets) socket.destroy()
    this.server.close()
  }

  greet(socket) {
    this.attend(socket, false)
    socket.write('220 receiver ESMTP\r\n')
  }

  attend(socket, secure) {
    this.sockets.add(socket)
    const talk = { socket, secure, state: COMMAND, left: 0, last: false, rest: Buffer.alloc(0), out: '', held: false }
    socket.on('error', () => socket.destroy())
    socket.on('close', () => this.sockets.delete(socket))
    talk.onData = (data) => {
      talk.rest = talk.rest.length === 0 ? data : Buffer.concat([talk.rest, data])
      if (!talk.held) this.read(talk)
    }
    socket.on('data', talk.onData)
  }

  /** Replies of one read leave in one write, as the sink does it. */
  read(talk) {
    while (!talk.held && this.step(talk)) {}
    this.flush(talk)
  }

  flush(talk) {
    if (talk.out === '') return
    talk.socket.write(talk.out)
    talk.out = ''
  }

  /** One command, line of content or chunk; false when it is not all there. */
  step(talk) {
    const { rest } = talk
    if (talk.state === CHUNK) {
      const taken = Math.min(talk.left, rest.length)
      talk.left -= taken
      talk.rest = rest.subarray(taken)
      if (talk.left > 0) return false
      talk.state = COMMAND
      if (talk.last) this.message(talk)
      else talk.out += '250 chunk\r\n'
      return true
    }
    if (talk.state === CONTENT) {
      const end = rest.indexOf('\r\n.\r\n')
      if (end < 0) {
        if (rest.length > 4) talk.rest = rest.subarray(rest.length - 4)
        return false
      }
      talk.rest = rest.subarray(end + 5)
      talk.state = COMMAND
      this.message(talk)
      return true
    }
    const end = rest.indexOf(NL)
    if (end < 0) return false
    const line = rest.toString('latin1', 0, end).trimEnd()
    talk.rest = rest.subarray(end + 1)
    this.command(talk, line)
    return true
  }

  command(talk, line) {
    switch (line.slice(0, 4).toUpperCase()) {
      case 'EHLO':
        talk.out += `250-receiver\r\n250-PIPELINING\r\n250-CHUNKING\r\n${this.pair && !talk.secure ? '250-STARTTLS\r\n' : ''}250 8BITMIME\r\n`
        return
      case 'DATA':
        talk.state = CONTENT
        talk.out += '354 go\r\n'
        return
      case 'BDAT': {
        const [, size, last] = line.split(' ')
        talk.left = Number(size)
        talk.last = last !== undefined
        talk.state = CHUNK
        return
      }
      case 'STAR':
        talk.out += '220 go\r\n'
        this.flush(talk)
        this.secure(talk)
        return
      case 'QUIT':
        talk.out += '221 bye\r\n'
        this.flush(talk)
        talk.socket.end()
        return
      default:
        talk.out += '250 ok\r\n'
    }
  }

  secure(talk) {
    const { socket } = talk
    socket.off('data', talk.onData)
    talk.held = true
    const secured = new tls.TLSSocket(socket, { isServer: true, ...this.pair, maxVersion: 'TLSv1.3' })
    this.attend(secured, true)
  }

  message(talk) {
    this.messages++
    if (this.messages !== this.stopAt) {
      talk.out += '250 taken\r\n'
      return
    }
    this.flush(talk)
    talk.held = true
    this.waiting.push(() => {
      talk.held = false
      talk.out += '250 taken\r\n'
      this.read(talk)
    })
    this.reached?.()
    this.reached = null
  }
}
