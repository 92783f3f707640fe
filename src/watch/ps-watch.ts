/** The server's processes where there is no /proc: what `ps` tells of them, and `lsof` of who listens. */
import { spawnSync } from 'node:child_process'
import { availableParallelism } from 'node:os'
import { UsageError } from '../base/errors.js'
import type { WatchEvent, WatchedServer } from '../measure/watched.js'
import type { ServerEyes, ServerWatchOptions } from './eyes.js'
import type { WatchTarget } from './watch-target.js'

export interface PsRow {
  readonly pid: number
  readonly parent: number
  /** Octets. */
  readonly rss: number
  readonly vsz: number
  /** User and system together. */
  readonly cpuMs: number
  readonly name: string
}

const COLUMNS = 'pid=,ppid=,rss=,vsz=,time=,comm='

/** Rows of `ps -ax -o pid=,ppid=,rss=,vsz=,time=,comm=`; whatever is no row is left out. */
export function parsePs(text: string): PsRow[] {
  return text.split('\n').flatMap((line) => {
    const [, pid, parent, rss, vsz, time, command] = /^ *(\d+) +(\d+) +(\d+) +(\d+) +([\d:.-]+) +(.+)$/.exec(line) ?? []
    const cpuMs = time === undefined ? null : parsePsTime(time)
    if (cpuMs === null) return []
    const name = command!.trim().split('/').at(-1)!
    return [{ pid: Number(pid), parent: Number(parent), rss: Number(rss) * 1024, vsz: Number(vsz) * 1024, cpuMs, name }]
  })
}

/** `1-02:03:04`, `02:03:04` or `3:04.56`, in milliseconds; null: no time. */
export function parsePsTime(text: string): number | null {
  const [, days = '0', hours = '0', minutes, rest] = /^(?:(\d+)-)?(?:(\d+):)?(\d+):(\d+(?:\.\d+)?)$/.exec(text) ?? []
  if (minutes === undefined) return null
  return Math.round((((Number(days) * 24 + Number(hours)) * 60 + Number(minutes)) * 60 + Number(rest)) * 1000)
}

export class PsWatch implements ServerEyes {
  readonly events: WatchEvent[] = []
  readonly notes = [
    'only CPU, memory and the number of processes are known on this system, as ps tells them; the parts of user and system are not told apart',
  ]
  readonly about: string
  readonly cores = availableParallelism()
  readonly #leader: number
  /** CPU of each process, when it was first and last seen. */
  readonly #cpu = new Map<number, { readonly first: number; last: number }>()
  #pids: number[] = []
  #died = false

  /** @throws UsageError when there is nobody to watch, or no `ps` */
  constructor(target: WatchTarget, { label = '--watch' }: ServerWatchOptions = {}) {
    const rows = readPs()
    if (rows.length === 0) throw new UsageError(`${label}: watching needs Linux, or a system that has ps.`)
    const pid = pidOf(target, rows)
    const leader = rows.find((row) => row.pid === pid)
    if (leader === undefined)
      throw new UsageError(
        `${label}: nobody of that kind is among the processes of this machine; give a process number.`,
      )
    this.#leader = leader.pid
    this.#take(rows)
    const below = this.#pids.length - 1
    this.about = `${leader.name} (process ${leader.pid})${below > 0 ? ` and ${below} below it` : ''}`
  }

  get pids(): readonly number[] {
    return this.#pids
  }

  check(atMs: number): void {
    if (this.#died) return
    try {
      process.kill(this.#leader, 0)
    } catch (error) {
      if ((error as NodeJS.ErrnoException).code !== 'ESRCH') return
      this.#died = true
      this.events.push({ atMs, kind: 'died', pid: this.#leader, text: `process ${this.#leader} ended` })
    }
  }

  sample(atMs: number): WatchedServer | null {
    this.check(atMs)
    const members = this.#take(readPs())
    if (members.length === 0) {
      // It has ended since it was looked for, a moment ago.
      this.check(atMs)
      return null
    }
    const sum = (figure: (row: PsRow) => number) => members.reduce((total, row) => total + figure(row), 0)
    let cpuUserMs = 0
    for (const { first, last } of this.#cpu.values()) cpuUserMs += last - first
    return {
      processes: members.length,
      cpuUserMs,
      cpuSystemMs: 0,
      rss: sum(({ rss }) => rss),
      pss: null,
      vsz: sum(({ vsz }) => vsz),
      threads: members.length,
      descriptors: null,
      sockets: null,
      accept: null,
      switches: null,
      disk: null,
      cgroup: null,
    }
  }

  /** The leader and whoever descends from it, or did. */
  #take(rows: readonly PsRow[]): PsRow[] {
    const pids = new Set([this.#leader, ...this.#pids])
    for (let before = -1; before !== pids.size; ) {
      before = pids.size
      for (const { pid, parent } of rows) if (pids.has(parent)) pids.add(pid)
    }
    const members = rows.filter(({ pid }) => pids.has(pid))
    for (const { pid, cpuMs } of members) {
      const known = this.#cpu.get(pid)
      if (known === undefined) this.#cpu.set(pid, { first: cpuMs, last: cpuMs })
      else known.last = Math.max(known.last, cpuMs)
    }
    this.#pids = members.map(({ pid }) => pid)
    return members
  }
}

function readPs(): PsRow[] {
  // The program that reads is no process of the server's.
  return parsePs(output('ps', ['-ax', '-o', COLUMNS])).filter(
    ({ parent, name }) => parent !== process.pid || name !== 'ps',
  )
}

function pidOf(target: WatchTarget, rows: readonly PsRow[]): number | undefined {
  switch (target.kind) {
    case 'pid':
      return target.pid
    case 'name':
      return rows.find(({ name, pid }) => name === target.name && pid !== process.pid)?.pid
    case 'port':
      return Number(output('lsof', ['-nP', `-iTCP:${target.port}`, '-sTCP:LISTEN', '-t']).split('\n')[0]) || undefined
    case 'path':
      return Number(output('lsof', ['-t', target.path]).split('\n')[0]) || undefined
  }
}

function output(program: string, args: readonly string[]): string {
  const done = spawnSync(program, args, { encoding: 'latin1', timeout: 5000, stdio: ['ignore', 'pipe', 'ignore'] })
  return done.stdout ?? ''
}
