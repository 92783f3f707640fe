/** From what is to be watched to the processes that it is: those that lead, whose descendants belong to them. */
import { UsageError } from '../base/errors.js'
import { nearest } from '../base/nearest.js'
import { holdersOf, listenersAt, listenersOn } from './holders.js'
import { namesOf, type ProcessRow, type ProcessTable } from './process-table.js'
import { WATCH_TARGETS, type WatchTarget } from './watch-target.js'

/** Holds sockets for services that it has not started yet, and everything descends from it. */
const SERVICE_MANAGER = 'systemd'

export class Finder {
  readonly #target: WatchTarget
  readonly #table: ProcessTable
  /** Ports of a process that was named by its number: by them whoever takes its place is known. */
  readonly #ports: ReadonlySet<number>
  #inodes = ''

  constructor(target: WatchTarget, table: ProcessTable, ports: ReadonlySet<number> = new Set()) {
    this.#target = target
    this.#table = table
    this.#ports = ports
  }

  /**
   * Looks everywhere.
   * @throws UsageError, beginning with `label`, when there is nobody
   */
  first(label: string): ProcessRow[] {
    const target = this.#target
    const wrong = (why: string) => new UsageError(`${label}: ${why}${why.endsWith('?') ? '' : '.'}`)
    const [found, denied] = this.#everywhere()
    if (found.length > 0) return found
    switch (target.kind) {
      case 'pid': {
        const listens = target.pid <= 65_535 && listenersOn(target.pid, null).length > 0
        throw wrong(
          `there is no process ${target.pid}; ${listens ? `for the server on that port give :${target.pid}` : `give ${WATCH_TARGETS}`}`,
        )
      }
      case 'name': {
        const meant = nearest(target.name, new Set([...this.#table.all()].map(({ name }) => name)))
        throw wrong(
          `no process is called '${target.name}'; ${meant ? `did you mean '${meant}'?` : `give ${WATCH_TARGETS}`}`,
        )
      }
      default: {
        const where = target.kind === 'port' ? `port ${target.port}` : target.path
        if (this.#sockets().size === 0) throw wrong(`nobody on this machine listens on ${where}; give ${WATCH_TARGETS}`)
        throw wrong(
          denied > 0
            ? `who listens on ${where} cannot be seen from this account; give its process number, or run as root or as the server's user`
            : `whoever listens on ${where} is not among this machine's processes; give a process number`,
        )
      }
    }
  }

  /** Those who have come since, among the processes that are new; everywhere where `lost` says that nobody is left or the sockets are others. */
  later(young: readonly ProcessRow[], lost: boolean): ProcessRow[] {
    const target = this.#target
    if (target.kind === 'name') return this.#named(lost ? this.#table.all() : young)
    if (target.kind === 'pid' && (!lost || this.#ports.size === 0)) return []
    const sockets = this.#sockets()
    const key = [...sockets].sort().join()
    const others = key !== this.#inodes
    this.#inodes = key
    const rows = lost || others ? [...this.#table.all()] : young
    return this.#holding(sockets, rows)[0]
  }

  #everywhere(): [ProcessRow[], number] {
    const target = this.#target
    if (target.kind === 'pid') {
      const row = this.#table.get(target.pid)
      return [row === undefined ? [] : [row], 0]
    }
    if (target.kind === 'name') return [this.#named(this.#table.all()), 0]
    const sockets = this.#sockets()
    this.#inodes = [...sockets].sort().join()
    return this.#holding(sockets, [...this.#table.all()])
  }

  #sockets(): Set<number> {
    const target = this.#target
    switch (target.kind) {
      case 'port':
        return new Set(listenersOn(target.port, target.address).map(({ inode }) => inode))
      case 'path':
        return new Set(listenersAt(target.path))
      default:
        return new Set([...this.#ports].flatMap((port) => listenersOn(port, null).map(({ inode }) => inode)))
    }
  }

  #holding(sockets: ReadonlySet<number>, rows: readonly ProcessRow[]): [ProcessRow[], number] {
    const { pids, denied } = holdersOf(
      sockets,
      rows.map(({ pid }) => pid),
    )
    const holders = pids.flatMap((pid) => this.#table.get(pid) ?? []).filter(({ name }) => name !== SERVICE_MANAGER)
    // This process holds what it serves itself; it is meant only where nobody else is.
    const others = holders.filter(({ pid }) => pid !== process.pid)
    return [others.length > 0 ? others : holders, denied]
  }

  #named(rows: Iterable<ProcessRow>): ProcessRow[] {
    const { name } = this.#target as Extract<WatchTarget, { kind: 'name' }>
    return [...rows].filter((row) => row.pid !== process.pid && namesOf(row).includes(name))
  }
}
