// The same by the processor's own counter, where the machine shows it: perf attaches to the running program between two messages.
import { spawn, spawnSync } from 'node:child_process'
import { once } from 'node:events'
import { readdirSync } from 'node:fs'
import { setTimeout as sleep } from 'node:timers/promises'
import { root } from '../build.mjs'
import { environment } from '../machine.mjs'

const EVENT = 'instructions:u'

/** Virtual machines often show none. */
export function hasCounter() {
  const done = spawnSync('perf', ['stat', '-x,', '-e', EVENT, 'true'], { encoding: 'utf8', env: environment })
  return done.status === 0 && /^\d+,/m.test(done.stderr)
}

export class PerfCounter {
  constructor(argv) {
    this.stderr = ''
    this.child = spawn(argv[0], argv.slice(1), { cwd: root, env: environment, stdio: ['ignore', 'ignore', 'pipe'] })
    this.child.stderr.setEncoding('utf8').on('data', (text) => {
      this.stderr += text
    })
    this.closed = new Promise((resolve) => {
      this.child.once('close', resolve)
    })
    this.abandon = () => this.child.kill('SIGKILL')
    process.once('exit', this.abandon)
  }

  /** What was executed since the last look, by thread. The main thread is 1, as callgrind has it. */
  async look() {
    await sleep(500)
    const counted = await this.stop()
    const threads = readdirSync(`/proc/${this.child.pid}/task`).map(Number)
    this.stat = spawn('perf', ['stat', '-x,', '--per-thread', '-e', EVENT, '-t', threads.join(',')], {
      env: environment,
      stdio: ['ignore', 'ignore', 'pipe'],
    })
    this.told = ''
    this.stat.stderr.setEncoding('utf8').on('data', (text) => {
      this.told += text
    })
    await sleep(500)
    return counted
  }

  /** `node-4711,12345,,instructions:u,…` for each thread. The processor does not say whose they were: the allocator's are in the whole. */
  async stop() {
    if (this.stat === undefined) return new Map()
    this.stat.kill('SIGINT')
    await once(this.stat, 'close')
    const threads = new Map()
    for (const [, tid, value] of this.told.matchAll(/^.*-(\d+),(\d+),/gm))
      threads.set(Number(tid) === this.child.pid ? 1 : Number(tid), { all: Number(value), allocator: 0 })
    return threads
  }

  async end() {
    this.stat?.kill('SIGKILL')
    this.child.kill('SIGKILL')
    await this.closed
    process.off('exit', this.abandon)
  }
}
