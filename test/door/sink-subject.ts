import assert from 'node:assert/strict'
import { chmodSync, mkdtempSync, readdirSync, readFileSync, rmSync } from 'node:fs'
import { connect, createServer, type Socket } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { built, type Program, type Ran, type Running, start } from '../peer/run-program.js'
import { SinkClient } from './sink-client.js'

/** A program that claims to be smtp-sink. */
export interface SinkSubject {
  readonly program: Program
  /** The distribution's own. */
  readonly original: boolean
}

/** The drop-in door. */
export const SINK_DOOR: Program = { name: 'the door smtp-sink', command: [process.execPath, built('bin/smtp-sink.js')] }

/** The distribution's smtp-sink; argv[0] is the bare name, as a shell would give it. */
export const ORIGINAL_SINK: Program = { name: 'smtp-sink 3.7', command: ['/usr/sbin/smtp-sink'], argv0: 'smtp-sink' }

/** How a sink is started. `%` at the start of a word stands for a fresh directory that everyone may write to. */
export interface SinkCall {
  readonly argv: readonly string[]
  readonly listen?: 'inet' | 'inet6' | 'unix'
  /** Called with the fresh directory before the sink is started; a unix socket will be `s` in it. */
  readonly before?: (directory: string) => void
  /** The arguments as they are: neither a user nor endpoint and backlog are added. */
  readonly bare?: boolean
  readonly env?: { readonly [name: string]: string }
}

/** How a sink ended; in both outputs its name is `P` and the fresh directory `%`. */
export type SinkEnd = Pick<Ran, 'stdout' | 'stderr' | 'code' | 'signal' | 'elapsedMs'>

const PATIENCE_MS = 20_000
let count = 0

/** A started sink. Nothing says that it is ready, and a connection would be counted, so the first client tries until it is let in. */
export class SinkRun {
  readonly endpoint: string
  readonly directory: string
  readonly #running: Running
  readonly #where: { readonly path: string } | { readonly host: string; readonly port: number }
  readonly #clients: SinkClient[] = []
  #stdout = ''
  #changed: () => void = () => {}
  ended = false

  private constructor(running: Running, endpoint: string, directory: string, where: SinkRun['where']) {
    this.#running = running
    this.endpoint = endpoint
    this.directory = directory
    this.#where = where
    running.child.stdout?.on('data', (chunk: Buffer) => {
      this.#stdout += chunk.toString('latin1')
      this.#changed()
    })
    void running.done.then(() => {
      this.ended = true
      this.#changed()
    })
  }

  get where(): { readonly path: string } | { readonly host: string; readonly port: number } {
    return this.#where
  }

  /** Of the process; a program that is run by an interpreter is that. */
  get pid(): number {
    return this.#running.child.pid!
  }

  static async start(program: Program, call: SinkCall, beside?: SinkRun): Promise<SinkRun> {
    const directory = mkdtempSync(join(tmpdir(), 'stampede-sink-'))
    chmodSync(directory, 0o777)
    const where = beside?.where ?? (await freePlace(call.listen ?? 'inet', directory))
    const endpoint =
      'path' in where
        ? `unix:${where.path}`
        : `${where.host.includes(':') ? `[${where.host}]` : where.host}:${where.port}`
    call.before?.(directory)
    const words = call.argv.map((word) => word.replace(/^%/, `${directory}/`))
    const user = process.getuid?.() === 0 && !call.argv.some((word) => word.startsWith('-u')) ? ['-u', 'nobody'] : []
    const args = call.bare === true ? words : [...user, ...words, endpoint, '20']
    const env = call.env === undefined ? {} : { env: call.env }
    return new SinkRun(start(program, args, { timeoutMs: 60_000, ...env }), endpoint, directory, where)
  }

  /** A connection, once there is somebody to take it. */
  async connect(): Promise<SinkClient> {
    for (const until = Date.now() + PATIENCE_MS; ; ) {
      const socket = await attempt(this.#where)
      if (socket !== null) {
        const client = new SinkClient(socket)
        this.#clients.push(client)
        return client
      }
      if (this.ended) assert.fail(`the sink has ended: ${(await this.#running.done).stderr}`)
      assert.ok(Date.now() < until, 'nobody listens')
      await new Promise((resolve) => setTimeout(resolve, 20))
    }
  }

  /** Waits until stdout holds at least this. */
  async counted(text: string): Promise<void> {
    const deadline = setTimeout(() => this.#changed(), PATIENCE_MS)
    const since = Date.now()
    try {
      while (!this.#stdout.includes(text) && !this.ended && Date.now() - since < PATIENCE_MS) {
        await new Promise<void>((resolve) => {
          this.#changed = resolve
        })
      }
    } finally {
      clearTimeout(deadline)
    }
    assert.ok(this.#stdout.includes(text), `${JSON.stringify(text)} in ${JSON.stringify(this.#stdout)}`)
  }

  /** Dump files, by name. */
  files(): Map<string, string> {
    return new Map(this.fileNames().map((name) => [name, readFileSync(join(this.directory, name), 'latin1')]))
  }

  /** Their names alone: what is about to be removed cannot be read. */
  fileNames(): string[] {
    const entries = readdirSync(this.directory, { recursive: true, encoding: 'utf8', withFileTypes: true })
    const files = entries.filter((entry) => entry.isFile()).map((entry) => join(entry.parentPath, entry.name))
    return files.map((path) => path.slice(this.directory.length + 1))
  }

  /** The only file there is. */
  file(): string {
    const files = [...this.files().values()]
    assert.equal(files.length, 1, [...this.files().keys()].join(', '))
    return files[0]!
  }

  /** Waits for its own end. */
  async end(): Promise<SinkEnd> {
    const { stdout, stderr, code, signal, elapsedMs, timedOut } = await this.#running.done
    assert.equal(timedOut, false, 'it ends by itself')
    return { stdout: this.#anonymous(stdout), stderr: this.#anonymous(stderr), code, signal, elapsedMs }
  }

  /** Ends it, as a user would. */
  async stop(signal: NodeJS.Signals = 'SIGTERM'): Promise<SinkEnd> {
    this.#running.kill(signal)
    return this.end()
  }

  async close(): Promise<void> {
    this.#running.kill('SIGKILL')
    await this.#running.done
    for (const client of this.#clients) client.leave()
    rmSync(this.directory, { recursive: true, force: true })
  }

  #anonymous(text: string): string {
    return text
      .replace(/^\S*smtp-sink(\.js)?(?=: )/gm, 'P')
      .replace(/(?<=^P: fatal: usage: )\S*smtp-sink(\.js)?(?= )/gm, 'P')
      .replaceAll(this.directory, '%')
      .replaceAll(this.endpoint, '@')
      .replaceAll(this.endpoint.replace(/^([\d.]+):/, '[$1]:'), '@')
  }
}

/**
 * An address that nobody else has: every sink its own of 127.0.0.0/8, because a port that is taken would be shared, and not refused.
 */
async function freePlace(kind: 'inet' | 'inet6' | 'unix', directory: string): Promise<SinkRun['where']> {
  if (kind === 'unix') return { path: join(directory, 's') }
  count++
  const host = kind === 'inet6' ? '::1' : `127.${100 + (process.pid % 100)}.${count >> 8}.${(count & 255) + 1}`
  const server = createServer()
  await new Promise<void>((resolve, reject) => server.once('error', reject).listen(0, host, resolve))
  const address = server.address()
  await new Promise((resolve) => server.close(resolve))
  if (address === null || typeof address === 'string') throw new Error('no port')
  return { host, port: address.port }
}

/** Null: refused, or no socket there yet. */
function attempt(where: SinkRun['where']): Promise<Socket | null> {
  const options = 'path' in where || where.host.includes(':') ? where : { ...where, localAddress: '127.0.0.1' }
  return new Promise((resolve, reject) => {
    const socket = connect({ ...options, allowHalfOpen: true, noDelay: true } as Parameters<typeof connect>[0] & object)
    socket.once('connect', () => {
      socket.removeAllListeners('error')
      resolve(socket)
    })
    socket.once('error', (error: NodeJS.ErrnoException) => {
      if (['ECONNREFUSED', 'ENOENT', 'EACCES'].includes(error.code ?? '')) resolve(null)
      else reject(error)
    })
  })
}
