import { type ChildProcess, spawn } from 'node:child_process'
import { once } from 'node:events'
import { createInterface } from 'node:readline'
import { fileURLToPath } from 'node:url'
import { FAULTS, type FaultName } from './leaky-faults.js'

/** What a server with a planted fault says at its end. */
export interface LeakyTotals {
  readonly connections: number
  readonly messages: number
  readonly refused: number
  readonly failedAuth: number
  readonly aborted: number
  readonly keptOctets: number
  readonly descriptors: number
  readonly sockets: number
}

/** A server with a planted fault, in a process of its own; `seed` moves everything that is drawn. */
export class LeakyProcess implements AsyncDisposable {
  readonly pid: number
  readonly port: number
  readonly #child: ChildProcess
  readonly #lines: string[]

  private constructor(child: ChildProcess, port: number, lines: string[]) {
    this.#child = child
    this.pid = child.pid!
    this.port = port
    this.#lines = lines
  }

  static async start(fault: FaultName, seed: number, noise: number = FAULTS[fault].noise): Promise<LeakyProcess> {
    const program = fileURLToPath(new URL('leaky-server.js', import.meta.url))
    const child = spawn(process.execPath, ['--expose-gc', program, fault, String(seed), String(noise)], {
      env: { ...process.env, NODE_OPTIONS: '' },
      stdio: ['ignore', 'pipe', 'inherit'],
    })
    const abandon = (): void => void child.kill('SIGKILL')
    process.once('exit', abandon)
    child.once('close', () => process.off('exit', abandon))
    const lines: string[] = []
    const reader = createInterface({ input: child.stdout! })
    reader.on('line', (line) => lines.push(line))
    const [line] = (await Promise.race([
      once(reader, 'line'),
      once(child, 'close').then(() => Promise.reject(new Error(`the server with fault ${fault} did not start`))),
    ])) as [string]
    return new LeakyProcess(child, Number(line.split(' ')[1]), lines)
  }

  /** Ends it; what it had done. */
  async stop(): Promise<LeakyTotals> {
    const over = once(this.#child, 'close')
    this.#child.kill('SIGTERM')
    await over
    return JSON.parse(this.#lines.at(-1)!) as LeakyTotals
  }

  async [Symbol.asyncDispose](): Promise<void> {
    if (this.#child.exitCode === null && this.#child.signalCode === null) {
      this.#child.kill('SIGKILL')
      await once(this.#child, 'close')
    }
  }
}
