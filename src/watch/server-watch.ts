/** The server under test: its processes, sampled whenever somebody asks. Synchronous, a few milliseconds for a handful of processes. */
import type { WatchEvent, WatchedServer } from '../measure/watched.js'
import type { ServerEyes, ServerWatchOptions } from './eyes.js'
import { ProcWatch } from './proc-watch.js'
import { PsWatch } from './ps-watch.js'
import type { WatchTarget } from './watch-target.js'

export class ServerWatch implements ServerEyes {
  readonly target: WatchTarget
  readonly #eyes: ServerEyes

  /**
   * Finds the processes; everything that grows counts from now.
   * @throws UsageError when there is nobody to watch
   */
  constructor(target: WatchTarget, options: ServerWatchOptions = {}) {
    this.target = target
    this.#eyes = process.platform === 'linux' ? new ProcWatch(target, options) : new PsWatch(target, options)
  }

  /** What happened so far, in order. */
  get events(): readonly WatchEvent[] {
    return this.#eyes.events
  }

  get notes(): readonly string[] {
    return this.#eyes.notes
  }

  get about(): string {
    return this.#eyes.about
  }

  get pids(): readonly number[] {
    return this.#eyes.pids
  }

  get cores(): number {
    return this.#eyes.cores
  }

  /** Whether those that lead are still there; costs next to nothing, so that a death can be timed well. */
  check(atMs: number): void {
    this.#eyes.check(atMs)
  }

  /** The figures now; `atMs` is what events are timed by. Null: nobody is there. */
  sample(atMs: number): WatchedServer | null {
    return this.#eyes.sample(atMs)
  }
}
