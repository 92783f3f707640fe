/** The server's processes as Linux's /proc shows them. */
import { availableParallelism } from 'node:os'
import type { WatchEvent, WatchedServer } from '../measure/watched.js'
import { Accounts, SwitchAccounts } from './accounts.js'
import { Cgroup } from './cgroup.js'
import { type DescriptorReading, readDescriptors } from './descriptors.js'
import type { ServerEyes, ServerWatchOptions } from './eyes.js'
import { Finder } from './finder.js'
import { type Member, Members } from './members.js'
import { PortWatch, type SocketReading } from './port-watch.js'
import { DENIED, textOf } from './proc-file.js'
import { parsePidStat, TICKS_PER_SECOND } from './proc-text.js'
import { figuresOf, type ProcessFigures, pssOf, threadSwitches } from './process-figures.js'
import { ProcessTable } from './process-table.js'
import { Thrift } from './thrift.js'
import { portsMeant, type WatchTarget } from './watch-target.js'

interface Read {
  readonly member: Member
  readonly figures: ProcessFigures
}

export class ProcWatch implements ServerEyes {
  readonly events: WatchEvent[] = []
  readonly #target: WatchTarget
  readonly #table = new ProcessTable()
  readonly #members = new Members()
  readonly #accounts = new Accounts()
  readonly #switches = new SwitchAccounts()
  readonly #sockets: PortWatch
  readonly #bornAfter: number
  readonly #pss = new Thrift<number | null>()
  readonly #descriptors = new Thrift<DescriptorReading>()
  readonly #threads = new Thrift<void>()
  readonly #cgroup: Cgroup
  readonly #notes = new Set<string>()
  /** Leaders that were seen to have ended while their place in the table is not empty yet. */
  readonly #dead = new Set<number>()
  #lost = false
  #diskDenied = false
  cores: number

  /** @throws UsageError when there is nobody to watch */
  constructor(target: WatchTarget, { label = '--watch', port = null }: ServerWatchOptions = {}) {
    this.#target = target
    this.#bornAfter = Math.floor(Number(textOf('/proc/uptime').split(' ')[0]) * TICKS_PER_SECOND)
    this.#table.scan()
    const leaders = this.#members.lead(new Finder(target, this.#table).first(label), this.#table)
    this.#sockets = new PortWatch(portsMeant(target), port)
    const [first] = leaders as [Member]
    this.#cgroup = new Cgroup(first.pid)
    this.#members.descend(this.#table)
    this.cores = this.#coresOf(first.pid)
    this.#begin()
  }

  get about(): string {
    const members = this.#members.all()
    const leaders = members.filter(({ leads }) => leads)
    const [first] = leaders
    if (first === undefined) return 'nobody'
    const many = leaders.length > 1 ? `${leaders.length} × ${first.name}` : `${first.name} (process ${first.pid})`
    const below = members.length - leaders.length
    const ports = [...this.#sockets.ports]
    return [
      `${many}${below > 0 ? ` and ${below} below ${leaders.length > 1 ? 'them' : 'it'}` : ''}`,
      ...(ports.length > 0 ? [`port ${ports.join(', ')}`] : []),
    ].join(', ')
  }

  get pids(): number[] {
    return this.#members.all().map(({ pid }) => pid)
  }

  get notes(): string[] {
    const dear = [
      ['descriptors', this.#descriptors.dear],
      ['PSS', this.#pss.dear],
      ['sockets', this.#sockets.dear],
      ['switches of threads', this.#threads.dear],
    ] as const
    return [
      ...this.#notes,
      ...dear.flatMap(([what, ms]) =>
        ms === null ? [] : [`not read at each sample, for a reading takes ${Math.ceil(ms)} ms: ${what} of the server`],
      ),
    ]
  }

  check(atMs: number): void {
    for (const member of this.#members.all()) {
      if (!member.leads || this.#dead.has(member.pid)) continue
      const stat = parsePidStat(textOf(`/proc/${member.pid}/stat`))
      if (stat !== null && stat.startTicks === member.startTicks && stat.state !== 'Z' && stat.state !== 'X') continue
      this.#table.doubt(member.pid)
      this.#died(member, atMs)
    }
  }

  sample(atMs: number): WatchedServer | null {
    this.check(atMs)
    const young = this.#table.scan()
    for (const member of this.#members.leave(this.#table)) {
      const { pid } = member
      // It has ended since it was looked for, a moment ago.
      if (member.leads && !this.#dead.has(pid)) this.#died(member, atMs)
      this.#accounts.close(pid)
      this.#switches.close(pid)
      this.#dead.delete(pid)
    }
    this.#members.descend(this.#table)
    const finder = this.#finder
    for (const member of this.#members.lead(finder.later(young, this.#lost || this.pids.length === 0), this.#table))
      this.#came(member, atMs)
    this.#members.descend(this.#table)
    const all = this.#read()
    // One that has ended and was not waited for yet has its CPU still, and nothing else.
    const alive = all.filter(({ figures }) => figures.stat.state !== 'Z')
    // Whoever leads may have ended only now: a sample without it comes with the word of its end.
    if (alive.length < this.pids.length) this.check(atMs)
    return alive.length === 0 ? null : this.#figures(alive)
  }

  #finderMade: Finder | null = null

  /** Made late: by which ports a process number can be followed is known only when its sockets have been read. */
  get #finder(): Finder {
    this.#finderMade ??= new Finder(this.#target, this.#table, this.#sockets.ports)
    return this.#finderMade
  }

  /** The first reading: from now on it counts. */
  #begin(): void {
    for (const { member, figures } of this.#read()) this.#account(member, figures)
    const { counts: _, sockets, denied } = readDescriptors(this.pids)
    this.#sockets.enter(this.pids[0]!)
    this.#socketsOf({ sockets, denied })
    this.#readSwitches()
  }

  #read(): Read[] {
    return this.#members.all().flatMap((member) => {
      const figures = figuresOf(member.pid)
      if (figures === null || figures.stat.startTicks !== member.startTicks) return []
      this.#account(member, figures)
      return [{ member, figures }]
    })
  }

  #account(member: Member, figures: ProcessFigures): void {
    const born = member.startTicks >= this.#bornAfter
    if (this.#accounts.knows(member.pid)) this.#accounts.read(member.pid, figures)
    else this.#accounts.open(member.pid, figures, born)
    this.#diskDenied ||= figures.denied
  }

  #readSwitches(): void {
    this.#threads.read(() => {
      for (const { pid, startTicks } of this.#members.all())
        this.#switches.read(pid, threadSwitches(pid), startTicks >= this.#bornAfter)
    })
  }

  #figures(alive: readonly Read[]): WatchedServer {
    const sum = (figure: (figures: ProcessFigures) => number) =>
      alive.reduce((total, { figures }) => total + figure(figures), 0)
    const pids = alive.map(({ member }) => member.pid)
    this.#readSwitches()
    const descriptors = this.#descriptors.read(() => readDescriptors(pids))
    if (descriptors.denied > 0) this.#tellDenied('descriptors', descriptors.denied, pids.length)
    if (this.#diskDenied) this.#tellDenied('disk figures', 0, pids.length)
    this.#sockets.enter(pids[0]!)
    const { userMs, systemMs, read, written } = this.#accounts.sums
    return {
      processes: alive.length,
      cpuUserMs: userMs,
      cpuSystemMs: systemMs,
      rss: sum(({ rss }) => rss),
      pss: this.#pss.read(() => this.#pssOf(pids)),
      vsz: sum(({ vsz }) => vsz),
      threads: sum(({ stat }) => stat.threads),
      descriptors: descriptors.denied > 0 ? null : descriptors.counts,
      ...this.#socketsOf(descriptors),
      switches: this.#switches.sums,
      disk: this.#diskDenied ? null : { read, written },
      cgroup: this.#cgroup.read(),
    }
  }

  /** Who is watched for a path's sake may listen on ports too, and they are not meant. */
  #socketsOf({ sockets, denied }: Pick<DescriptorReading, 'sockets' | 'denied'>): SocketReading {
    if (this.#target.kind === 'path') return { sockets: null, accept: null }
    return this.#sockets.read(denied > 0 ? null : sockets)
  }

  #pssOf(pids: readonly number[]): number | null {
    let total = 0
    for (const pid of pids) {
      const pss = pssOf(pid)
      if (pss === DENIED) {
        this.#tellDenied('PSS', 0, pids.length)
        return null
      }
      total += pss ?? 0
    }
    return total > 0 ? total : null
  }

  #tellDenied(what: string, of: number, processes: number): void {
    const whose = of > 0 && of < processes ? `${of} of the server's processes` : "the server's processes"
    this.#notes.add(`${what} of ${whose} may not be seen from this account: run as root or as the server's user`)
  }

  /** Of processes found by their name one may end as another goes on: they come and go with their work. */
  #died(member: Member, atMs: number): void {
    this.#dead.add(member.pid)
    const rest = this.#members.all().filter(({ leads, pid }) => leads && !this.#dead.has(pid)).length
    if (this.#target.kind === 'name' && rest > 0) return
    this.#lost = true
    const others = rest > 0 ? `; ${rest} like it go on` : ''
    this.events.push({
      atMs,
      kind: 'died',
      pid: member.pid,
      text: `${member.name} (process ${member.pid}) ended${others}`,
    })
  }

  #came({ pid, name }: Member, atMs: number): void {
    if (this.#target.kind === 'name' && !this.#lost) return
    this.events.push(
      this.#lost
        ? { atMs, kind: 'restarted', pid, text: `${name} (process ${pid}) took its place` }
        : { atMs, kind: 'began', pid, text: `${name} (process ${pid}) joined` },
    )
    this.#lost = false
  }

  #coresOf(pid: number): number {
    const allowed = figuresOf(pid)?.cores ?? availableParallelism()
    return Math.min(allowed, this.#cgroup.cpus ?? allowed)
  }
}
