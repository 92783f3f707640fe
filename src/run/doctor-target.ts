/** A look at a server without sending mail: is it there, what does it say, and which ways of sending does it allow. */
import { connect, isIP, type Socket } from 'node:net'
import { connect as secure, type TLSSocket } from 'node:tls'
import { errnoText } from '../base/errno.js'
import { StampedeError, UsageError } from '../base/errors.js'
import type { Endpoint } from '../net/endpoint.js'
import { certificateProblem } from '../net/tls-problems.js'
import type { Target } from '../plan/plan.js'
import type { Finding, Level } from '../report/doctor.js'
import { Extension, readExtensions } from '../smtp/extensions.js'
import { reach } from './reach.js'

export interface TargetLook {
  readonly target: Target
  readonly protocol: 'smtp' | 'lmtp'
  /** TLS from the first octet. */
  readonly implicitTls: boolean
  readonly helo: string
  readonly mayBePublic: boolean
  readonly patienceMs: number
}

/** What ends the look early; what was found until then stands. */
class Trouble extends Error {}

/** What was found, in the order of the conversation. @throws UsageError for a public target that nobody has vouched for */
export async function lookAtTarget(look: TargetLook): Promise<Finding[]> {
  const findings: Finding[] = []
  const find = (name: string, level: Level, value: string, meaning: string | null = null, fix: string | null = null) =>
    void findings.push({ group: 'target', name, level, value, meaning, fix })
  let conversation: Conversation | null = null
  let step = 'name'
  try {
    const began = performance.now()
    const endpoint = await reach(look.target, 0, look.mayBePublic)
    const named = look.target.kind === 'inet' && isIP(look.target.host) === 0
    if (named && endpoint.kind === 'tcp') find('name', 'ok', `${endpoint.address} in ${ms(performance.now() - began)}`)
    step = 'connect'
    const connecting = performance.now()
    conversation = await Conversation.open(endpoint, look.patienceMs)
    find(
      'connect',
      'ok',
      `${endpoint.kind === 'tcp' ? `${endpoint.address} port ${endpoint.port}` : endpoint.path} in ${ms(performance.now() - connecting)}`,
    )
    if (look.implicitTls) {
      step = 'TLS'
      handshake(await conversation.secure(nameOf(look.target)), look.target, find)
    }
    step = 'greeting'
    const waited = performance.now()
    const greeting = await conversation.reply()
    const took = performance.now() - waited
    find(
      'greeting',
      greeting.startsWith('220') ? (took > 1000 ? 'note' : 'ok') : 'fail',
      `${firstLine(greeting)}   in ${ms(took)}`,
      took > 1000
        ? 'It is late on purpose or by looking us up; each new connection waits as long. Keep connections (no --no-reuse).'
        : null,
    )
    if (!greeting.startsWith('220')) throw new Trouble()
    step = look.protocol === 'lmtp' ? 'LHLO' : 'EHLO'
    const hello = await conversation.ask(`${step} ${look.helo}`)
    if (!hello.startsWith('250')) {
      find(
        step,
        look.protocol === 'lmtp' ? 'fail' : 'note',
        firstLine(hello),
        'Without extensions mail goes in lock-step: one command, one reply.',
      )
      throw new Trouble()
    }
    const clear = readExtensions(hello)
    find(step, 'ok', extensionNames(hello).join(' ') || 'no extensions')
    let bits = clear
    if ((clear & Extension.startTls) !== 0) {
      step = 'STARTTLS'
      const go = await conversation.ask('STARTTLS')
      if (!go.startsWith('220'))
        find(step, 'warn', firstLine(go), 'It is offered and refused; leave out --tls starttls.')
      else {
        handshake(await conversation.secure(nameOf(look.target)), look.target, find)
        const inside = await conversation.ask(`${look.protocol === 'lmtp' ? 'LHLO' : 'EHLO'} ${look.helo}`)
        bits |= readExtensions(inside)
        const more = extensionNames(inside).filter((word) => !extensionNames(hello).includes(word))
        if (more.length > 0) find('EHLO in TLS', 'ok', `also ${more.join(' ')}`)
      }
    } else if (!look.implicitTls)
      find('STARTTLS', 'note', 'not offered', 'Mail goes in clear; --tls starttls would fail.')
    modes(bits, clear, look.implicitTls, find)
    await conversation.ask('QUIT').catch(() => '')
  } catch (error) {
    if (error instanceof UsageError) throw error
    if (error instanceof StampedeError) find(step, 'fail', error.message)
    else if (!(error instanceof Trouble))
      find(step, 'fail', errnoText(error as NodeJS.ErrnoException), hintOf(error as NodeJS.ErrnoException))
  } finally {
    conversation?.close()
  }
  return findings
}

type Find = (name: string, level: Level, value: string, meaning?: string | null, fix?: string | null) => void

function handshake(
  { socket, tookMs }: { readonly socket: TLSSocket; readonly tookMs: number },
  target: Target,
  find: Find,
): void {
  const name = nameOf(target)
  find('TLS', 'ok', `${socket.getProtocol()} ${socket.getCipher().name} in ${ms(tookMs)}`)
  const error = socket.authorizationError as (Error & { code?: string }) | string | null
  const wrong = error
    ? Object.assign(new Error(String(error)), { code: typeof error === 'string' ? error : (error.code ?? '') })
    : null
  const problem = certificateProblem(wrong, socket.getPeerX509Certificate(), name)
  if (problem !== null) find('certificate', 'note', problem)
  else find('certificate', 'ok', `good for ${name}`)
}

/** Which ways of sending it allows. */
function modes(bits: number, clear: number, encrypted: boolean, find: Find): void {
  const has = (bit: number) => (bits & bit) !== 0
  find(
    'pipelined',
    has(Extension.pipelining) ? 'ok' : 'note',
    has(Extension.pipelining) ? 'yes' : 'no: lock-step, one command and one reply',
    has(Extension.pipelining) ? null : 'More sessions (-s) make up for the waiting.',
  )
  find(
    'chunked',
    has(Extension.chunking) ? 'ok' : 'note',
    has(Extension.chunking) ? 'yes, --chunking auto --depth 16' : 'no: --chunking require would fail',
  )
  if (has(Extension.auth)) {
    const inClear = encrypted || (clear & Extension.auth) !== 0
    find('AUTH', 'ok', inClear ? 'offered' : 'offered in TLS only')
  }
}

function nameOf(target: Target): string {
  return target.kind === 'inet' ? target.host : 'localhost'
}

function extensionNames(reply: string): string[] {
  return reply
    .split('\n')
    .slice(1)
    .map((line) => line.slice(4).trim())
    .filter((word) => word !== '')
}

/** Printable, and not without end. */
function firstLine(reply: string): string {
  return reply
    .split('\n')[0]!
    .replace(/[^\x20-\x7e]/g, '?')
    .slice(0, 70)
}

function ms(value: number): string {
  return `${Number(value.toPrecision(3))} ms`
}

function hintOf({ code }: NodeJS.ErrnoException): string | null {
  if (code === 'ECONNREFUSED') return 'Nobody listens there.'
  if (code === 'ETIMEDOUT') return 'Nothing came back in time: a firewall, or a machine that is down.'
  return null
}

/** Commands and replies over one connection, at leisure. */
class Conversation {
  #socket: Socket
  readonly #patienceMs: number
  #text = ''
  #wake: () => void = () => {}
  #error: Error | null = null

  private constructor(socket: Socket, patienceMs: number) {
    this.#socket = socket
    this.#patienceMs = patienceMs
    this.#listen(socket)
  }

  static open(endpoint: Endpoint, patienceMs: number): Promise<Conversation> {
    return new Promise((resolve, reject) => {
      const socket = endpoint.kind === 'unix' ? connect(endpoint.path) : connect(endpoint.port, endpoint.address)
      socket.setTimeout(patienceMs, () => socket.destroy(Object.assign(new Error('timed out'), { code: 'ETIMEDOUT' })))
      socket.once('error', reject)
      socket.once('connect', () => {
        socket.off('error', reject)
        resolve(new Conversation(socket, patienceMs))
      })
    })
  }

  #listen(socket: Socket): void {
    const ended = (error: Error | null) => {
      this.#error ??= error ?? new Error('the server closed the connection')
      this.#wake()
    }
    socket.on('data', (chunk: Buffer) => {
      this.#text += chunk.toString('latin1')
      this.#wake()
    })
    socket.on('error', ended)
    socket.on('close', () => ended(null))
  }

  /** The next whole reply, its lines with LFs between. */
  async reply(): Promise<string> {
    for (;;) {
      const found = /^(?:\d{3}-[^\n]*\n)*\d{3}(?: [^\n]*)?\n/.exec(this.#text.replaceAll('\r\n', '\n'))
      if (found !== null) {
        this.#text = this.#text.replaceAll('\r\n', '\n').slice(found[0].length)
        return found[0].trimEnd()
      }
      if (this.#error !== null) throw this.#error
      if (this.#text.length > 65_536 || /^(?!\d{3})[^\n]{3}/.test(this.#text))
        throw new Error('what it says is not SMTP')
      await new Promise<void>((resolve) => {
        this.#wake = resolve
      })
    }
  }

  ask(command: string): Promise<string> {
    this.#socket.write(`${command}\r\n`)
    return this.reply()
  }

  /** From here on in TLS, whoever the other side is. */
  async secure(name: string): Promise<{ readonly socket: TLSSocket; readonly tookMs: number }> {
    const plain = this.#socket
    const began = performance.now()
    plain.removeAllListeners()
    plain.setTimeout(0)
    const socket = secure({ socket: plain, rejectUnauthorized: false, ...(isIP(name) === 0 && { servername: name }) })
    socket.setTimeout(this.#patienceMs, () =>
      socket.destroy(Object.assign(new Error('timed out'), { code: 'ETIMEDOUT' })),
    )
    await new Promise<void>((resolve, reject) => {
      socket.once('error', reject)
      socket.once('secureConnect', () => {
        socket.off('error', reject)
        resolve()
      })
      plain.once('close', () => reject(new Error('the server closed the connection')))
    })
    this.#socket = socket
    this.#listen(socket)
    return { socket, tookMs: performance.now() - began }
  }

  close(): void {
    this.#socket.destroy()
  }
}
