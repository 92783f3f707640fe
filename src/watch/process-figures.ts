/** The figures of one process at one moment. */
import { DENIED, namesIn, textOf, textOrDenied } from './proc-file.js'
import { type PidStat, parsePidIo, parsePidStat, parsePidStatus, parsePss, parseSwitches } from './proc-text.js'

/** What grows with the life of a process. Those that end with a child go to its parent, as the kernel has it, but for the switches. */
export interface Growing {
  readonly userMs: number
  readonly systemMs: number
  readonly read: number
  readonly written: number
}

export interface ProcessFigures {
  readonly stat: PidStat
  readonly growing: Growing
  readonly rss: number
  readonly vsz: number
  /** Its octets read and written on disks may not be seen from this account. */
  readonly denied: boolean
  readonly ignoresChildren: boolean
  readonly cores: number | null
}

/** Null: it is gone, or never was. */
export function figuresOf(pid: number): ProcessFigures | null {
  const stat = parsePidStat(textOf(`/proc/${pid}/stat`))
  const status = parsePidStatus(textOf(`/proc/${pid}/status`))
  if (stat === null || status === null) return null
  const io = textOrDenied(`/proc/${pid}/io`)
  const disk = io === DENIED ? null : parsePidIo(io)
  const { rss, vsz, ignoresChildren, cores } = status
  return {
    stat,
    growing: {
      userMs: stat.userMs + stat.waitedUserMs,
      systemMs: stat.systemMs + stat.waitedSystemMs,
      read: disk?.read ?? 0,
      written: disk?.written ?? 0,
    },
    rss,
    vsz,
    denied: io === DENIED,
    ignoresChildren,
    cores,
  }
}

/** Switches of each thread, by its number. */
export function threadSwitches(pid: number): Map<number, { readonly voluntary: number; readonly involuntary: number }> {
  const threads = new Map<number, { readonly voluntary: number; readonly involuntary: number }>()
  const names = namesIn(`/proc/${pid}/task`)
  for (const name of Array.isArray(names) ? names : []) {
    const switches = parseSwitches(textOf(`/proc/${pid}/task/${name}/status`))
    if (switches !== null) threads.set(Number(name), switches)
  }
  return threads
}

/** Octets, shared ones by parts; null: not known here, or it is gone. */
export function pssOf(pid: number): number | null | typeof DENIED {
  const text = textOrDenied(`/proc/${pid}/smaps_rollup`)
  return text === DENIED ? DENIED : parsePss(text)
}
