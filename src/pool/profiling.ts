/** CPU profiles of a run: the main thread's own, and what it hears of its workers'. */
import { once } from 'node:events'
import type { Profiler } from 'node:inspector'
import { MessageChannel, type MessagePort } from 'node:worker_threads'
import { monotonicMs } from '../base/clock.js'
import type { ProfileAsk, ProfileMark, ProfileMessage, ProfileOrder } from '../worker/profile-talk.js'
import type { ThreadProfiler } from '../worker/thread-profile.js'

/** What the main thread is called among the others. */
export const MAIN = 'main'

/** The profile of one thread, and how the process stood at both ends of it. */
export interface ThreadProfile {
  /** `MAIN` or `worker N`. */
  readonly name: string
  readonly profile: Profiler.Profile
  readonly from: ProfileMark
  readonly to: ProfileMark
}

export interface ProfilingOptions {
  /** Microseconds from one sample to the next. */
  readonly intervalUs: number
  /** When it begins, in milliseconds of the run; null: when the warm-up of the plan is over, or after `settleMs` without one. */
  readonly afterMs: number | null
  readonly settleMs: number
  /** How long it lasts at most; null: to the end of the run. */
  readonly forMs: number | null
  /** Called when the profiled time begins, and when it ends. */
  readonly began?: () => void
  readonly ended?: () => void
}

interface Member {
  readonly name: string
  readonly port: MessagePort
  readonly closed: Promise<unknown>
  from: ProfileMark | null
  to: ProfileMark | null
  profile: Profiler.Profile | null
}

/** One run's. Workers `join` it, the run says when it `started`, and when it is over `collect` has everything. */
export class Profiling {
  readonly #options: ProfilingOptions
  readonly #members: Member[] = []
  readonly #timers: NodeJS.Timeout[] = []
  #main: ThreadProfiler | null = null
  #from: ProfileMark | null = null
  #to: ProfileMark | null = null

  constructor(options: ProfilingOptions) {
    this.#options = options
  }

  /** Loads what sampling takes, so that its beginning waits for nothing. */
  async prepare(): Promise<void> {
    const { ThreadProfiler } = await import('../worker/thread-profile.js')
    this.#main = new ThreadProfiler(this.#options.intervalUs, () => 0)
  }

  /** What a worker's task is to be given; its port goes into the transfer list. */
  join(worker: number): ProfileAsk {
    const { port1, port2 } = new MessageChannel()
    const member: Member = {
      name: `worker ${worker}`,
      port: port1,
      closed: once(port1, 'close'),
      from: null,
      to: null,
      profile: null,
    }
    this.#members.push(member)
    port1.on('message', (message: ProfileMessage) => this.#hear(member, message))
    return { intervalUs: this.#options.intervalUs, port: port2 }
  }

  /** The run began at `startAt` (milliseconds of the monotonic clock) and has this warm-up. */
  started(startAt: number, warmupMs: number): void {
    const { afterMs, settleMs, forMs } = this.#options
    const wait = (afterMs ?? (warmupMs > 0 ? warmupMs : settleMs)) - (monotonicMs() - startAt)
    this.#timers.push(setTimeout(() => this.#begin(), Math.max(0, wait)))
    if (forMs !== null) this.#timers.push(setTimeout(() => this.#end(), Math.max(0, wait) + forMs))
  }

  /** The profiled time ends now, if it has not yet: before what is only the end of the run. */
  stop(): void {
    this.#end()
  }

  /** Everything, once every worker has ended; of threads that were sampled. Empty when the run was over before it began. */
  async collect(): Promise<ThreadProfile[]> {
    for (const timer of this.#timers) clearTimeout(timer)
    // A worker that waits for orders holds its end of the port; this is the last one.
    this.#order('end')
    await Promise.all(this.#members.map(({ closed }) => closed))
    const profiles: ThreadProfile[] = []
    if (this.#from !== null) {
      this.#markEnd()
      profiles.push({ name: MAIN, profile: this.#main!.take(), from: this.#from, to: this.#to! })
    }
    for (const { name, from, to, profile } of this.#members)
      if (from !== null && to !== null && profile !== null) profiles.push({ name, profile, from, to })
    return profiles
  }

  #begin(): void {
    if (this.#from !== null) return
    this.#options.began?.()
    this.#from = this.#main!.begin()
    this.#order('begin')
  }

  #end(): void {
    if (this.#from === null || this.#to !== null) return
    this.#markEnd()
    this.#order('end')
  }

  #markEnd(): void {
    if (this.#to !== null) return
    this.#to = this.#main!.mark()
    this.#options.ended?.()
  }

  #order(order: ProfileOrder): void {
    for (const { port } of this.#members) port.postMessage(order)
  }

  #hear(member: Member, message: ProfileMessage): void {
    if (message.kind === 'begun') {
      member.from = message.mark
      // To start the sampler costs a thread some CPU: what the process used is counted from when all have done so.
      if (this.#members.every(({ from }) => from !== null)) this.#from = this.#main!.mark()
    } else if (message.kind === 'profile') member.profile = message.profile
    else {
      member.to = message.mark
      // The last of them: what follows is sorting of samples, and belongs to nothing.
      if (this.#members.every(({ to }) => to !== null)) this.#markEnd()
    }
  }
}
