import { once } from 'node:events'
import { mkdtemp, rm } from 'node:fs/promises'
import { type AddressInfo, createServer, type Server, type Socket } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { performance } from 'node:perf_hooks'
import type { Action, Ending, Record, Rule, Script, Stage } from './script.js'

export type { Action, Ending, Received, Record, Rule, Script, Stage } from './script.js'

const VERBS: { readonly [verb: string]: Stage } = {
  HELO: 'hello',
  EHLO: 'hello',
  LHLO: 'hello',
  MAIL: 'mail',
  RCPT: 'rcpt',
  DATA: 'data',
  BDAT: 'bdat',
  RSET: 'rset',
  NOOP: 'noop',
  QUIT: 'quit',
}
const TERMINATOR = Buffer.from('\r\n.\r\n')
const NOTHING = Buffer.alloc(0)

/**
 * A mail server that follows SMTP (RFC 5321, 2920, 3030) or LMTP (RFC 2033) until a rule says otherwise, and writes down all it saw.
 * Replies to commands that came in one read leave in one write.
 */
export class ScriptedServer implements AsyncDisposable {
  readonly records: Record[] = []
  /** Connections open now, and the most at any one time. */
  active = 0
  peak = 0
  readonly #script: Script
  readonly #server: Server
  readonly #sockets = new Set<Socket>()
  readonly #sessions: Session[] = []
  #open = false
  #directory = ''
  #address = ''
  #waiting: (() => void)[] = []

  private constructor(script: Script) {
    this.#script = script
    this.#server = createServer({ allowHalfOpen: true, noDelay: true }, (socket) => this.#accept(socket))
  }

  static async start(script: Script = {}): Promise<ScriptedServer> {
    const self = new ScriptedServer(script)
    if (script.listen === 'unix') {
      self.#directory = await mkdtemp(join(tmpdir(), 'stampede-peer-'))
      const path = join(self.#directory, 's')
      self.#server.listen(path)
      await once(self.#server, 'listening')
      self.#address = `unix:${path}`
      return self
    }
    const host = script.listen === 'inet6' ? '::1' : '127.0.0.1'
    self.#server.listen({ host, port: 0, backlog: 4096 })
    await once(self.#server, 'listening')
    self.#address = host === '::1' ? `[::1]:${self.port}` : `${host}:${self.port}`
    return self
  }

  /** As smtp-source takes it: `127.0.0.1:port`, `[::1]:port` or `unix:/path`. */
  get address(): string {
    return this.#address
  }

  get port(): number {
    return (this.#server.address() as AddressInfo).port
  }

  /** Messages that were answered positively, over all connections. */
  get accepted(): number {
    return this.records.reduce((sum, record) => sum + record.messages.filter((m) => m.accepted).length, 0)
  }

  /** All command lines of all connections, in the order of the connections. */
  get commands(): string[] {
    return this.records.flatMap((record) => record.commands)
  }

  /** Lets every connection that stalls read on. */
  resume(): void {
    for (const session of this.#sessions) session.resume()
  }

  /** Resolves when `ready` is true; looked at after each event on any connection. */
  async until(ready: (server: this) => boolean): Promise<void> {
    while (!ready(this)) await new Promise<void>((resolve) => this.#waiting.push(resolve))
  }

  /** Resolves when no connection is open: what clients sent and how they left is then on record. */
  async quiet(): Promise<void> {
    await this.until(() => this.active === 0)
  }

  async close(): Promise<void> {
    for (const socket of this.#sockets) socket.destroy()
    this.#server.close()
    await once(this.#server, 'close')
    if (this.#directory !== '') await rm(this.#directory, { recursive: true, force: true })
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.close()
  }

  #accept(socket: Socket): void {
    this.#sockets.add(socket)
    this.active++
    this.peak = Math.max(this.peak, this.active)
    const record: Record = {
      number: this.records.length + 1,
      remoteAddress: socket.remoteAddress ?? '',
      openedAt: performance.now(),
      reads: [],
      octets: 0,
      commands: [],
      messages: [],
      ending: 'open',
    }
    this.records.push(record)
    const session = new Session(socket, record, this.#script)
    this.#sessions.push(session)
    const stir = () => this.#stir()
    socket.on('data', (chunk) => {
      session.take(chunk)
      stir()
    })
    socket.once('end', () => {
      session.ended('fin')
      socket.end()
      stir()
    })
    socket.once('error', (error: NodeJS.ErrnoException) => {
      // EPIPE comes from writing after the peer has gone; how it went was seen by reading, or is a reset.
      if (error.code === 'ECONNRESET' || error.code === 'EPIPE') session.ended('reset')
      stir()
    })
    socket.once('close', () => {
      session.ended('server')
      this.#sockets.delete(socket)
      this.active--
      stir()
    })
    this.#greet(session)
    stir()
  }

  #greet(session: Session): void {
    if (!this.#open && this.active < (this.#script.barrier ?? 1)) return
    const waiting = this.#open ? [session] : this.#sessions
    this.#open = true
    for (const one of waiting) one.enter('greeting')
  }

  #stir(): void {
    const waiting = this.#waiting
    this.#waiting = []
    for (const resolve of waiting) resolve()
  }
}

/** One connection: commands in, rules looked up, replies out. */
class Session {
  readonly #socket: Socket
  readonly #record: Record
  readonly #script: Script
  readonly #seen = new Map<Stage, number>()
  #input: Buffer = NOTHING
  #kept: Buffer[] = []
  #length = 0
  #tail: Buffer = NOTHING
  #mode: 'command' | 'content' | 'chunk' = 'command'
  #chunkLeft = 0
  #chunkLast = false
  #bodySeen = false
  #mail = false
  #recipients = 0
  #busy = false
  #mute = false

  constructor(socket: Socket, record: Record, script: Script) {
    this.#socket = socket
    this.#record = record
    this.#script = script
  }

  take(chunk: Buffer): void {
    const kept = this.#record.octets < (this.#script.keep ?? 1 << 20)
    this.#record.octets += chunk.length
    if (kept) this.#record.reads.push(chunk)
    if (this.#mute) return
    this.#input = this.#input.length === 0 ? chunk : Buffer.concat([this.#input, chunk])
    this.#work()
  }

  ended(how: Ending): void {
    if (this.#record.ending === 'open') this.#record.ending = how
  }

  resume(): void {
    this.#socket.resume()
  }

  /** A stage is reached: the first rule that fits, else the normal reply. */
  enter(stage: Stage, line = ''): void {
    const nth = (this.#seen.get(stage) ?? 0) + 1
    this.#seen.set(stage, nth)
    const rule = this.#script.rules?.find((r) => this.#fits(r, stage, nth))
    const normal = this.#normal(stage, line)
    this.#act(rule?.do ?? ['normal'], normal, (text) => this.#settle(stage, text))
  }

  #fits(rule: Rule, stage: Stage, nth: number): boolean {
    return (
      rule.stage === stage &&
      (rule.connection === undefined || rule.connection === this.#record.number) &&
      (rule.nth === undefined || rule.nth === nth)
    )
  }

  #normal(stage: Stage, line: string): string {
    const lmtp = this.#script.protocol === 'lmtp'
    const verb = line.slice(0, 4).toUpperCase()
    switch (stage) {
      case 'greeting':
        return '220 mx.example ESMTP'
      case 'hello': {
        if ((verb === 'LHLO') !== lmtp) return '500 5.5.1 Error: unknown command'
        const lines = ['mx.example', ...(verb === 'HELO' ? [] : (this.#script.extensions ?? []))]
        return lines.map((text, i) => `250${i === lines.length - 1 ? ' ' : '-'}${text}`).join('\r\n')
      }
      case 'mail':
        return this.#mail ? '503 5.5.1 Error: nested MAIL command' : '250 2.1.0 Ok'
      case 'rcpt':
        return this.#mail ? '250 2.1.5 Ok' : '503 5.5.1 Error: need MAIL command'
      case 'data':
        return this.#recipients > 0 ? '354 End data' : '503 5.5.1 Error: need RCPT command'
      case 'dot':
      case 'bdat':
        if (this.#recipients === 0) return '503 5.5.1 Error: need RCPT command'
        if (stage === 'bdat' && !this.#chunkLast) return '250 2.0.0 Ok'
        return Array.from({ length: lmtp ? this.#recipients : 1 }, () => '250 2.0.0 Ok').join('\r\n')
      case 'rset':
      case 'noop':
        return '250 2.0.0 Ok'
      case 'quit':
        return '221 2.0.0 Bye'
      case 'unknown':
        return '500 5.5.1 Error: unknown command'
      case 'body':
        return ''
    }
  }

  /** The state after a stage follows from what was answered, so that a refused MAIL leaves no transaction. */
  #settle(stage: Stage, text: string): void {
    const good = text.startsWith('2')
    if (stage === 'hello' && good) this.#forget()
    else if (stage === 'mail' && good) this.#mail = true
    else if (stage === 'rcpt' && good) this.#recipients++
    else if (stage === 'data' && text.startsWith('354')) this.#mode = 'content'
    else if (stage === 'rset' && good) this.#forget()
    else if (stage === 'dot' || (stage === 'bdat' && this.#chunkLast)) {
      const accepted = /(^|\n)2/.test(text) && this.#recipients > 0
      const octets = Buffer.concat(this.#kept)
      this.#record.messages.push({ octets, length: this.#length, recipients: this.#recipients, accepted })
      this.#forget()
    }
  }

  #forget(): void {
    this.#mail = false
    this.#recipients = 0
    this.#kept = []
    this.#length = 0
    this.#tail = NOTHING
  }

  #act(actions: readonly Action[], normal: string, settle: (text: string) => void, before = ''): void {
    const socket = this.#socket
    let said = before
    const say = (text: string | Uint8Array) => {
      said += typeof text === 'string' ? text : Buffer.from(text).toString('latin1')
      if (socket.writable && text.length > 0)
        socket.write(typeof text === 'string' ? Buffer.from(text, 'latin1') : text)
    }
    socket.cork()
    for (let i = 0; i < actions.length; i++) {
      const action = actions[i]!
      if (action === 'normal') {
        if (normal !== '') say(`${normal}\r\n`)
        if (normal.startsWith('221')) this.#leave()
      } else if (action === 'mute') this.#mute = true
      else if (action === 'stall') socket.pause()
      else if (action === 'half') socket.end()
      else if (action === 'close') {
        this.#mute = true
        socket.destroySoon()
      } else if (action === 'reset') {
        this.#mute = true
        // What was answered before is to arrive: a reset throws away what is still held back here.
        while (socket.writableCorked > 0) socket.uncork()
        this.ended('server')
        socket.resetAndDestroy()
      } else if ('reply' in action) say(`${action.reply}\r\n`)
      else if ('raw' in action) say(action.raw)
      else if ('endless' in action) this.#pour(Buffer.from(action.endless, 'latin1'))
      else {
        this.#busy = true
        const rest = actions.slice(i + 1)
        const cancel = () => clearTimeout(timer)
        const timer = setTimeout(() => {
          socket.off('close', cancel)
          this.#busy = false
          this.#act(rest, normal, settle, said)
          this.#work()
        }, action.wait)
        socket.once('close', cancel)
        socket.uncork()
        return
      }
    }
    socket.uncork()
    settle(said)
  }

  /** FIN after what was said; reading goes on, so that the client's own end of the connection is seen. */
  #leave(): void {
    this.#mute = true
    this.#socket.end()
  }

  #pour(text: Buffer): void {
    this.#mute = true
    const block = Buffer.concat(Array.from({ length: Math.ceil(65536 / text.length) }, () => text))
    const socket = this.#socket
    let left = 4096
    const more = () => {
      while (socket.writable && left-- > 0) if (!socket.write(block)) return
      if (left <= 0) socket.destroy()
    }
    socket.on('drain', more)
    more()
  }

  #work(): void {
    this.#socket.cork()
    while (!this.#busy && !this.#mute && this.#input.length > 0 && this.#step());
    this.#socket.uncork()
  }

  /** Uses up some input; false when more is needed. */
  #step(): boolean {
    if (this.#mode !== 'command') {
      if (!this.#bodySeen) {
        this.#bodySeen = true
        this.enter('body')
        return true
      }
      return this.#mode === 'content' ? this.#content() : this.#chunk()
    }
    const end = this.#input.indexOf(10)
    if (end < 0) return false
    const line = this.#input.toString('latin1', 0, end > 0 && this.#input[end - 1] === 13 ? end - 1 : end)
    this.#input = this.#input.subarray(end + 1)
    this.#record.commands.push(line)
    const stage = VERBS[line.slice(0, 4).toUpperCase()] ?? 'unknown'
    this.#bodySeen = false
    if (stage === 'bdat' && this.#script.extensions?.includes('CHUNKING')) {
      this.#chunkLeft = Number.parseInt(line.slice(5), 10) || 0
      this.#chunkLast = /\sLAST\s*$/i.test(line)
      this.#mode = 'chunk'
      if (this.#chunkLeft === 0) this.#chunkDone()
      return true
    }
    this.enter(stage === 'bdat' ? 'unknown' : stage, line)
    return true
  }

  #keep(octets: Buffer): void {
    if (this.#length < (this.#script.keep ?? 1 << 20)) this.#kept.push(octets)
    this.#length += octets.length
  }

  #content(): boolean {
    // The position after DATA counts as a line's start, and the terminator may be split over reads.
    const before = this.#length === 0 ? Buffer.from('\r\n') : this.#tail
    const joined = Buffer.concat([before, this.#input])
    const at = joined.indexOf(TERMINATOR)
    if (at < 0) {
      this.#keep(this.#input)
      this.#tail = joined.subarray(Math.max(0, joined.length - 4))
      this.#input = NOTHING
      return false
    }
    const used = at + TERMINATOR.length - before.length
    this.#keep(this.#input.subarray(0, used))
    this.#input = this.#input.subarray(used)
    this.#mode = 'command'
    this.enter('dot')
    return true
  }

  #chunk(): boolean {
    const used = Math.min(this.#chunkLeft, this.#input.length)
    this.#keep(this.#input.subarray(0, used))
    this.#input = this.#input.subarray(used)
    this.#chunkLeft -= used
    if (this.#chunkLeft > 0) return false
    this.#chunkDone()
    return true
  }

  #chunkDone(): void {
    this.#mode = 'command'
    this.enter('bdat')
  }
}
