/** Was it the generator? See `judge`. */
export interface Verdict {
  readonly state: 'clear' | 'stretched' | 'saturated'
  /** Which side held a closed loop back; null in an open loop that was clear. */
  readonly limit: 'generator' | 'server' | 'network window' | null
  /** One sentence with the figures that decided. */
  readonly reason: string
  /** Utilisation of the busiest worker over the run, 0..1. */
  readonly busiest: number
  /** 99th percentile of the start lag in microseconds. */
  readonly startLagP99Us: number
}
