/** What Linux says of its limits, read from the texts of /proc and /sys (proc(5), cgroups(7)). Null: it does not say. */

/** Soft and hard limit of open files in /proc/PID/limits; unlimited is Infinity. */
export function parseOpenFiles(text: string): { readonly soft: number; readonly hard: number } | null {
  const [, soft, hard] = /^Max open files\s+(\d+|unlimited)\s+(\d+|unlimited)/m.exec(text) ?? []
  if (soft === undefined || hard === undefined) return null
  const value = (word: string) => (word === 'unlimited' ? Number.POSITIVE_INFINITY : Number(word))
  return { soft: value(soft), hard: value(hard) }
}

/** The whole numbers of a file that has nothing else, such as ip_local_port_range. */
export function parseNumbers(text: string): readonly number[] | null {
  const words = text.trim().split(/\s+/)
  return words.every((word) => /^-?\d+$/.test(word)) ? words.map(Number) : null
}

/** One counter of /proc/net/netstat or /proc/net/snmp: a line of names, then one of values, each behind its group. */
export function parseCounter(text: string, group: string, name: string): number | null {
  const rows = text.split('\n').filter((line) => line.startsWith(`${group}:`))
  for (let i = 0; i + 1 < rows.length; i += 2) {
    const at = rows[i]!.split(/\s+/).indexOf(name)
    const value = rows[i + 1]!.split(/\s+/)[at]
    if (at > 0 && value !== undefined && /^-?\d+$/.test(value)) return Number(value)
  }
  return null
}

/** TCP sockets in /proc/net/sockstat: in use, and waiting out TIME_WAIT. */
export function parseSockstat(text: string): { readonly inUse: number; readonly timeWait: number } | null {
  const [, inUse, timeWait] = /^TCP: inuse (\d+) .*?\btw (\d+)/m.exec(text) ?? []
  return inUse === undefined || timeWait === undefined ? null : { inUse: Number(inUse), timeWait: Number(timeWait) }
}

/** `cpu.max` of a cgroup (v2): cores that may be used; Infinity: all. */
export function parseCpuMax(text: string): number | null {
  const [, quota, period] = /^(max|\d+) (\d+)$/.exec(text.trim()) ?? []
  if (quota === undefined || Number(period) <= 0) return null
  return quota === 'max' ? Number.POSITIVE_INFINITY : Number(quota) / Number(period)
}

/** The same of version 1: `cpu.cfs_quota_us`, where -1 is no limit, and `cpu.cfs_period_us`. */
export function parseCfs(quota: string, period: string): number | null {
  const [[cpu] = [], [each] = []] = [parseNumbers(quota) ?? [], parseNumbers(period) ?? []]
  if (cpu === undefined || each === undefined || each <= 0) return null
  return cpu < 0 ? Number.POSITIVE_INFINITY : cpu / each
}

/** Octets in `memory.max` (v2) or `memory.limit_in_bytes` (v1, where no limit is a number beyond all memory). */
export function parseMemoryMax(text: string): number | null {
  const word = text.trim()
  if (word === 'max') return Number.POSITIVE_INFINITY
  if (!/^\d+$/.test(word)) return null
  return Number(word) >= 2 ** 62 ? Number.POSITIVE_INFINITY : Number(word)
}

/** The paths of our own cgroups in /proc/self/cgroup, by controller; that of version 2 under the empty name. */
export function parseCgroups(text: string): ReadonlyMap<string, string> {
  const paths = new Map<string, string>()
  for (const line of text.split('\n')) {
    const [, controllers, path] = /^\d+:([^:]*):(\/.*)$/.exec(line) ?? []
    for (const one of controllers?.split(',') ?? []) if (path !== undefined) paths.set(one, path)
  }
  return paths
}

/** Whether /proc/PID/status has a capability, by its number, among those in force. */
export function hasCapability(status: string, number: number): boolean | null {
  const [, mask] = /^CapEff:\s*([0-9a-f]{1,16})$/m.exec(status) ?? []
  return mask === undefined ? null : ((BigInt(`0x${mask}`) >> BigInt(number)) & 1n) === 1n
}
