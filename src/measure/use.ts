/** Utilisation, saturation and errors (Brendan Gregg's USE) of both ends of a run. */
import type { Histogram } from 'hdr-histogram-js'
import { drainingShare, type Health, overRun } from './health.js'
import { ErrorKind } from './series.js'
import { serverCpu, type Watched } from './watched.js'

/** Something that went wrong, and how often. */
export interface UseError {
  readonly kind: string
  readonly count: number
}

export interface UseOfGenerator {
  /** Of the busiest worker, its loop and its CPU, 0..1; and the CPUs that the whole process used. */
  readonly utilisation: { readonly loop: number; readonly cpu: number; readonly cpus: number }
  readonly saturation: {
    readonly startLagP99Ms: number
    /** Due messages that waited for a session at the end of a second: mean and most. */
    readonly backlog: { readonly mean: number; readonly most: number }
    /** Share of the open connections whose last write had not drained, 0..1. */
    readonly draining: number
    readonly dropped: number
  }
  readonly errors: readonly UseError[]
}

/** What only watching tells is null without it. */
export interface UseOfServer {
  /** CPU of its processes as a share of the CPUs that they may use, 0..1: mean, and the busiest second. */
  readonly utilisation: { readonly cpu: number; readonly mostCpu: number; readonly cores: number } | null
  readonly saturation: {
    /** Connect and greeting together above the least of each. The percentiles of both are added, so that it is an estimate. Null: no connection. */
    readonly acceptWait: { readonly meanMs: number; readonly p50Ms: number; readonly p99Ms: number } | null
    /** Connections that waited to be accepted: the most, how many may, and how many were turned away for it. */
    readonly acceptQueue: { readonly most: number; readonly limit: number; readonly overflows: number } | null
    /** Runnable processes of this host averaged over a minute: the most. */
    readonly runQueue: number | null
    /** Share of time in which some task waited for it, 0..1 (PSI): the most. */
    readonly pressure: {
      readonly cpu: number | null
      readonly memory: number | null
      readonly io: number | null
    } | null
    /** Messages put off with 4xx, and their share of those that got an answer. */
    readonly deferred: number
    readonly deferredShare: number
  }
  readonly errors: readonly UseError[]
}

export interface Use {
  readonly generator: UseOfGenerator
  readonly server: UseOfServer
}

interface ErrorCount {
  readonly error: string
  readonly count: number
}

interface Latency {
  readonly name: string
  readonly outcome: string
  readonly histogram: Histogram
}

export interface UseInput {
  readonly workers: number
  readonly elapsedMs: number
  readonly fromMs: number
  /** Of the whole process. */
  readonly cpuMs: number
  readonly health: readonly Health[]
  readonly startLag: Histogram
  readonly latency: readonly Latency[]
  readonly deferred: number
  readonly refused: number
  /** Messages that got an outcome. */
  readonly done: number
  readonly dropped: number
  readonly errors: readonly ErrorCount[]
  readonly watched: Watched | null
}

/** Failures that are of this side's making. */
const OWN: readonly string[] = [ErrorKind.descriptors, ErrorKind.ports]
/** Broken off because we were told to: nobody's error. */
const NOBODYS: readonly string[] = [ErrorKind.stopped]

export function useOf(input: UseInput): Use {
  return { generator: generator(input), server: server(input) }
}

function generator({ elapsedMs, cpuMs, health, startLag, dropped, errors }: UseInput): UseOfGenerator {
  const workers = overRun(health)
  const most = (figure: (worker: (typeof workers)[number]) => number) =>
    workers.reduce((high, worker) => Math.max(high, figure(worker)), 0)
  return {
    utilisation: {
      loop: most((one) => one.utilisation),
      cpu: most((one) => one.cpu),
      cpus: elapsedMs > 0 ? cpuMs / elapsedMs : 0,
    },
    saturation: {
      startLagP99Ms: startLag.getValueAtPercentile(99) / 1000,
      backlog: backlog(health),
      draining: drainingShare(health),
      dropped,
    },
    errors: byKind(errors.filter(({ error }) => OWN.includes(error))),
  }
}

function server(input: UseInput): UseOfServer {
  const { watched, fromMs, deferred, refused, done, errors, latency } = input
  const samples = watched?.samples.filter(({ atMs }) => atMs >= fromMs) ?? []
  const servers = samples.flatMap((sample) => sample.server ?? [])
  const cpu = watched === null ? null : serverCpu(watched, fromMs)
  const most = (figures: readonly (number | null | undefined)[]) => {
    const told = figures.filter((one) => typeof one === 'number')
    return told.length === 0 ? null : Math.max(...told)
  }
  const queues = servers.flatMap(({ accept }) => accept ?? [])
  const groups = servers.flatMap(({ cgroup }) => cgroup ?? [])
  const died = watched?.events.filter(({ kind }) => kind === 'died').length ?? 0
  return {
    utilisation:
      cpu?.cores == null ? null : { cpu: cpu.used / cpu.cores, mostCpu: cpu.most / cpu.cores, cores: cpu.cores },
    saturation: {
      acceptWait: acceptWait(latency),
      acceptQueue:
        queues.length === 0
          ? null
          : {
              most: most(queues.map(({ waiting }) => waiting))!,
              limit: queues.at(-1)!.limit,
              overflows: most(queues.map(({ overflows }) => overflows))! - queues[0]!.overflows,
            },
      runQueue: most(samples.map(({ host }) => host.load)),
      pressure:
        groups.length === 0
          ? null
          : {
              cpu: most(groups.map(({ cpuPressure }) => cpuPressure)),
              memory: most(groups.map(({ memoryPressure }) => memoryPressure)),
              io: most(groups.map(({ ioPressure }) => ioPressure)),
            },
      deferred,
      deferredShare: done > 0 ? deferred / done : 0,
    },
    errors: [
      ...(died > 0 ? [{ kind: 'died', count: died }] : []),
      ...(refused > 0 ? [{ kind: 'refused (5xx)', count: refused }] : []),
      ...byKind(errors.filter(({ error }) => !OWN.includes(error) && !NOBODYS.includes(error))),
    ],
  }
}

/** Of all workers together at the end of each second. */
function backlog(health: readonly Health[]): { mean: number; most: number } {
  const seconds = new Map<number, number>()
  for (const row of health) seconds.set(row.second, (seconds.get(row.second) ?? 0) + row.backlog)
  const all = [...seconds.values()]
  const sum = all.reduce((total, one) => total + one, 0)
  return { mean: all.length === 0 ? 0 : sum / all.length, most: all.reduce((high, one) => Math.max(high, one), 0) }
}

function acceptWait(latency: readonly Latency[]): UseOfServer['saturation']['acceptWait'] {
  const rows = latency.filter(
    ({ name, outcome }) => outcome === 'accepted' && (name === 'connect' || name === 'greeting'),
  )
  if (rows.length === 0) return null
  const above = (figure: (histogram: Histogram) => number) =>
    rows.reduce((sum, { histogram }) => sum + Math.max(0, figure(histogram) - histogram.getValueAtPercentile(0)), 0) /
    1000
  return {
    meanMs: above((histogram) => histogram.mean),
    p50Ms: above((histogram) => histogram.getValueAtPercentile(50)),
    p99Ms: above((histogram) => histogram.getValueAtPercentile(99)),
  }
}

function byKind(rows: readonly ErrorCount[]): UseError[] {
  const counts = new Map<string, number>()
  for (const { error, count } of rows) counts.set(error, (counts.get(error) ?? 0) + count)
  return [...counts].map(([kind, count]) => ({ kind, count })).sort((a, b) => b.count - a.count)
}
