/** Linux' perf, from outside: records processes for as long as it is let, then tells their stacks. */
import { type ChildProcess, spawn, spawnSync } from 'node:child_process'
import { once } from 'node:events'
import { rmSync } from 'node:fs'
import { createInterface } from 'node:readline'
import { type PerfSample, PerfScript } from './perf-script.js'

/** Hardware counters are missing on many virtual machines; the clock is always there. */
const EVENTS = ['cpu-clock', 'cpu-clock:u'] as const
/** Above it the kernel throttles by default, and the recording itself weighs. */
const MOST_HZ = 4999
const FIELDS = 'comm,pid,tid,time,period,event,ip,sym,dso'
const PATIENCE_MS = 5000

/** A sentence why there is no perf to be had here, and what to install; null: there is. */
export function lackOfPerf(platform: NodeJS.Platform = process.platform): string | null {
  if (platform !== 'linux') return 'perf is of Linux only; leave it out here'
  const tried = spawnSync('perf', ['--version'], { stdio: 'ignore' })
  if (tried.status === 0) return null
  return 'the program perf is missing; install it (Debian: linux-perf, Ubuntu: linux-tools-generic, Fedora: perf), or leave this out'
}

/** One recording. */
export class PerfRecord {
  readonly #pids: readonly number[]
  readonly #file: string
  readonly #hz: number
  readonly #event: string
  #child: ChildProcess | null = null
  #closed: Promise<unknown> = Promise.resolve()
  #errors = ''

  /** Of these processes and what they start, every `intervalUs` on a core, into `file`. */
  constructor(pids: readonly number[], intervalUs: number, file: string) {
    this.#pids = pids
    this.#file = file
    this.#event = mayLookIntoKernel() ? EVENTS[0] : EVENTS[1]
    this.#hz = Math.min(MOST_HZ, Math.max(1, Math.round(1e6 / intervalUs)))
  }

  begin(): void {
    const args = [
      'record',
      '-q',
      '-g',
      '-e',
      this.#event,
      '-F',
      String(this.#hz),
      '-p',
      this.#pids.join(','),
      '-o',
      this.#file,
    ]
    // In a group of its own: Ctrl-C is for the run, and this one is told when that has ended.
    const child = spawn('perf', args, { stdio: ['ignore', 'ignore', 'pipe'], detached: true })
    this.#closed = Promise.race([once(child, 'close'), once(child, 'error')])
    child.stderr!.setEncoding('utf8').on('data', (text: string) => {
      if (this.#errors.length < 4000) this.#errors += text
    })
    this.#child = child
  }

  end(): void {
    this.#child?.kill('SIGINT')
  }

  /** Hands over every sample; a sentence if it came to nothing. Rejects never. */
  async read(give: (sample: PerfSample) => void): Promise<string | null> {
    if (this.#child === null) return 'perf was not started: the run was over before'
    this.end()
    const hard = setTimeout(() => this.#child?.kill('SIGKILL'), PATIENCE_MS)
    await this.#closed
    clearTimeout(hard)
    const script = new PerfScript(give)
    const child = spawn('perf', ['script', '-i', this.#file, '-F', FIELDS], { stdio: ['ignore', 'pipe', 'ignore'] })
    const failed = once(child, 'error').then(() => 1)
    const closed = once(child, 'close').then(([code]) => Number(code))
    for await (const line of createInterface({ input: child.stdout! })) script.line(line)
    script.end()
    const status = await Promise.race([failed, closed])
    rmSync(this.#file, { force: true })
    return status === 0 ? null : `perf recorded nothing: ${this.#errors.trim().split('\n')[0] || `status ${status}`}`
  }

  async abandon(): Promise<void> {
    this.end()
    await this.#closed
    rmSync(this.#file, { force: true })
  }
}

/** perf_event_paranoid above 1 shuts the kernel to those who are not root (proc(5), CAP_PERFMON). */
function mayLookIntoKernel(): boolean {
  const tried = spawnSync('perf', ['record', '-q', '-e', EVENTS[0], '-o', '/dev/null', '--', 'true'], {
    stdio: 'ignore',
  })
  return tried.status === 0
}
