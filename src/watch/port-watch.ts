/** The server's sockets: those on its ports by state, and its accept queue. */
import { spawnSync } from 'node:child_process'
import type { WatchedServer } from '../measure/watched.js'
import { linkOf, octetsOf, textOf } from './proc-file.js'
import { parseListenOverflows } from './proc-text.js'
import { type Listener, parseSsLimits, tallyTcp } from './tcp-table.js'
import { Thrift } from './thrift.js'

export type SocketReading = Pick<WatchedServer, 'sockets' | 'accept'>

export class PortWatch {
  readonly #given: ReadonlySet<number>
  readonly #preferred: number | null
  #ports: ReadonlySet<number>
  #net = '/proc/net'
  readonly #tables = new Thrift<SocketReading>()
  #overflows: number | null = null
  #limits: { readonly key: string; readonly limit: number } | null = null

  /** `ports`: where the server is known to listen; empty: wherever its processes do, but only on `preferred` if that is one of them. */
  constructor(ports: ReadonlySet<number>, preferred: number | null = null) {
    this.#given = ports
    this.#preferred = preferred
    this.#ports = ports
  }

  /** The ports that were meant, or found. */
  get ports(): ReadonlySet<number> {
    return this.#ports
  }

  /** Milliseconds of a look, where it is so dear that it is taken less often; else null. */
  get dear(): number | null {
    return this.#tables.dear
  }

  /** Sees the network as the process does: it may be in a namespace of its own. */
  enter(pid: number): void {
    const net = `/proc/${pid}/net`
    const changed = net !== this.#net
    this.#net = textOf(`${net}/tcp`) === '' ? '/proc/net' : net
    if (changed) this.#overflows = null
    this.#overflows ??= parseListenOverflows(textOf(`${this.#net}/netstat`))
  }

  /** `own` are the sockets that its processes hold; null: that may not be seen. */
  read(own: ReadonlySet<number> | null): SocketReading {
    return this.#tables.read(() => this.#look(own))
  }

  #look(own: ReadonlySet<number> | null): SocketReading {
    const tables = [octetsOf(`${this.#net}/tcp`), octetsOf(`${this.#net}/tcp6`)]
    if (this.#given.size === 0 && own !== null) this.#find(tallyTcp(tables, new Set()).listeners, own)
    if (this.#ports.size === 0) return { sockets: null, accept: null }
    const { listeners, sockets } = tallyTcp(tables, this.#ports)
    return { sockets, accept: this.#accept(listeners.filter(({ port }) => this.#ports.has(port))) }
  }

  #find(listeners: readonly Listener[], own: ReadonlySet<number>): void {
    const found = listeners.filter(({ inode }) => own.has(inode)).map(({ port }) => port)
    if (this.#preferred !== null && found.includes(this.#preferred)) this.#ports = new Set([this.#preferred])
    // Where it listened once its connections are still counted.
    else if (!this.#ports.has(this.#preferred ?? 0)) this.#ports = new Set([...this.#ports, ...found])
  }

  #accept(listeners: readonly Listener[]): SocketReading['accept'] {
    const now = parseListenOverflows(textOf(`${this.#net}/netstat`))
    return {
      waiting: listeners.reduce((sum, { waiting }) => sum + waiting, 0),
      limit: this.#limit(listeners),
      overflows: now === null || this.#overflows === null ? 0 : Math.max(0, now - this.#overflows),
    }
  }

  /** Asked of `ss` once for each set of listeners: /proc does not tell it. Where that cannot be had the kernel's own bound stands for each. */
  #limit(listeners: readonly Listener[]): number {
    const key = listeners.map(({ inode }) => inode).join()
    if (this.#limits?.key !== key) {
      const bound = Number(textOf('/proc/sys/net/core/somaxconn')) || 128
      const told = this.#sees() && listeners.length > 0 ? parseSsLimits(runSs()) : new Map<number, number>()
      const ports = new Set(listeners.map(({ port }) => port))
      let limit = 0
      for (const port of ports) limit += told.get(port) ?? bound * listeners.filter((one) => one.port === port).length
      this.#limits = { key, limit }
    }
    return this.#limits.limit
  }

  /** Whether `ss`, started from here, sees the same network. */
  #sees(): boolean {
    const other = /^\/proc\/\d+(?=\/net$)/.exec(this.#net)?.[0]
    return other === undefined || linkOf(`${other}/ns/net`) === linkOf('/proc/self/ns/net')
  }
}

function runSs(): string {
  const done = spawnSync('ss', ['-ltnH'], { encoding: 'latin1', timeout: 1000, stdio: ['ignore', 'pipe', 'ignore'] })
  return done.status === 0 ? done.stdout : ''
}
