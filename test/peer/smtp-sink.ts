import { closeSync, fstatSync, mkdtempSync, openSync, readSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { freePort, listening } from './port.js'
import { type Program, type Running, start } from './run-program.js'

/** smtp-sink's counters: connections closed, QUITs, messages. */
export interface SinkCount {
  readonly sessions: number
  readonly quits: number
  readonly messages: number
}

export interface SinkOptions {
  readonly protocol?: 'smtp' | 'lmtp'
  readonly listen?: 'inet' | 'unix'
  /** Connections at once. */
  readonly sessions?: number
}

const ORIGINAL_SINK: Program = { name: 'smtp-sink 3.7', command: ['/usr/sbin/smtp-sink'], argv0: 'smtp-sink' }

/** A counting receiver in a process of its own: the distribution's smtp-sink, or a program that takes the same options. */
export class CountingSink implements AsyncDisposable {
  readonly address: string
  readonly port: number
  readonly pid: number
  readonly #running: Running
  readonly #directory: string
  /** What it prints, at each message: a file takes that without waking anybody. */
  readonly #output: number
  #stopped: SinkCount | null = null

  private constructor(running: Running, address: string, port: number, directory: string, output: number) {
    this.#running = running
    this.#output = output
    this.address = address
    this.port = port
    this.pid = running.child.pid ?? 0
    this.#directory = directory
  }

  /** The counters now. */
  get count(): SinkCount {
    return this.#stopped ?? parseCount(this.#said)
  }

  /** The last of what it printed: smtp-sink counts on stdout, ours on stderr, as progress. */
  get #said(): string {
    const tail = Buffer.alloc(2000)
    const length = readSync(this.#output, tail, 0, tail.length, Math.max(0, fstatSync(this.#output).size - tail.length))
    return tail.toString('latin1', 0, length)
  }

  /** Waits until it has seen this many connections end, which it may learn after the client has gone; false after ten seconds. */
  async closed(sessions: number): Promise<boolean> {
    for (let tries = 0; tries < 500; tries++) {
      if (this.count.sessions >= sessions) return true
      await new Promise((resolve) => setTimeout(resolve, 20))
    }
    return false
  }

  static async start(options: SinkOptions = {}, program: Program = ORIGINAL_SINK): Promise<CountingSink> {
    const directory = mkdtempSync(join(tmpdir(), 'stampede-sink-'))
    const port = options.listen === 'unix' ? 0 : await freePort()
    const address = options.listen === 'unix' ? `unix:${join(directory, 's')}` : `127.0.0.1:${port}`
    const args = ['-c', '-m', `${options.sessions ?? 2000}`]
    if (options.protocol === 'lmtp') args.push('-L')
    if (program === ORIGINAL_SINK && process.getuid?.() === 0) args.push('-u', 'nobody')
    const output = openSync(join(directory, 'output'), 'a+')
    const running = start(program, [...args, address, '4096'], { timeoutMs: 600_000, output })
    const self = new CountingSink(running, address, port, directory, output)
    const early = running.done.then((ran) => {
      throw new Error(`${program.name} ended (${ran.code ?? ran.signal}): ${self.#stopped === null ? self.#said : ''}`)
    })
    early.catch(() => {})
    try {
      await Promise.race([early, listening(port > 0 ? { port } : { path: join(directory, 's') })])
    } catch (error) {
      await self.stop()
      throw error
    }
    return self
  }

  /** Ends the sink and reads its last counters; the connection that waited for its start is among the sessions. */
  async stop(): Promise<SinkCount> {
    if (this.#stopped === null) {
      this.#running.kill('SIGTERM')
      await this.#running.done
      this.#stopped = this.count
      closeSync(this.#output)
      rmSync(this.#directory, { recursive: true, force: true })
    }
    return this.#stopped
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.stop()
  }
}

/** The last `sess=S quit=Q mesg=M` of an output of such lines, each ended by CR. */
export function parseCount(stdout: string): SinkCount {
  const last = [...stdout.matchAll(/sess=(\d+) quit=(\d+) mesg=(\d+)(?=[\r\n])/g)].at(-1)
  return { sessions: Number(last?.[1] ?? 0), quits: Number(last?.[2] ?? 0), messages: Number(last?.[3] ?? 0) }
}
