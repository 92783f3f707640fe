/** A worker's own vital signs, written to its row once a second. Reading them costs two small files, outside the message path. */
import { readFileSync } from 'node:fs'
import { monitorEventLoopDelay, performance } from 'node:perf_hooks'

/** Where in the row each sign goes. */
export interface HealthPlaces {
  readonly cpuUserNs: number
  readonly cpuSystemNs: number
  readonly utilisation: number
  readonly loopDelayP99Us: number | null
  readonly hotSeconds: number | null
  /** Where the thread itself says how long it only watched the clock, in microseconds; that is no utilisation. */
  readonly watchingUs: number | null
}

/** Clock ticks of /proc: Linux has fixed USER_HZ at 100 for every program that reads it. */
const NS_PER_TICK = 1e7
/** Above this utilisation a second is hot. */
const HOT = 0.9

export class HealthWatch {
  readonly #counters: Float64Array
  readonly #places: HealthPlaces
  readonly #delay = monitorEventLoopDelay({ resolution: 10 })
  readonly #cpuAtStart = threadCpu()
  #elu = performance.eventLoopUtilization()
  #watchedUs = 0
  #timer: NodeJS.Timeout

  constructor(counters: Float64Array, places: HealthPlaces) {
    this.#counters = counters
    this.#places = places
    if (places.loopDelayP99Us !== null) this.#delay.enable()
    this.#timer = setInterval(() => this.#second(), 1000)
  }

  /** Stops watching; the CPU figures are brought up to this moment. */
  stop(): void {
    clearInterval(this.#timer)
    // A run shorter than a second has no whole second to speak for it.
    if (this.#counters[this.#places.utilisation] === 0) this.#second()
    this.#delay.disable()
    this.#cpu()
  }

  #second(): void {
    const counters = this.#counters
    const { utilisation, loopDelayP99Us, hotSeconds, watchingUs } = this.#places
    const elu = performance.eventLoopUtilization()
    const { active, idle } = performance.eventLoopUtilization(elu, this.#elu)
    const watchedUs = watchingUs === null ? 0 : counters[watchingUs]!
    const share = active + idle > 0 ? Math.max(0, active - (watchedUs - this.#watchedUs) / 1000) / (active + idle) : 0
    this.#elu = elu
    this.#watchedUs = watchedUs
    counters[utilisation] = share
    if (hotSeconds !== null) counters[hotSeconds] = share > HOT ? counters[hotSeconds]! + 1 : 0
    if (loopDelayP99Us !== null) {
      const p99 = this.#delay.percentile(99) / 1000
      // The monitor's own grain is part of what it measures.
      counters[loopDelayP99Us] = Math.max(0, p99 - 10_000)
      this.#delay.reset()
    }
    this.#cpu()
  }

  #cpu(): void {
    const cpu = threadCpu()
    this.#counters[this.#places.cpuUserNs] = cpu.userNs - this.#cpuAtStart.userNs
    this.#counters[this.#places.cpuSystemNs] = cpu.systemNs - this.#cpuAtStart.systemNs
  }
}

/** CPU of this thread so far. Linux only: elsewhere it stays 0 and the process's own figure has to do. */
function threadCpu(): { userNs: number; systemNs: number } {
  try {
    const stat = readFileSync('/proc/thread-self/stat', 'latin1')
    // Fields are counted from behind the command name, which may itself hold spaces: utime and stime are the 12th and 13th.
    const fields = stat.slice(stat.lastIndexOf(')') + 2).split(' ')
    return { userNs: Number(fields[11]) * NS_PER_TICK, systemNs: Number(fields[12]) * NS_PER_TICK }
  } catch {
    return { userNs: 0, systemNs: 0 }
  }
}
