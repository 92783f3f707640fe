/** Rates that change, as words of a command line and back: `--rate`, `--burst` and `--backoff`. */
import { UsageError } from '../base/errors.js'
import { formatDuration, formatRate, parseDuration, parseRate } from '../base/units.js'
import type { BurstPlan, RateShape, RateStage } from '../plan/arrivals.js'
import type { LoadPlan } from '../plan/plan.js'

/** The shape that the words of `--rate` say; `label` names each of them, `read` gives a file's text. Throws UsageError. */
export function parseShape(
  texts: readonly string[],
  label: (index: number) => string,
  read: (path: string) => string,
): RateShape {
  const [first = ''] = texts
  const whole = texts.find((text) => /^(sine|file):/.test(text))
  if (texts.length > 1 && whole !== undefined) {
    throw new UsageError(
      `${label(texts.indexOf(whole))}: '${whole}' stands alone; only stages such as 5k/s:60s can follow each other.`,
    )
  }
  if (whole === undefined && (texts.length > 1 || /:|\.\./.test(first))) {
    return { kind: 'stages', stages: texts.map((text, i) => parseStage(text, label(i))) }
  }
  const option = label(0)
  if (first.startsWith('sine:')) return parseSine(first, option)
  if (first.startsWith('file:')) return parseOffsets(first.slice(5), option, read)
  return { kind: 'constant', rate: parseRate(first, option) }
}

function parseStage(text: string, option: string): RateStage {
  const match = /^([^:]+?)(?:\.\.([^:]+))?:([^:]+)$/.exec(text)
  if (match === null) {
    throw new UsageError(`${option}: '${text}' is no stage; give rate and time such as 5k/s:60s or 0..5k/s:60s.`)
  }
  const [, left = '', right = left, time = ''] = match
  const unit = /\/.$/.exec(right)?.[0] ?? ''
  const from = stageRate(left.includes('/') ? left : left + unit, option)
  return { from, to: stageRate(right, option), ms: parseDuration(time, option, { min: 1 }) }
}

/** A stage may also be a pause. */
function stageRate(text: string, option: string): number {
  return /^0(\/[smh])?$/.test(text) ? 0 : parseRate(text, option)
}

function parseSine(text: string, option: string): RateShape {
  const parts = text.slice(5).split(',')
  const [mean, amplitude, period] = parts
  if (parts.length !== 3 || mean === undefined || amplitude === undefined || period === undefined) {
    throw new UsageError(
      `${option}: '${text}' is no sine; give mean, amplitude and period such as sine:1k/s,500/s,60s.`,
    )
  }
  return {
    kind: 'sine',
    mean: parseRate(mean, option),
    amplitude: stageRate(amplitude, option),
    periodMs: parseDuration(period, option, { min: 1 }),
  }
}

const OFFSET_MS: Readonly<Record<string, number>> = { us: 0.001, ms: 1, s: 1000, '': 1000, m: 60_000, h: 3_600_000 }

/** One moment in each line, ascending; a bare number is seconds. Empty lines and what follows a # say nothing. */
function parseOffsets(path: string, option: string, read: (path: string) => string): RateShape {
  const offsets: number[] = []
  read(path)
    .split(/\r?\n/)
    .forEach((line, i) => {
      const text = line.replace(/#.*/, '').trim()
      if (text === '') return
      const match = /^(\d+(?:\.\d+)?)(us|ms|[smh]?)$/.exec(text)
      if (match === null) {
        throw new UsageError(`${option}: line ${i + 1} of '${path}' is no moment; give one such as 1.25 or 1250ms.`)
      }
      offsets.push(Number(match[1]) * OFFSET_MS[match[2]!]!)
    })
  return { kind: 'offsets', offsetsMs: Float64Array.from(offsets), file: path }
}

/** The words of `--rate` that say the shape. */
export function shapeWords(shape: RateShape): string[] {
  switch (shape.kind) {
    case 'constant':
      return [formatRate(shape.rate)]
    case 'stages':
      return shape.stages.map(({ from, to, ms }) => {
        const rates = from === to ? formatRate(to) : `${formatRate(from)}..${formatRate(to)}`
        return `${rates}:${formatDuration(ms)}`
      })
    case 'sine':
      return [`sine:${formatRate(shape.mean)},${formatRate(shape.amplitude)},${formatDuration(shape.periodMs)}`]
    case 'offsets':
      return [`file:${shape.file}`]
  }
}

/** `2k/s:10s:1s`. Throws UsageError. */
export function parseBurst(text: string, option: string): BurstPlan {
  const [rate, every, length, ...more] = text.split(':')
  if (rate === undefined || every === undefined || length === undefined || more.length > 0) {
    throw new UsageError(`${option}: '${text}' is no burst; give RATE:EVERY:FOR such as 2k/s:10s:1s.`)
  }
  const everyMs = parseDuration(every, option, { min: 1 })
  return { rate: parseRate(rate, option), everyMs, forMs: parseDuration(length, option, { min: 1 }) }
}

export function burstWords({ rate, everyMs, forMs }: BurstPlan): string {
  return `${formatRate(rate)}:${formatDuration(everyMs)}:${formatDuration(forMs)}`
}

/** `10ms..1s`, or one time for every wait. Throws UsageError. */
export function parseBackoff(text: string, option: string): LoadPlan['backoff'] {
  const [first = '', last = first, ...more] = text.split('..')
  if (more.length > 0) {
    throw new UsageError(`${option}: '${text}' is no range of waits; give FIRST..LAST such as 10ms..1s.`)
  }
  const bounds = { min: 1, max: 3_600_000 }
  return { firstMs: parseDuration(first, option, bounds), lastMs: parseDuration(last, option, bounds) }
}

export function backoffWords({ firstMs, lastMs }: LoadPlan['backoff']): string {
  return firstMs === lastMs ? formatDuration(firstMs) : `${formatDuration(firstMs)}..${formatDuration(lastMs)}`
}
