/** What this machine allows and how it is set, for whoever asks whether it can bear a load. */
import { readFileSync } from 'node:fs'
import { availableParallelism, cpus, freemem, loadavg, totalmem } from 'node:os'
import { dirname, join } from 'node:path'
import {
  hasCapability,
  parseCfs,
  parseCgroups,
  parseCounter,
  parseCpuMax,
  parseMemoryMax,
  parseNumbers,
  parseOpenFiles,
  parseSockstat,
} from './machine-files.js'

/** Null: the system does not say, or is not Linux. */
export interface MachineFacts {
  readonly platform: string
  readonly openFiles: { readonly soft: number; readonly hard: number } | null
  /** Local ports for outgoing connections, the first and the last. */
  readonly ports: readonly [number, number] | null
  readonly sockets: { readonly inUse: number; readonly timeWait: number } | null
  /** tcp_tw_reuse: 0 never, 1 everywhere, 2 on loopback. */
  readonly reuse: number | null
  readonly timeWaitMost: number | null
  readonly somaxconn: number | null
  readonly synBacklog: number | null
  /** Connections that found a listen queue full since the machine started, and all that a listener did not take. */
  readonly listenOverflows: number | null
  readonly listenDrops: number | null
  /** The lowest port that needs no privilege, and whether we have that privilege. */
  readonly firstFreePort: number | null
  readonly mayBindLow: boolean
  readonly clock: string | null
  readonly clocks: readonly string[]
  readonly governor: string | null
  readonly cores: number
  /** Cores that a cgroup lets us use; Infinity: all. */
  readonly quota: number | null
  readonly memory: number
  readonly memoryFree: number
  /** Octets that a cgroup lets us use; Infinity: all. */
  readonly memoryMost: number | null
  /** Mean of runnable processes over the last minute. */
  readonly load: number
}

/** Capability to bind low ports (capabilities(7)). */
const CAP_NET_BIND_SERVICE = 10
const CLOCK = '/sys/devices/system/clocksource/clocksource0'
const CGROUP = '/sys/fs/cgroup'

/** Reads this machine; `file` gives a file's text, or an empty one where there is none. */
export function readMachine(file: (path: string) => string = fileText): MachineFacts {
  const number = (path: string) => parseNumbers(file(path))?.[0] ?? null
  const [first, last] = parseNumbers(file('/proc/sys/net/ipv4/ip_local_port_range')) ?? []
  const netstat = file('/proc/net/netstat')
  const available = file(`${CLOCK}/available_clocksource`).trim()
  return {
    platform: process.platform,
    openFiles: parseOpenFiles(file('/proc/self/limits')),
    ports: first === undefined || last === undefined ? null : [first, last],
    sockets: parseSockstat(file('/proc/net/sockstat')),
    reuse: number('/proc/sys/net/ipv4/tcp_tw_reuse'),
    timeWaitMost: number('/proc/sys/net/ipv4/tcp_max_tw_buckets'),
    somaxconn: number('/proc/sys/net/core/somaxconn'),
    synBacklog: number('/proc/sys/net/ipv4/tcp_max_syn_backlog'),
    listenOverflows: parseCounter(netstat, 'TcpExt', 'ListenOverflows'),
    listenDrops: parseCounter(netstat, 'TcpExt', 'ListenDrops'),
    firstFreePort: number('/proc/sys/net/ipv4/ip_unprivileged_port_start'),
    mayBindLow: hasCapability(file('/proc/self/status'), CAP_NET_BIND_SERVICE) ?? process.getuid?.() === 0,
    clock: file(`${CLOCK}/current_clocksource`).trim() || null,
    clocks: available === '' ? [] : available.split(/\s+/),
    governor: file('/sys/devices/system/cpu/cpu0/cpufreq/scaling_governor').trim() || null,
    cores: Math.max(availableParallelism(), cpus().length === 0 ? 1 : 0),
    ...cgroupLimits(file),
    memory: totalmem(),
    memoryFree: freemem(),
    load: loadavg()[0] ?? 0,
  }
}

/** The tightest limits among our cgroup and those above it; in a container the path may be one of the host's, then its root is ours. */
function cgroupLimits(file: (path: string) => string): Pick<MachineFacts, 'quota' | 'memoryMost'> {
  const paths = parseCgroups(file('/proc/self/cgroup'))
  const quotas: (number | null)[] = []
  const memories: (number | null)[] = []
  for (const path of upwards(paths.get('') ?? '/')) {
    for (const root of [CGROUP, `${CGROUP}/unified`]) {
      quotas.push(parseCpuMax(file(join(root, path, 'cpu.max'))))
      memories.push(parseMemoryMax(file(join(root, path, 'memory.max'))))
    }
  }
  for (const path of upwards(paths.get('cpu') ?? '/')) {
    const of = (name: string) => file(join(CGROUP, 'cpu', path, name))
    quotas.push(parseCfs(of('cpu.cfs_quota_us'), of('cpu.cfs_period_us')))
  }
  for (const path of upwards(paths.get('memory') ?? '/'))
    memories.push(parseMemoryMax(file(join(CGROUP, 'memory', path, 'memory.limit_in_bytes'))))
  return { quota: least(quotas), memoryMost: least(memories) }
}

function upwards(path: string): string[] {
  const parent = dirname(path)
  return parent === path ? [path] : [path, ...upwards(parent)]
}

function least(values: readonly (number | null)[]): number | null {
  const known = values.filter((value) => value !== null)
  return known.length === 0 ? null : Math.min(...known)
}

function fileText(path: string): string {
  try {
    return readFileSync(path, 'latin1')
  } catch {
    return ''
  }
}
