/** A thread's CPU profile of itself, by V8's sampler. Loaded where one is asked for; nothing of it is on the message path. */
import { readdirSync, readFileSync, readlinkSync } from 'node:fs'
import { type Profiler, Session } from 'node:inspector'
import type { MessagePort } from 'node:worker_threads'
import { monotonicMs } from '../base/clock.js'
import type { ProfileAsk, ProfileMark, ProfileMessage, ProfileOrder, ThreadUse } from './profile-talk.js'

/** Samples the thread that makes it: `begin`, as many marks as are wanted, then `take`. */
export class ThreadProfiler {
  readonly #session = new Session()
  readonly #messages: () => number

  /** `messages` tells how many the thread has done with so far. */
  constructor(intervalUs: number, messages: () => number) {
    this.#messages = messages
    this.#session.connect()
    this.#session.post('Profiler.enable')
    this.#session.post('Profiler.setSamplingInterval', { interval: intervalUs })
  }

  /** Starts the sampler; the mark is made when it runs, so that its start is in no figure. */
  begin(): ProfileMark {
    this.#session.post('Profiler.start')
    return this.mark()
  }

  mark(): ProfileMark {
    return markNow(this.#messages())
  }

  /** Stops the sampler, which takes a while; what it says covers the marks and a little more. */
  take(): Profiler.Profile {
    let taken: Profiler.Profile | undefined
    // In the same thread a session answers before `post` returns.
    this.#session.post('Profiler.stop', (_, answer) => {
      taken = answer?.profile
    })
    this.#session.disconnect()
    return taken ?? { nodes: [], startTime: 0, endTime: 0, samples: [], timeDeltas: [] }
  }
}

/** A worker's side: does as it is told through the port. Call `end` when the work is over, before anything is torn down. */
export class ProfiledThread {
  readonly #port: MessagePort
  readonly #profiler: ThreadProfiler
  #state: 'waiting' | 'sampling' | 'over' = 'waiting'

  constructor({ port, intervalUs }: ProfileAsk, messages: () => number) {
    this.#port = port
    this.#profiler = new ThreadProfiler(intervalUs, messages)
    port.on('message', (order: ProfileOrder) => (order === 'begin' ? this.#begin() : this.end()))
  }

  #begin(): void {
    if (this.#state !== 'waiting') return
    this.#state = 'sampling'
    this.#say({ kind: 'begun', mark: this.#profiler.begin() })
  }

  end(): void {
    if (this.#state === 'over') return
    const sampling = this.#state === 'sampling'
    this.#state = 'over'
    if (sampling) {
      this.#say({ kind: 'ended', mark: this.#profiler.mark() })
      this.#say({ kind: 'profile', profile: this.#profiler.take() })
    }
    this.#port.close()
  }

  #say(message: ProfileMessage): void {
    this.#port.postMessage(message)
  }
}

/** Reading costs CPU itself: the process is looked at before and behind it, and the middle taken. */
function markNow(messages: number): ProfileMark {
  const atUs = monotonicMs() * 1000
  const before = process.cpuUsage()
  const threads = threadsNow()
  const behind = process.cpuUsage()
  const userUs = (before.user + behind.user) / 2
  const systemUs = (before.system + behind.system) / 2
  return { atUs, tid: threadId(), threads, process: { userUs, systemUs }, messages }
}

function threadId(): number {
  try {
    return Number(readlinkSync('/proc/thread-self').split('/').at(-1))
  } catch {
    return 0
  }
}

/** Linux only, and only where the kernel keeps these figures (CONFIG_SCHED_INFO): nanoseconds on a core, and waiting for one. */
function threadsNow(): Map<number, ThreadUse> {
  const threads = new Map<number, ThreadUse>()
  try {
    for (const tid of readdirSync('/proc/self/task')) {
      try {
        const [cpu = '', wait = ''] = readFileSync(`/proc/self/task/${tid}/schedstat`, 'latin1').split(' ')
        const name = readFileSync(`/proc/self/task/${tid}/comm`, 'latin1').trim()
        threads.set(Number(tid), { name, cpuUs: Number(cpu) / 1000, waitUs: Number(wait) / 1000 })
      } catch {
        // It has ended meanwhile.
      }
    }
  } catch {
    // No /proc here.
  }
  return threads
}
