/**
 * Levels to a verdict. A leak is growth that goes with what is done and does not slow down; growth that slows down and then stays is a server that warms
 * up; both are told apart by what the later cycles add.
 */
import { runningTotals } from './leak-drivers.js'
import { type Fit, fitLevels, median } from './leak-fit.js'
import {
  LEAK_CONFIDENCE,
  type LeakCounts,
  type LeakDriver,
  type LeakResource,
  type LeakSlope,
  type LeakVerdict,
} from './leaks.js'
import { criticalT } from './student.js'

/** Counted cycles that a verdict needs. */
export const LEAK_CYCLES_LEAST = 6
/** Those that a leak of memory needs: a heap that finds its size grows from cycle to cycle for a while, and in so few evenly enough for a leak. */
export const LEAK_CYCLES_LEAST_MEMORY = 12
/** What the later half adds, in relation to what the whole adds: from here on it is going on, and below it is slowing down. */
const GOES_ON = 0.6
/** Below this the early cycles are set aside: they would make the slope steeper than it goes on to be. */
const STEADY = 0.85
/** What grows less than this is not spoken of: octets, or things. */
const MATERIAL = { octets: 1024 * 1024, share: 0.01, things: 3 } as const
/** Confidence of what follows once growth is certain, or is not: that it goes on, and how much could have been missed. */
const SECOND_CONFIDENCE = 0.9
/** Scatter that is always there: the allocator's steps. Counts are exact but for one in passing. */
const GRAIN = { octets: 64 * 1024, things: 0.25 } as const
/** A resource is called flat when it could not have grown by more than this share of its level. */
const FLAT_SHARE = 1 / 2
/** A search is worth something when it would have seen so many octets kept for each unit, or so many things for each hundred. */
const SEEN = { octets: 1024, things: 0.01 } as const
const SEEN_OF_MB = 64 * 1024
/** Growth of the early cycles that is called warming up: this many times the scatter. */
const WARM_NOISE = 4

/**
 * Growth whose interval begins below this part of it is too vague for a leak: a heap that finds its size may slow down too little to be told from one. And
 * a driver that is as vague takes nothing from the others: what is given back late, in the next cycle, would be laid to it.
 */
const VAGUE = 1 / 3

const UNSURE = 'it grows, but whether it goes on growing cannot be told'

/** The counted part of a search, as one resource sees it. */
export interface LeakSeries {
  readonly resource: LeakResource
  /** Before the first counted cycle and after each. */
  readonly levels: readonly number[]
  /** Of each counted cycle. */
  readonly counts: readonly LeakCounts[]
  /** Those that can be told apart. */
  readonly drivers: readonly LeakDriver[]
}

/** Judges one resource. */
export function judgeLeak(series: LeakSeries): LeakVerdict {
  const cycles = series.counts.length
  if (cycles < LEAK_CYCLES_LEAST || series.drivers.length === 0) {
    const reason =
      cycles < LEAK_CYCLES_LEAST
        ? `${cycles} of at least ${LEAK_CYCLES_LEAST} cycles`
        : 'nothing was done that could be counted'
    return verdictOf(series, 'not enough evidence', [], 0, cycles, reason)
  }
  return judgeFrom(series, 0, false)
}

/** Judges the cycles from `start` on. `slowed`: those before grew faster for certain. */
function judgeFrom(series: LeakSeries, start: number, slowed: boolean): LeakVerdict {
  const { resource } = series
  const part = new Part(series, start)
  const said = (word: LeakVerdict['word'], reason = '') =>
    verdictOf(series, word, part.slopes, part.noise, part.cycles, reason)
  const next = start + Math.max(1, Math.floor(part.cycles / 3))
  const goesOn = series.counts.length - next >= LEAK_CYCLES_LEAST - 1
  if (!part.grows) {
    if (part.rose && goesOn) return judgeFrom(series, next, true)
    if (part.couldHide) return said('not enough evidence', `the ${resource} scatters too much for its slope to be told`)
    if (start > 0 && !slowed) return said('not enough evidence', UNSURE)
    return said(slowed || part.rose ? 'warming up' : 'flat')
  }
  const late = part.lateShare()
  if (late === null) return said('not enough evidence', UNSURE)
  const slows = late.high < GOES_ON
  if (late.share < STEADY && goesOn) return judgeFrom(series, next, slowed || slows)
  if (slows) return said('warming up', 'still growing a little, less with every cycle')
  if (resource === 'memory' && series.counts.length < LEAK_CYCLES_LEAST_MEMORY)
    return said(
      'not enough evidence',
      `${series.counts.length} of at least ${LEAK_CYCLES_LEAST_MEMORY} cycles for memory`,
    )
  if (late.low > 0 && late.share >= GOES_ON && !part.vague) return said('leaking')
  return said('not enough evidence', UNSURE)
}

interface Share {
  readonly share: number
  readonly low: number
  readonly high: number
}

/** Some of the cycles, fitted. */
class Part {
  readonly levels: readonly number[]
  readonly cycles: number
  readonly slopes: readonly LeakSlope[]
  readonly noise: number
  /** Growth that is worth a word. */
  readonly material: number
  /** Whether a leak that matters could still be there, unseen. */
  readonly couldHide: boolean
  readonly #grain: number
  readonly #columns: ReadonlyMap<LeakDriver, readonly number[]>
  /** What the blamed drivers together explain, up to each level. */
  readonly #growth: readonly number[]

  constructor({ resource, levels, counts, drivers }: LeakSeries, start: number) {
    this.levels = levels.slice(start)
    this.cycles = counts.length - start
    const own = counts.slice(start)
    const octets = resource === 'memory'
    this.#grain = octets ? GRAIN.octets : GRAIN.things
    this.material = octets ? Math.max(MATERIAL.octets, MATERIAL.share * median(this.levels)) : MATERIAL.things
    const columns = new Map(drivers.map((driver) => [driver, runningTotals(driver, own)]))
    const { blamed, fit } = this.#blame(columns)
    this.slopes = drivers.map((driver) => {
      const at = blamed.indexOf(driver)
      if (at >= 0 && fit !== null) return slopeOf(driver, fit, at, true)
      const beside = fitLevels(
        this.levels,
        [...blamed, driver].map((one) => columns.get(one)!),
        this.#grain,
      )
      const alone = beside ?? fitLevels(this.levels, [columns.get(driver)!], this.#grain)
      return alone === null
        ? { driver, perUnit: 0, low: Number.NEGATIVE_INFINITY, high: Number.POSITIVE_INFINITY, blamed: false }
        : slopeOf(driver, alone, alone.slopes.length - 1, false)
    })
    const empty = fitLevels(this.levels, [], this.#grain)
    this.noise = (fit ?? empty)?.noise ?? 0
    this.#growth = this.levels.map((_, i) =>
      fit === null ? 0 : blamed.reduce((sum, driver, j) => sum + fit.slopes[j]! * columns.get(driver)![i]!, 0),
    )
    this.couldHide = drivers.some((driver) => {
      const total = columns.get(driver)!
      const seen = !octets ? SEEN.things : driver === 'MB' ? SEEN_OF_MB : SEEN.octets
      const allowed = Math.max(4 * this.material, Math.min(FLAT_SHARE * median(this.levels), seen * total.at(-1)!))
      return this.#bound(total) > allowed
    })
    this.#columns = columns
  }

  get grows(): boolean {
    return this.#growth.at(-1)! >= this.material
  }

  /** Whether all growth together is known too badly to speak of a leak, whatever it goes with. */
  get vague(): boolean {
    const whole = this.#share(this.#growth, 0, LEAK_CONFIDENCE)
    return whole === null || whole.low < VAGUE * whole.share
  }

  /** Whether the early cycles added something, and the later ones clearly add less, whatever it goes with. */
  get rose(): boolean {
    return [1 / 3, 1 / 2].some((part) => this.#roseUntil(Math.floor(this.cycles * part)))
  }

  #roseUntil(end: number): boolean {
    const late = this.levels.slice(end)
    const middle = median(late)
    const scatter = Math.max(this.#grain, 1.4826 * median(late.map((one) => Math.abs(one - middle))))
    const rise = middle - this.levels[0]!
    if (rise <= Math.max(2 * this.material, WARM_NOISE * scatter)) return false
    return [...this.#columns.values()].every((total) => {
      const whole = total.at(-1)!
      if (whole <= 0) return false
      const share = this.#share(
        total.map((one) => (rise * one) / whole),
        end,
      )
      // As much as sets early cycles aside: whether the later ones grow is then judged by themselves.
      return share !== null && share.high < STEADY
    })
  }

  /** How fast it grew in the later half, in relation to the whole; null: cannot be told. */
  lateShare(): Share | null {
    return this.#share(this.#growth, Math.floor(this.cycles / 2))
  }

  /** From that level on, how fast it grew in relation to this growth. */
  #share(whole: readonly number[], from: number, confidence = SECOND_CONFIDENCE): Share | null {
    const growth = whole.slice(from)
    const fit = fitLevels(this.levels.slice(from), [growth.map((one) => one - growth[0]!)], this.#grain)
    if (fit === null) return null
    const { perUnit, low, high } = slopeOf('message', fit, 0, false, confidence)
    return { share: perUnit, low, high }
  }

  /** The most that it could have grown with one driver. */
  #bound(total: readonly number[]): number {
    const fit = fitLevels(this.levels, [total], this.#grain)
    return fit === null
      ? Number.POSITIVE_INFINITY
      : slopeOf('message', fit, 0, false, SECOND_CONFIDENCE).high * total.at(-1)!
  }

  /** Drops drivers, the least certain first, until each that is left adds for certain. */
  #blame(columns: ReadonlyMap<LeakDriver, readonly number[]>): { blamed: LeakDriver[]; fit: Fit | null } {
    let blamed = [...columns.keys()]
    while (blamed.length > 0) {
      const fit = fitLevels(
        this.levels,
        blamed.map((driver) => columns.get(driver)!),
        this.#grain,
      )
      if (fit === null) {
        blamed = blamed.slice(0, -1)
        continue
      }
      const limit = criticalT(1 - LEAK_CONFIDENCE, fit.degrees)
      const certain = fit.slopes.map((slope, i) => slope / Math.max(fit.errors[i]!, Number.MIN_VALUE))
      const least = certain.indexOf(Math.min(...certain))
      if (certain[least]! > (blamed.length > 1 ? limit / (1 - VAGUE) : limit)) return { blamed, fit }
      blamed = blamed.filter((_, i) => i !== least)
    }
    return { blamed, fit: null }
  }
}

function slopeOf(
  driver: LeakDriver,
  fit: Fit,
  at: number,
  blamed: boolean,
  confidence: number = LEAK_CONFIDENCE,
): LeakSlope {
  const perUnit = fit.slopes[at]!
  const margin = criticalT(1 - confidence, fit.degrees) * fit.errors[at]!
  return { driver, perUnit, low: perUnit - margin, high: perUnit + margin, blamed }
}

function verdictOf(
  { resource, levels }: LeakSeries,
  word: LeakVerdict['word'],
  slopes: readonly LeakSlope[],
  noise: number,
  cycles: number,
  reason: string,
): LeakVerdict {
  return { resource, word, levels, slopes, noise, cycles, reason }
}
