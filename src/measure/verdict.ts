/** Was it the generator? Rules over figures of a whole run; nothing here measures. */
import { drainingShare, type Health, overRun, stoodAbove } from './health.js'
import type { ServerCpu } from './watched.js'

/** From good to bad. */
export const GENERATOR_STATES = ['clear', 'stretched', 'saturated'] as const
export type GeneratorState = (typeof GENERATOR_STATES)[number]

/** Was it the generator? See `judge`. */
export interface Verdict {
  readonly state: GeneratorState
  /**
   * Which side held a closed loop back, or an open one that was not clear; null in an open loop that was clear, and where no side can be
   * named (sessions that wait between messages because they were told to).
   */
  readonly limit: 'generator' | 'server' | 'network window' | null
  /** One sentence with the figures that decided. */
  readonly reason: string
  /** Utilisation of the busiest worker over the run, 0..1. */
  readonly busiest: number
  /** 99th percentile of the start lag in microseconds. */
  readonly startLagP99Us: number
}

/** A worker below this has room. */
export const STRETCHED_UTILISATION = 0.7
/** A worker above this for `SATURATED_SECONDS` running has none; over a whole closed loop, it was the limit. */
export const SATURATED_UTILISATION = 0.9
export const SATURATED_SECONDS = 3
/** A start lag below this is clear whatever the latencies. */
export const CLEAR_START_LAG_US = 1000
/** Above that, the lag may be this share of the messages' median latency. */
export const STRETCHED_LAG_SHARE = 0.05
/** An asked rate may be missed by this share. */
export const RATE_MISSED_SHARE = 0.01
/** Sessions that wait for replies less than this share of their time are answered promptly: a free one was there for due mail. */
export const PROMPT_WAITING_SHARE = 0.5
/** Where this share of the open connections had a write that did not drain, the window was the limit. */
export const WINDOW_DRAINING_SHARE = 0.5
/** A server that uses this share of its CPUs, or of a single one, is held back by it. */
export const SERVER_CPU_SHARE = 0.9

/** What `judge` looks at. */
export interface JudgeInput {
  /** Messages asked for in so many milliseconds (open loop); null in a closed loop. */
  readonly due: ((ms: number) => number) | null
  readonly elapsedMs: number
  readonly sessions: number
  /** Messages that got an outcome, and those given up before they were tried. */
  readonly done: number
  readonly dropped: number
  readonly health: readonly Health[]
  readonly startLagP99Us: number
  /** Accepted messages, from their intended start: median; and from their first byte: 99th percentile. */
  readonly messageP50Us: number
  readonly serviceP99Us: number
  /** Counter.waitingUs of all workers. */
  readonly waitingUs: number
  /** Failures for want of a descriptor or of a local port. */
  readonly outOfDescriptors: number
  readonly outOfPorts: number
  /** CPU of the server's processes, where they were watched. */
  readonly server?: ServerCpu | null
}

/** The figures that the rules speak of. */
interface Figures {
  readonly busiest: number
  readonly hot: boolean
  readonly waiting: number
  readonly draining: number
  readonly missed: number
}

/** Judges by the table of "Was it the generator?": first what saturates, then what stretches; whatever is left is clear. */
export function judge(input: JudgeInput): Verdict {
  const workers = overRun(input.health)
  const figures: Figures = {
    // CPU share stands in where a run was too short for a worker to tell its utilisation; a loop is never less busy than its CPU.
    busiest: workers.reduce((most, one) => Math.max(most, one.utilisation, Math.min(1, one.cpu)), 0),
    hot: stoodAbove(input.health, SATURATED_UTILISATION, SATURATED_SECONDS),
    waiting: Math.min(1, share(input.waitingUs, input.sessions * input.elapsedMs * 1000)),
    draining: drainingShare(input.health),
    missed: missedShare(input),
  }
  const { state, limit, why } = exhausted(input) ?? (input.due === null ? closed(figures) : open(input, figures))
  const busy = `busiest worker ${percent(figures.busiest)}`
  const lag = `start lag p99 ${milliseconds(input.startLagP99Us)}`
  const common = [
    ...(limit === 'server' && input.server ? [serverWords(input.server)] : []),
    input.due === null ? busy : `${busy}, ${lag}`,
  ].join(', ')
  return {
    state,
    limit,
    reason: why === null ? common : `${why}, ${common}`,
    busiest: figures.busiest,
    startLagP99Us: input.startLagP99Us,
  }
}

/** Whether it was the CPU that held the server back. */
function serverWords({ used, cores }: ServerCpu): string {
  if (cores !== null && used >= SERVER_CPU_SHARE * cores)
    return `the server's CPU stood at ${percent(Math.min(1, used / cores))} of ${cpus(cores)}`
  if (used >= SERVER_CPU_SHARE && used <= 2 - SERVER_CPU_SHARE)
    return `the server's CPU stood at ${percent(used)} of one CPU, as of a single thread`
  return `the server used ${Number(used.toPrecision(2))}${cores === null ? '' : ` of ${cpus(cores)}`}, so it was not its CPU`
}

function cpus(count: number): string {
  return `${Number(count.toPrecision(3))} CPU${count === 1 ? '' : 's'}`
}

interface Finding {
  readonly state: Verdict['state']
  readonly limit: Verdict['limit']
  readonly why: string | null
}

function exhausted(input: JudgeInput): Finding | null {
  const lacks: string[] = []
  if (input.outOfDescriptors > 0) lacks.push(`out of descriptors ${times(input.outOfDescriptors)}`)
  if (input.outOfPorts > 0) lacks.push(`out of ports ${times(input.outOfPorts)}`)
  return lacks.length === 0 ? null : { state: 'saturated', limit: 'generator', why: lacks.join(', ') }
}

/** A closed loop is meant to run at its limit, so the question is whose limit that was. */
function closed({ busiest, hot, waiting, draining }: Figures): Finding {
  if (busiest >= SATURATED_UTILISATION || hot) return { state: 'saturated', limit: 'generator', why: null }
  const state = busiest >= STRETCHED_UTILISATION ? 'stretched' : 'clear'
  if (draining >= WINDOW_DRAINING_SHARE) {
    return { state, limit: 'network window', why: `${percent(draining)} of the connections were waiting to drain` }
  }
  const waited = `sessions waited for replies ${percent(waiting)} of the time`
  return { state, limit: waiting >= PROMPT_WAITING_SHARE ? 'server' : null, why: waited }
}

function open(input: JudgeInput, { busiest, hot, waiting, draining, missed }: Figures): Finding {
  const prompt = waiting < PROMPT_WAITING_SHARE
  const slow = prompt ? 'generator' : draining >= WINDOW_DRAINING_SHARE ? 'network window' : 'server'
  const shortfall = missed > RATE_MISSED_SHARE ? `asked rate missed by ${percent(missed)}` : null
  if (hot) return { state: 'saturated', limit: 'generator', why: shortfall }
  if (shortfall !== null && prompt) return { state: 'saturated', limit: 'generator', why: shortfall }
  if (input.dropped > 0) return { state: 'stretched', limit: slow, why: `${input.dropped} dropped` }
  if (busiest >= STRETCHED_UTILISATION) return { state: 'stretched', limit: 'generator', why: shortfall }
  const lag = input.startLagP99Us
  if (lag >= CLEAR_START_LAG_US && lag > STRETCHED_LAG_SHARE * input.messageP50Us) {
    return { state: 'stretched', limit: slow, why: shortfall }
  }
  return { state: 'clear', limit: shortfall === null ? null : slow, why: shortfall }
}

/**
 * By how much the asked rate was missed, 0..1. The time of the last answers is not held against the rate: mail that is
 * started to the last moment is answered after it.
 */
function missedShare(input: JudgeInput): number {
  if (input.due === null) return 0
  const sendingMs = Math.max(0, input.elapsedMs - input.serviceP99Us / 1000)
  const due = input.due(sendingMs)
  const tried = input.done + input.dropped
  // One message more or less is the rounding of a schedule.
  return due - tried <= 1 ? 0 : (due - tried) / due
}

function share(part: number, whole: number): number {
  return whole > 0 ? part / whole : 0
}

function percent(value: number): string {
  const points = value * 100
  return `${points > 0 && points < 10 ? points.toFixed(1) : Math.round(points)}%`
}

function milliseconds(us: number): string {
  return `${Number((us / 1000).toPrecision(3))} ms`
}

function times(count: number): string {
  return count === 1 ? 'once' : `${count} times`
}
