/** The processes that are watched: those that lead, and whoever descends from them. Who belongs once does so to its end, also when its parent ends first. */
import type { ProcessRow, ProcessTable } from './process-table.js'

export interface Member {
  readonly pid: number
  readonly name: string
  readonly startTicks: number
  /** It was found itself, and is not watched for its parent's sake. */
  readonly leads: boolean
}

export class Members {
  /** Parents before their children. */
  readonly #members = new Map<number, Member>()

  /** Those that are gone, parents first; they are no members any more. */
  leave(table: ProcessTable): Member[] {
    const gone = [...this.#members.values()].filter(({ pid, startTicks }) => table.get(pid)?.startTicks !== startTicks)
    for (const { pid } of gone) this.#members.delete(pid)
    return gone
  }

  /** Takes in those that lead, unless they belong already; the new ones. */
  lead(rows: readonly ProcessRow[], table: ProcessTable): Member[] {
    const pids = new Set(rows.map(({ pid }) => pid))
    const own = rows.filter((row) => !this.#members.has(row.pid) && !hasAbove(row, pids, table))
    return own.map((row) => this.#add(row, true))
  }

  /** Takes in whoever descends from a member. */
  descend(table: ProcessTable): void {
    for (let before = -1; before !== this.#members.size; ) {
      before = this.#members.size
      for (const row of table.all())
        if (!this.#members.has(row.pid) && this.#members.has(row.parent)) this.#add(row, false)
    }
  }

  all(): Member[] {
    return [...this.#members.values()]
  }

  has(pid: number): boolean {
    return this.#members.has(pid)
  }

  /** A process may have become another program since it was found. */
  #add({ pid, name, startTicks }: ProcessRow, leads: boolean): Member {
    const member = { pid, name, startTicks, leads }
    this.#members.set(pid, member)
    return member
  }
}

/** Whether one of `pids` is above the process. */
function hasAbove({ parent }: ProcessRow, pids: ReadonlySet<number>, table: ProcessTable): boolean {
  for (let at = parent, steps = 0; at > 0 && steps < 100; steps++) {
    if (pids.has(at)) return true
    at = table.get(at)?.parent ?? 0
  }
  return false
}
