/**
 * A small SMTP server with one planted fault, run as a process of its own: `node --expose-gc leaky-server.js FAULT SEED NOISE`. It prints the port that it
 * listens on, and at SIGTERM what it has done and kept, as JSON.
 */
import { openSync } from 'node:fs'
import { createServer, type Socket } from 'node:net'
import { Rng } from '#src/base/rng.js'
import { isFault } from './leaky-faults.js'

const KEPT = 1024
const SLAB = 256 * 1024
/** Entries of the cache that fills and then stays. */
const CACHE = 84 * 1024
const GREETING = '220 leaky.example ESMTP\r\n'
const HELLO = '250-leaky.example\r\n250-PIPELINING\r\n250 AUTH PLAIN\r\n'
const RIGHT = Buffer.from('\0user\0right').toString('base64')

const [fault = '', seed = '1', noise = '0'] = process.argv.slice(2)
if (!isFault(fault)) throw new Error(`there is no fault '${fault}'`)
const rng = new Rng(Number(seed))
const loud = Number(noise)
const told = {
  connections: 0,
  messages: 0,
  refused: 0,
  failedAuth: 0,
  aborted: 0,
  keptOctets: 0,
  descriptors: 0,
  sockets: 0,
}

/** Octets that are kept lie in large slabs, so that what is kept is what it costs: an object for each would be as dear as its content. */
const slabs: Buffer[] = []
let free = 0
function keep(): void {
  if (free < KEPT) {
    slabs.push(Buffer.allocUnsafeSlow(SLAB))
    free = SLAB
  }
  slabs.at(-1)!.fill(told.keptOctets & 0xff, SLAB - free, SLAB - free + KEPT)
  free -= KEPT
  told.keptOctets += KEPT
}

/** One of so many, at a place of its own in each so many. */
class OneIn {
  readonly #many: number
  #at = 0
  #place = 0

  constructor(many: number) {
    this.#many = many
  }

  next(): boolean {
    if (this.#at % this.#many === 0) this.#place = rng.upTo(this.#many - 1)
    return this.#at++ % this.#many === this.#place
  }
}
const inHundred = new OneIn(100)
const inTwenty = new OneIn(20)
const keptSockets: Socket[] = []

/** What a message leaves for the collector: texts, objects and buffers of all sizes, some of which live a while. */
const recent: unknown[] = new Array(2000)
function litter(): void {
  if (rng.next() >= loud) return
  const size = Math.ceil(64 * 2 ** (rng.next() * 8))
  const at = rng.upTo(recent.length - 1)
  recent[at] = rng.next() < 0.3 ? Buffer.alloc(size, 1) : Array.from({ length: size >> 4 }, (_, i) => ({ i }))
}
if (loud > 0) {
  const collect = (): void => {
    if (rng.next() < 0.5) (globalThis as { gc?: () => void }).gc?.()
    setTimeout(collect, 200 + rng.next() * 1500)
  }
  collect()
}

class Conversation {
  readonly #socket: Socket
  #text = ''
  #inMail = false
  #open = false
  #quit = false

  constructor(socket: Socket) {
    this.#socket = socket
    told.connections++
    if (fault === 'connection') keep()
    socket.on('data', (chunk) => this.#read(chunk.toString('latin1')))
    socket.on('end', () => this.#left())
    socket.on('error', () => {})
    socket.on('close', () => this.#closed())
    socket.write(GREETING)
  }

  /** The other side has sent its FIN; what is not answered by one stays in CLOSE_WAIT. */
  #left(): void {
    const aborted = this.#open && !this.#quit
    if (fault !== 'close-wait' || !aborted || !inTwenty.next()) {
      this.#socket.end()
      return
    }
    told.aborted++
    told.sockets++
    keptSockets.push(this.#socket)
  }

  #closed(): void {
    if (this.#quit || !this.#open) return
    told.aborted++
    if (fault === 'abort' && inHundred.next()) {
      openSync('/dev/null', 'r')
      told.descriptors++
    }
  }

  #read(chunk: string): void {
    this.#text += chunk
    let replies = ''
    for (;;) {
      const end = this.#inMail ? this.#text.indexOf('\r\n.\r\n') : this.#text.indexOf('\r\n')
      if (end < 0) break
      const line = this.#text.slice(0, this.#inMail ? 0 : end)
      this.#text = this.#text.slice(end + (this.#inMail ? 5 : 2))
      replies += this.#inMail ? this.#mail() : this.#command(line)
    }
    // Of a content only its end matters.
    if (this.#inMail && this.#text.length > 4) this.#text = this.#text.slice(-4)
    if (replies !== '') this.#socket.write(replies)
    if (this.#quit) this.#socket.end()
  }

  #mail(): string {
    this.#inMail = false
    this.#open = false
    told.messages++
    if (fault === 'message' || (fault === 'cache' && told.messages <= CACHE)) keep()
    litter()
    return '250 2.0.0 Ok\r\n'
  }

  #command(line: string): string {
    const verb = line.slice(0, 4).toUpperCase()
    if (verb === 'EHLO' || verb === 'HELO') return HELLO
    if (verb === 'MAIL') {
      this.#open = true
      return '250 2.1.0 Ok\r\n'
    }
    if (verb === 'RCPT') {
      if (/@.*@/.test(line)) {
        told.refused++
        return '501 5.1.3 Bad recipient address syntax\r\n'
      }
      return '250 2.1.5 Ok\r\n'
    }
    if (verb === 'DATA') {
      if (!this.#open) return '503 5.5.1 No transaction\r\n'
      this.#inMail = true
      // The content may begin with the final dot.
      this.#text = `\r\n${this.#text}`
      return '354 Go on\r\n'
    }
    if (verb === 'RSET') {
      this.#open = false
      return '250 2.0.0 Ok\r\n'
    }
    if (verb === 'AUTH') {
      if (line.endsWith(RIGHT)) return '235 2.7.0 Come in\r\n'
      told.failedAuth++
      if (fault === 'auth') keep()
      return '535 5.7.8 Not with these\r\n'
    }
    if (verb === 'QUIT') {
      this.#quit = true
      return '221 2.0.0 Bye\r\n'
    }
    return verb === 'NOOP' ? '250 2.0.0 Ok\r\n' : '500 5.5.2 What\r\n'
  }
}

const server = createServer({ allowHalfOpen: true, noDelay: true }, (socket) => void new Conversation(socket))
server.listen({ port: 0, host: '127.0.0.1', backlog: 511 }, () => {
  process.stdout.write(`listening ${(server.address() as { port: number }).port}\n`)
})
process.on('SIGTERM', () => {
  process.stdout.write(`${JSON.stringify({ ...told, slabs: slabs.length })}\n`, () => process.exit(0))
})
