import { readFileSync } from 'node:fs'
import { type Running, SINK, start } from './run-program.js'

/** Totals as `stampede sink --json` prints them at its end; the part that the suites look at. */
export interface ProcessTotals {
  readonly connections: number
  readonly active: number
  readonly closed: number
  readonly quits: number
  readonly messages: number
  readonly recipients: number
  readonly commands: number
  readonly rejected: number
  readonly timeouts: number
  readonly bytesIn: number
  readonly notes: readonly string[]
}

/** Our sink in a process of its own, so that its memory can be told from its clients'. */
export class SinkProcess implements AsyncDisposable {
  readonly port: number
  readonly pid: number
  readonly #running: Running
  #totals: Promise<ProcessTotals> | null = null

  private constructor(running: Running, port: number) {
    this.#running = running
    this.port = port
    this.pid = running.child.pid!
  }

  /** Resolves when it listens. `options` are those of `stampede sink`; it is killed after `lifeMs`. */
  static async start(options: readonly string[] = [], lifeMs = 300_000): Promise<SinkProcess> {
    const running = start(SINK, ['--json', ...options, '127.0.0.1:0'], { timeoutMs: lifeMs })
    // Whatever becomes of this process, that one does not outlive it.
    const abandon = (): void => running.kill()
    process.once('exit', abandon)
    running.child.once('close', () => process.off('exit', abandon))
    let said = ''
    const port = await new Promise<number>((resolve, reject) => {
      running.child.stderr!.on('data', (chunk: Buffer) => {
        said += chunk.toString('latin1')
        const where = /listening on 127\.0\.0\.1:(\d+)\n/.exec(said)
        if (where !== null) resolve(Number(where[1]))
      })
      running.done.then((ran) => reject(new Error(`the sink ended (${ran.code ?? ran.signal}): ${ran.stderr}`)), reject)
    })
    return new SinkProcess(running, port)
  }

  /** Resident memory now, in KiB (Linux). */
  rssKiB(): number {
    return Number(/^VmRSS:\s+(\d+) kB/m.exec(readFileSync(`/proc/${this.pid}/status`, 'latin1'))![1])
  }

  /** Ends it as a terminal would, and reads its totals; rejects when it had died or ends in any other way. */
  stop(): Promise<ProcessTotals> {
    this.#totals ??= this.#end()
    return this.#totals
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.stop()
  }

  async #end(): Promise<ProcessTotals> {
    this.#running.kill('SIGTERM')
    const ran = await this.#running.done
    // Ended by a signal that it heeds: 128 and the signal's number, or nothing special.
    if (ran.signal !== null || ![0, 143].includes(ran.code ?? -1)) {
      throw new Error(`the sink ended with ${ran.signal ?? ran.code}: ${ran.stderr}`)
    }
    return JSON.parse(ran.stdout) as ProcessTotals
  }
}
