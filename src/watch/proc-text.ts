/** The files of /proc/PID as text, and what they say (proc_pid_stat(5) and its kin). Whatever is strange gives null, never an error. */

/** Clock ticks a second in which /proc counts CPU: 100 on every Linux that Node runs on. */
export const TICKS_PER_SECOND = 100

export interface PidStat {
  readonly pid: number
  /** Of the program, at most 15 octets. */
  readonly name: string
  /** One letter; Z: ended, and nobody has asked how. */
  readonly state: string
  readonly parent: number
  /** Milliseconds, all threads, ended ones included. */
  readonly userMs: number
  readonly systemMs: number
  /** The same of children that have ended and were waited for, with theirs. */
  readonly waitedUserMs: number
  readonly waitedSystemMs: number
  readonly threads: number
  /** When it began, in ticks since the machine did: with the number, what tells a process from a later one of the same number. */
  readonly startTicks: number
}

/** /proc/PID/stat. The name may hold spaces and brackets, so fields are counted from its last bracket. */
export function parsePidStat(text: string): PidStat | null {
  const open = text.indexOf('(')
  const close = text.lastIndexOf(')')
  if (open < 1 || close < open) return null
  const pid = Number(text.slice(0, open))
  const fields = text.slice(close + 2).split(' ')
  const at = (field: number) => Number(fields[field - 3])
  const ms = (field: number) => (at(field) * 1000) / TICKS_PER_SECOND
  const stat = {
    pid,
    name: text.slice(open + 1, close),
    state: fields[0] ?? '',
    parent: at(4),
    userMs: ms(14),
    systemMs: ms(15),
    waitedUserMs: ms(16),
    waitedSystemMs: ms(17),
    threads: at(20),
    startTicks: at(22),
  }
  const whole = Object.values(stat).every(
    (value) => typeof value === 'string' || (Number.isFinite(value) && value >= 0),
  )
  return whole && pid > 0 && stat.state !== '' ? stat : null
}

export interface PidStatus {
  /** Octets; 0 for what has no memory of its own. */
  readonly rss: number
  readonly vsz: number
  /** Ended children vanish unasked: nobody inherits their figures. */
  readonly ignoresChildren: boolean
  /** CPUs that it may run on; null: not told. */
  readonly cores: number | null
}

const SIGCHLD = 17

/** /proc/PID/status. */
export function parsePidStatus(text: string): PidStatus | null {
  const value = (name: string) => new RegExp(`^${name}:[ \\t]+(\\S+)`, 'm').exec(text)?.[1]
  const count = (name: string) => {
    const found = value(name)
    return found !== undefined && /^\d+$/.test(found) ? Number(found) : null
  }
  if (count('Pid') === null) return null
  const ignored = value('SigIgn')
  const allowed = value('Cpus_allowed')?.replaceAll(',', '')
  return {
    rss: (count('VmRSS') ?? 0) * 1024,
    vsz: (count('VmSize') ?? 0) * 1024,
    ignoresChildren: ignored !== undefined && /^[0-9a-f]+$/i.test(ignored) && bit(ignored, SIGCHLD - 1),
    cores: allowed !== undefined && /^[0-9a-f]+$/i.test(allowed) ? ones(allowed) : null,
  }
}

/** The switches of a thread, in its own status file. */
export function parseSwitches(text: string): { readonly voluntary: number; readonly involuntary: number } | null {
  const voluntary = /^voluntary_ctxt_switches:\s+(\d+)/m.exec(text)?.[1]
  const involuntary = /^nonvoluntary_ctxt_switches:\s+(\d+)/m.exec(text)?.[1]
  if (voluntary === undefined || involuntary === undefined) return null
  return { voluntary: Number(voluntary), involuntary: Number(involuntary) }
}

function bit(hexadecimal: string, number: number): boolean {
  return ((BigInt(`0x${hexadecimal}`) >> BigInt(number)) & 1n) === 1n
}

function ones(hexadecimal: string): number {
  let count = 0
  for (const digit of hexadecimal) for (let rest = Number.parseInt(digit, 16); rest > 0; rest >>= 1) count += rest & 1
  return count
}

/** /proc/PID/io: octets that really went to or came from a disk. */
export function parsePidIo(text: string): { readonly read: number; readonly written: number } | null {
  const read = /^read_bytes: (\d+)$/m.exec(text)?.[1]
  const written = /^write_bytes: (\d+)$/m.exec(text)?.[1]
  return read === undefined || written === undefined ? null : { read: Number(read), written: Number(written) }
}

/** PSS of /proc/PID/smaps_rollup, in octets. */
export function parsePss(text: string): number | null {
  const kibibytes = /^Pss: +(\d+) kB$/m.exec(text)?.[1]
  return kibibytes === undefined ? null : Number(kibibytes) * 1024
}

/** `some avg10` of a pressure file (PSI), 0..1. */
export function parsePressure(text: string): number | null {
  const percent = /^some avg10=(\d+(?:\.\d+)?) /m.exec(text)?.[1]
  return percent === undefined ? null : Math.min(1, Number(percent) / 100)
}

/** Connections that a full accept queue turned away, of /proc/net/netstat; the whole network namespace, since the machine started. */
export function parseListenOverflows(text: string): number | null {
  const [names, values] = text.split('\n').filter((line) => line.startsWith('TcpExt: '))
  const at = names?.split(' ').indexOf('ListenOverflows') ?? -1
  const value = at < 0 ? undefined : values?.split(' ')[at]
  return value !== undefined && /^\d+$/.test(value) ? Number(value) : null
}

/** Paths of /proc/PID/cgroup: of the unified hierarchy, and of version 1's controller of memory. */
export function parseCgroup(text: string): { readonly unified: string | null; readonly memory: string | null } {
  let unified: string | null = null
  let memory: string | null = null
  for (const line of text.split('\n')) {
    const [, number, controllers, path] = /^(\d+):([^:]*):(\/.*)$/.exec(line) ?? []
    if (path === undefined) continue
    if (number === '0' && controllers === '') unified = path
    else if (controllers!.split(',').includes('memory')) memory = path
  }
  return { unified, memory }
}

/** CPUs that `cpu.max` of a control group comes to; null: no limit. */
export function parseCpuMax(text: string): number | null {
  const [, quota, period] = /^(\d+) (\d+)\s*$/.exec(text) ?? []
  return quota === undefined || Number(period) === 0 ? null : Number(quota) / Number(period)
}

export type DescriptorKind = 'sockets' | 'pipes' | 'files' | 'other'

/** What a link of /proc/PID/fd leads to; devices, event queues and the like are `other`. */
export function descriptorKind(link: string): DescriptorKind {
  if (link.startsWith('socket:')) return 'sockets'
  if (link.startsWith('pipe:')) return 'pipes'
  if (link.startsWith('/') && !link.startsWith('/dev/') && !link.startsWith('/memfd:')) return 'files'
  return 'other'
}

/** The number of a link such as `socket:[4711]`; null: it is none. */
export function socketInode(link: string): number | null {
  return link.startsWith('socket:[') ? Number.parseInt(link.slice(8), 10) : null
}
