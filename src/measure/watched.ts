/** Vital signs of the server under test and of this host: what watching samples, recordings keep and reports show. Plain data. */

/** States of TCP sockets as `ss` and RFC 9293 call them. */
export const TCP_STATES = [
  'ESTABLISHED',
  'SYN_SENT',
  'SYN_RECV',
  'FIN_WAIT1',
  'FIN_WAIT2',
  'TIME_WAIT',
  'CLOSE',
  'CLOSE_WAIT',
  'LAST_ACK',
  'LISTEN',
  'CLOSING',
] as const
export type TcpState = (typeof TCP_STATES)[number]

/** Open descriptors of all watched processes, by what they lead to. */
export interface WatchedDescriptors {
  readonly total: number
  readonly sockets: number
  readonly pipes: number
  readonly files: number
  readonly other: number
}

/** The server's processes together at one moment; null where this system does not tell. */
export interface WatchedServer {
  /** Living ones, children included. */
  readonly processes: number
  /** Milliseconds since each process began to be watched, those that have ended included: they only grow. */
  readonly cpuUserMs: number
  readonly cpuSystemMs: number
  /** Octets. PSS shares what several processes map between them. */
  readonly rss: number
  readonly pss: number | null
  readonly vsz: number
  readonly threads: number
  readonly descriptors: WatchedDescriptors | null
  /** Sockets on the server's port. */
  readonly sockets: Readonly<Partial<Record<TcpState, number>>> | null
  /** Connections waiting to be accepted and how many may; connections refused for a full queue since the watch began, on the whole host. */
  readonly accept: { readonly waiting: number; readonly limit: number; readonly overflows: number } | null
  /** Sums since the watch began. */
  readonly switches: { readonly voluntary: number; readonly involuntary: number } | null
  readonly disk: { readonly read: number; readonly written: number } | null
  /** Of the control group that the first process is in: octets, and the share of time some task waited for each (PSI `some avg10`, 0..1). */
  readonly cgroup: {
    readonly memory: number | null
    readonly cpuPressure: number | null
    readonly memoryPressure: number | null
    readonly ioPressure: number | null
  } | null
}

/** This machine at one moment. */
export interface WatchedHost {
  /** All CPUs since the sample before, 0..1. */
  readonly cpu: number
  /** Octets. */
  readonly memoryUsed: number
  readonly memoryTotal: number
  /** Runnable processes averaged over a minute. */
  readonly load: number
  /** Octets per second through all interfaces; null: not known here. */
  readonly receivedPerSecond: number | null
  readonly sentPerSecond: number | null
}

/** One sample. */
export interface WatchSample {
  /** Milliseconds of the run. */
  readonly atMs: number
  /** Null: nobody was there to be watched. */
  readonly server: WatchedServer | null
  readonly host: WatchedHost
}

/** Something that happened to a watched process. */
export interface WatchEvent {
  readonly atMs: number
  readonly kind: 'died' | 'restarted' | 'began'
  readonly pid: number
  /** One sentence. */
  readonly text: string
}

/** All that was watched in a run. */
export interface Watched {
  /** As it was asked for: `1234`, `smtpd`, `:25`. */
  readonly target: string
  /** Who that was when the watch began, in a few words. */
  readonly about?: string
  /** CPUs that the processes may use; less than one under a quota. */
  readonly cores?: number
  readonly samples: readonly WatchSample[]
  readonly events: readonly WatchEvent[]
}

/** What the server's CPU came to over some time. */
export interface ServerCpu {
  /** CPUs in use on average, and in the busiest second. */
  readonly used: number
  readonly most: number
  /** CPUs that it may use; null: not known. */
  readonly cores: number | null
}

/** Samples that lie closer together than this say little of CPU: the system counts it in hundredths of a second. */
const LEAST_MS = 500

/** From `fromMs` (milliseconds of the run) on; null: there are not two samples of it to compare. */
export function serverCpu({ samples, cores }: Pick<Watched, 'samples' | 'cores'>, fromMs: number): ServerCpu | null {
  const told = samples.filter(({ atMs, server }) => atMs >= fromMs && server !== null)
  const total = ({ server }: WatchSample) => server!.cpuUserMs + server!.cpuSystemMs
  const [first] = told
  const last = told.at(-1)
  if (first === undefined || last === undefined || last.atMs - first.atMs < LEAST_MS) return null
  const used = (total(last) - total(first)) / (last.atMs - first.atMs)
  let most = used
  let before = first
  for (const sample of told) {
    if (sample.atMs - before.atMs < LEAST_MS) continue
    most = Math.max(most, (total(sample) - total(before)) / (sample.atMs - before.atMs))
    before = sample
  }
  return { used, most, cores: cores ?? null }
}

/** Whether the server was gone when the watch ended. */
export function endedDead({ events }: Pick<Watched, 'events'>): boolean {
  const last = events.findLast(({ kind }) => kind !== 'began')
  return last?.kind === 'died'
}

/** What happened, a sentence each, with its time. */
export function happenings({ events }: Pick<Watched, 'events'>): string[] {
  return events.map(({ atMs, text }) => `server: ${text} at ${(atMs / 1000).toFixed(1)} s`)
}
