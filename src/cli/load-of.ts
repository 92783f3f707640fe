/** From what was given to the load of a plan. */
import { UsageError } from '../base/errors.js'
import type { ArrivalPlan } from '../plan/arrivals.js'
import type { LoadPlan } from '../plan/plan.js'
import type { Given } from './given.js'
import type { Machine } from './machine.js'
import { parseBackoff, parseBurst, parseShape } from './rate-words.js'
import { readOctets } from './read-file.js'

/** Waits before another connection when none were asked for. */
export const BACKOFF_MS: LoadPlan['backoff'] = { firstMs: 10, lastMs: 250 }

/** The load of `stampede source`. Throws UsageError. */
export function loadPlan(given: Given, machine: Pick<Machine, 'readFile'>): LoadPlan {
  const arrivals = arrivalsOf(given, machine)
  const { messages, durationMs } = extentOf(given, arrivals)
  const perSession = given.count('per-session')
  const reuse = given.flag('reuse') ?? true
  if (!reuse && perSession !== null && perSession !== 1) {
    throw new UsageError(
      `${given.label('reuse')} and ${given.label('per-session')} exclude each other; give one of them.`,
    )
  }
  const backoff = given.text('backoff')
  return {
    messages,
    durationMs,
    arrivals,
    sessions: given.count('sessions') ?? 1,
    ramp: rampOf(given),
    warmupMs: given.duration('warmup') ?? 0,
    backoff: backoff === null ? BACKOFF_MS : parseBackoff(backoff, given.label('backoff')),
    perSession: reuse ? perSession : 1,
    delay: delayOf(given),
    drainMs: given.duration('drain') ?? 5000,
  }
}

/** Stages end with the last one, and a file with its last line, unless it is said otherwise; a closed loop sends one message. */
function extentOf(given: Given, arrivals: ArrivalPlan | null): Pick<LoadPlan, 'messages' | 'durationMs'> {
  const messages = given.count('messages')
  const durationMs = given.duration('duration')
  const shape = arrivals?.shape
  if (durationMs === null && shape?.kind === 'stages') {
    return { messages, durationMs: shape.stages.reduce((sum, { ms }) => sum + ms, 0) }
  }
  if (messages !== null || durationMs !== null) return { messages, durationMs }
  if (shape === undefined) return { messages: 1, durationMs }
  return { messages: shape.kind === 'offsets' ? shape.offsetsMs.length : null, durationMs }
}

function arrivalsOf(given: Given, machine: Pick<Machine, 'readFile'>): ArrivalPlan | null {
  const texts = given.texts('rate')
  if (texts.length === 0) {
    const lonely = ['arrivals', 'burst', 'late', 'pace'].find((name) => given.has(name))
    if (lonely !== undefined) {
      throw new UsageError(`${given.label(lonely)} has no meaning without a schedule; give --rate as well.`)
    }
    return null
  }
  const label = (index: number) => given.label('rate', index)
  const burst = given.text('burst')
  return {
    shape: parseShape(texts, label, (path) => Buffer.from(readOctets(path, label(0), machine)).toString('utf8')),
    burst: burst === null ? null : parseBurst(burst, given.label('burst')),
    process: given.choice<ArrivalPlan['process']>('arrivals') ?? 'even',
    late: given.choice<ArrivalPlan['late']>('late') ?? 'queue',
    pace: given.choice<ArrivalPlan['pace']>('pace') ?? 'exact',
  }
}

function rampOf(given: Given): LoadPlan['ramp'] {
  const upMs = given.duration('ramp-up') ?? 0
  const downMs = given.duration('ramp-down') ?? 0
  const from = given.count('min-sessions')
  if (upMs > 0 || downMs > 0) return { from: from ?? 1, upMs, downMs }
  if (from === null) return null
  throw new UsageError(`${given.label('min-sessions')} has no meaning without a ramp; give --ramp-up or --ramp-down.`)
}

const DELAYS = { delay: 'fixed', 'random-delay': 'random', 'exp-delay': 'exponential' } as const

function delayOf(given: Given): LoadPlan['delay'] {
  const [name, second] = (Object.keys(DELAYS) as (keyof typeof DELAYS)[]).filter((one) => given.has(one))
  if (name === undefined) return null
  if (second !== undefined) {
    throw new UsageError(`${given.label(name)} and ${given.label(second)} exclude each other; give one of them.`)
  }
  const ms = given.duration(name)!
  return { kind: DELAYS[name], ms, stepMs: ms % 1000 === 0 ? 1000 : 1 }
}
