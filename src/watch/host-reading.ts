/** What a host says of itself at one moment: the files of /proc read as text, and node:os where there are none. */
import { readFileSync } from 'node:fs'
import { cpus, freemem, loadavg, totalmem } from 'node:os'

/** Sums since the machine started, and states of now. */
export interface HostReading {
  /** `proc`: Linux's own files; `node:os`: elsewhere, without network. */
  readonly from: 'proc' | 'node:os'
  /** Time of all CPUs together, in whatever unit the system counts; only ratios of differences mean anything. */
  readonly cpuBusy: number
  readonly cpuTotal: number
  /** Octets; used is what could not be had for a new program (Linux's MemAvailable). */
  readonly memoryUsed: number
  readonly memoryTotal: number
  /** Runnable processes, averaged over 1, 5 and 15 minutes; zeros on Windows. */
  readonly load: readonly [number, number, number]
  /** Octets through all interfaces, loopback included; null: not known here. */
  readonly network: { readonly received: number; readonly sent: number } | null
}

/** Reads this machine. In a container the files of /proc are still the whole machine's. */
export function readHost(): HostReading {
  return procReading() ?? osReading()
}

function procReading(): HostReading | null {
  const cpu = parseStat(fileOf('/proc/stat'))
  const memory = parseMeminfo(fileOf('/proc/meminfo'))
  if (cpu === null || memory === null) return null
  return {
    from: 'proc',
    cpuBusy: cpu.busy,
    cpuTotal: cpu.total,
    memoryUsed: memory.used,
    memoryTotal: memory.total,
    load: loads(),
    network: parseNetDev(fileOf('/proc/net/dev')),
  }
}

function osReading(): HostReading {
  let idle = 0
  let total = 0
  for (const { times } of cpus()) {
    idle += times.idle
    total += times.user + times.nice + times.sys + times.irq + times.idle
  }
  return {
    from: 'node:os',
    cpuBusy: total - idle,
    cpuTotal: total,
    memoryUsed: totalmem() - freemem(),
    memoryTotal: totalmem(),
    load: loads(),
    network: null,
  }
}

function loads(): [number, number, number] {
  const [one = 0, five = 0, fifteen = 0] = loadavg()
  return [one, five, fifteen]
}

function fileOf(path: string): string {
  try {
    return readFileSync(path, 'latin1')
  } catch {
    return ''
  }
}

/** The line `cpu` of /proc/stat (proc(5)), in clock ticks: waiting for a disk is idle, and guests are counted in user and nice already. */
export function parseStat(text: string): { readonly busy: number; readonly total: number } | null {
  const fields = /^cpu +(\d[\d ]*)$/m.exec(text)?.[1]?.split(' ').map(Number)
  if (fields === undefined || fields.length < 4) return null
  const [user, nice, system, idle, iowait = 0, irq = 0, softirq = 0, steal = 0] = fields as [
    number,
    number,
    number,
    number,
    ...number[],
  ]
  const busy = user + nice + system + irq + softirq + steal
  return { busy, total: busy + idle + iowait }
}

/** MemTotal and MemAvailable of /proc/meminfo, in octets. */
export function parseMeminfo(text: string): { readonly used: number; readonly total: number } | null {
  const octets = (name: string) => {
    const kibibytes = new RegExp(`^${name}: +(\\d+) kB$`, 'm').exec(text)?.[1]
    return kibibytes === undefined ? null : Number(kibibytes) * 1024
  }
  const total = octets('MemTotal')
  const available = octets('MemAvailable')
  return total === null || available === null ? null : { used: Math.max(0, total - available), total }
}

/** Octets through all interfaces of /proc/net/dev; null when it is none. */
export function parseNetDev(text: string): { readonly received: number; readonly sent: number } | null {
  const rows = [...text.matchAll(/^ *\S+?: *(\d+(?: +\d+){8,})$/gm)].map(([, numbers]) =>
    numbers!.split(/ +/).map(Number),
  )
  if (rows.length === 0) return null
  return rows.reduce((sum, row) => ({ received: sum.received + row[0]!, sent: sum.sent + row[8]! }), {
    received: 0,
    sent: 0,
  })
}
