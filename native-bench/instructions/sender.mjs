// A sender for what receives: sends so many messages in the given way, one connection at a time, and then waits. It runs outside of the counter.
import { once } from 'node:events'
import net from 'node:net'
import tls from 'node:tls'

const BODY = `${`X`.repeat(78)}\r\n`.repeat(13)
const CONTENT = `From: <a@b.example>\r\nTo: <c@d.example>\r\nSubject: counted\r\n\r\n${BODY}`
const ENVELOPE = 'MAIL FROM:<a@b.example>\r\nRCPT TO:<c@d.example>\r\n'

/** How many replies end in the text. */
function repliesIn(text) {
  let count = 0
  for (const line of text.split('\r\n')) if (/^\d{3} /.test(line)) count++
  return count
}

export class Sender {
  /** `mode`: lock-step, glued, bdat, per-message. `tls`: STARTTLS first. */
  constructor(port, mode, secure) {
    this.port = port
    this.mode = mode
    this.secure = secure
  }

  async connect() {
    this.use(net.connect({ port: this.port, host: '127.0.0.1', noDelay: true }))
    await this.replies(1)
    await this.ask('EHLO counter\r\n', 1)
    if (!this.secure) return
    await this.ask('STARTTLS\r\n', 1)
    const plain = this.socket
    plain.removeAllListeners('data')
    const socket = tls.connect({ socket: plain, rejectUnauthorized: false })
    await once(socket, 'secureConnect')
    this.use(socket)
    await this.ask('EHLO counter\r\n', 1)
  }

  use(socket) {
    this.socket = socket
    this.text = ''
    this.wake = null
    socket.on('error', () => {})
    socket.on('close', () => this.wake?.())
    socket.on('data', (data) => {
      this.text += data.toString('latin1')
      this.wake?.()
    })
  }

  async replies(count) {
    while (repliesIn(this.text) < count) {
      if (this.socket.destroyed) throw new Error('the receiver closed the connection')
      await new Promise((resolve) => {
        this.wake = resolve
      })
    }
    if (/^[45]\d\d /m.test(this.text)) throw new Error(`the receiver refused: ${this.text.trim()}`)
    this.text = ''
  }

  async ask(text, count) {
    this.socket.write(text)
    await this.replies(count)
  }

  /** All of them are answered when it resolves. */
  async send(count) {
    if (this.mode === 'per-message') {
      for (let i = 0; i < count; i++) {
        if (this.socket === undefined) await this.connect()
        await this.ask(`${ENVELOPE}DATA\r\n`, 3)
        await this.ask(`${CONTENT}.\r\nQUIT\r\n`, 2)
        this.socket.destroy()
        this.socket = undefined
      }
      return
    }
    if (this.socket === undefined) await this.connect()
    if (this.mode === 'lock-step') {
      for (let i = 0; i < count; i++) {
        for (const line of ['MAIL FROM:<a@b.example>\r\n', 'RCPT TO:<c@d.example>\r\n', 'DATA\r\n', `${CONTENT}.\r\n`])
          await this.ask(line, 1)
      }
    } else if (this.mode === 'glued') {
      await this.ask(`${ENVELOPE}DATA\r\n`, 3)
      for (let i = 1; i < count; i++) await this.ask(`${CONTENT}.\r\n${ENVELOPE}DATA\r\n`, 4)
      await this.ask(`${CONTENT}.\r\n`, 1)
    } else {
      const one = `${ENVELOPE}BDAT ${CONTENT.length} LAST\r\n${CONTENT}`
      for (let sent = 0; sent < count; sent += 16) {
        const now = Math.min(16, count - sent)
        await this.ask(one.repeat(now), 3 * now)
      }
    }
  }

  close() {
    this.socket?.destroy()
  }
}
