/** Sums over processes that come and go. They only grow. */
import type { Growing, ProcessFigures } from './process-figures.js'

const NAMES = ['userMs', 'systemMs', 'read', 'written'] as const
type Sums = { -readonly [name in keyof Growing]: number }
const NOTHING: Growing = { userMs: 0, systemMs: 0, read: 0, written: 0 }

interface Account {
  parent: number
  readonly base: Growing
  last: Growing
  inherits: boolean
}

/**
 * What each process used since it came to be watched. When a child ends and its parent waits for it, the kernel adds all that it ever used to the
 * parent, so its own account is closed: what it had used before it was watched is taken off, and nothing is counted twice. Where nobody waits, what was
 * seen last stays counted.
 */
export class Accounts {
  readonly #open = new Map<number, Account>()
  readonly #closed: Sums = { ...NOTHING }
  readonly #most: Sums = { ...NOTHING }

  /** A process that was there before the watch counts from now; one that was born under it from its birth. */
  open(pid: number, { stat, growing, ignoresChildren }: ProcessFigures, born: boolean): void {
    const base = born ? NOTHING : growing
    this.#open.set(pid, { parent: stat.parent, base, last: growing, inherits: !ignoresChildren })
  }

  knows(pid: number): boolean {
    return this.#open.has(pid)
  }

  read(pid: number, { stat, growing, ignoresChildren }: ProcessFigures): void {
    const account = this.#open.get(pid)
    if (account === undefined) return
    account.parent = stat.parent
    account.last = growing
    account.inherits = !ignoresChildren
  }

  /** It has ended; a parent's figures that are read from now on hold its own. Of those that ended together parents are closed first: they inherited nothing. */
  close(pid: number): void {
    const account = this.#open.get(pid)
    if (account === undefined) return
    this.#open.delete(pid)
    const parent = this.#open.get(account.parent)
    const inherited = parent?.inherits === true
    for (const name of NAMES) this.#closed[name] += (inherited ? 0 : account.last[name]) - account.base[name]
  }

  get sums(): Growing {
    const sums = { ...this.#closed }
    for (const { base, last } of this.#open.values()) for (const name of NAMES) sums[name] += last[name] - base[name]
    // Figures of several files are of slightly different moments.
    for (const name of NAMES) this.#most[name] = Math.max(this.#most[name], sums[name])
    return { ...this.#most }
  }
}

interface Switches {
  readonly voluntary: number
  readonly involuntary: number
}

/** Switches, which no parent inherits: of each thread what was seen last is kept. */
export class SwitchAccounts {
  readonly #processes = new Map<number, ReadonlyMap<number, Switches>>()
  #voluntary = 0
  #involuntary = 0

  /** Some or all threads of a process, by number; what those did that were there when the watch began counts from then. */
  read(pid: number, threads: ReadonlyMap<number, Switches>, born: boolean): void {
    const before = this.#processes.get(pid)
    for (const [thread, { voluntary, involuntary }] of threads) {
      const old = before?.get(thread)
      if (old === undefined && before === undefined && !born) continue
      this.#voluntary += Math.max(0, voluntary - (old?.voluntary ?? 0))
      this.#involuntary += Math.max(0, involuntary - (old?.involuntary ?? 0))
    }
    this.#processes.set(pid, threads)
  }

  close(pid: number): void {
    this.#processes.delete(pid)
  }

  get sums(): Switches {
    return { voluntary: this.#voluntary, involuntary: this.#involuntary }
  }
}
