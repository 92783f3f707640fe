/** What the main thread and a worker that is profiled say to each other. */
import type { Profiler } from 'node:inspector'
import type { MessagePort } from 'node:worker_threads'

/** What a task that is to be profiled is given besides. */
export interface ProfileAsk {
  /** Microseconds from one sample to the next. */
  readonly intervalUs: number
  /** Takes `ProfileOrder`, gives `ProfileMessage`; closed by the thread when it has said all. */
  readonly port: MessagePort
}

export type ProfileOrder = 'begin' | 'end'

export type ProfileMessage =
  | { readonly kind: 'begun'; readonly mark: ProfileMark }
  | { readonly kind: 'ended'; readonly mark: ProfileMark }
  | { readonly kind: 'profile'; readonly profile: Profiler.Profile }

/** What a thread has used, in microseconds since it began. */
export interface ThreadUse {
  /** What the thread calls itself. */
  readonly name: string
  /** On a core. */
  readonly cpuUs: number
  /** Able to run, and waiting for a core. */
  readonly waitUs: number
}

/** How the process stands at one end of the profiled time. */
export interface ProfileMark {
  /** Microseconds of the monotonic clock, which is that of the profile too. */
  readonly atUs: number
  /** This thread among `threads`; 0 where the system has none to tell. */
  readonly tid: number
  /** Every thread of the process; empty where the system does not account for them. */
  readonly threads: ReadonlyMap<number, ThreadUse>
  /** CPU of the whole process since it began. */
  readonly process: { readonly userUs: number; readonly systemUs: number }
  /** Messages that this thread has done with. */
  readonly messages: number
}
