/** What a system has to be able to show of the processes under test. */
import type { WatchEvent, WatchedServer } from '../measure/watched.js'

export interface ServerWatchOptions {
  /** What errors begin with; `--watch` when left out. */
  readonly label?: string
  /** Of several ports that the processes listen on, the one whose sockets are meant; null: all. */
  readonly port?: number | null
}

/** How a system shows its processes. */
export interface ServerEyes {
  readonly events: readonly WatchEvent[]
  /** Sentences on what could not be seen, or not always. */
  readonly notes: readonly string[]
  /** Who is watched now, in a few words. */
  readonly about: string
  readonly pids: readonly number[]
  /** CPUs that the processes may use; less than one under a quota. */
  readonly cores: number
  check(atMs: number): void
  sample(atMs: number): WatchedServer | null
}
