/** The load of a plan as words of a command line: what is not a default. */
import { formatCount, formatDuration } from '../base/units.js'
import { healthySessions } from '../plan/mischief.js'
import type { LoadPlan, SourcePlan } from '../plan/plan.js'
import { BACKOFF_MS } from './load-of.js'
import { autoWorkers } from './machine.js'
import { backoffWords, burstWords, shapeWords } from './rate-words.js'

const DELAYS = { fixed: '-w', random: '-R', exponential: '--exp-delay' } as const

/** Read on a machine with so many cores they give the same load and workers. */
export function loadWords({ load, workers, mischief }: SourcePlan, cores: number): string[] {
  const words = arrivalWords(load)
  if (load.sessions !== 1) words.push('-s', formatCount(load.sessions))
  const open = load.durationMs !== null || load.arrivals !== null
  if (load.messages !== null && (open || load.messages !== 1)) words.push('-m', formatCount(load.messages))
  if (load.durationMs !== null) words.push('--duration', formatDuration(load.durationMs))
  if (load.ramp !== null) words.push(...rampWords(load.ramp))
  if (load.warmupMs > 0) words.push('--warmup', formatDuration(load.warmupMs))
  const backoff = backoffWords(load.backoff)
  if (backoff !== backoffWords(BACKOFF_MS)) words.push('--backoff', backoff)
  if (load.perSession === 1) words.push('--no-reuse')
  else if (load.perSession !== null) words.push('--per-session', formatCount(load.perSession))
  if (load.delay !== null) words.push(DELAYS[load.delay.kind], formatDuration(load.delay.ms))
  if (load.drainMs !== 5000) words.push('--drain', formatDuration(load.drainMs))
  if (workers !== Math.min(healthySessions(mischief, load.sessions), autoWorkers(cores)))
    words.push('--workers', String(workers))
  return words
}

function arrivalWords({ arrivals }: LoadPlan): string[] {
  if (arrivals === null) return []
  const words = shapeWords(arrivals.shape).flatMap((word) => ['--rate', word])
  if (arrivals.process !== 'even') words.push('--arrivals', arrivals.process)
  if (arrivals.burst !== null) words.push('--burst', burstWords(arrivals.burst))
  if (arrivals.late !== 'queue') words.push('--late', arrivals.late)
  if (arrivals.pace !== 'exact') words.push('--pace', arrivals.pace)
  return words
}

function rampWords({ from, upMs, downMs }: NonNullable<LoadPlan['ramp']>): string[] {
  const words: string[] = []
  if (upMs > 0) words.push('--ramp-up', formatDuration(upMs))
  if (downMs > 0) words.push('--ramp-down', formatDuration(downMs))
  if (from !== 1 && words.length > 0) words.push('--min-sessions', formatCount(from))
  return words
}
