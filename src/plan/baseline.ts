/** An earlier run that a run is compared with: what of its recording is needed for that. */

/** A figure of that run and its noise. */
export interface BaselineFigure {
  readonly name: string
  readonly value: number
  /** The standard error; null: not known, for the reason `why`. */
  readonly error: number | null
  readonly freedom: number
  readonly why: 'seconds' | 'messages' | 'maximum' | null
}

export interface BaselinePlan {
  /** As it was given. */
  readonly file: string
  readonly target: string
  readonly version: string
  readonly host: string
  /** ISO 8601. */
  readonly startedAt: string
  /** Whole seconds that the figures are of. */
  readonly seconds: number
  readonly generator: 'clear' | 'stretched' | 'saturated'
  readonly figures: readonly BaselineFigure[]
  /** Latencies of accepted messages: HdrHistogram V2, deflated, base64, of microseconds. */
  readonly response: string
  readonly service: string
  /** In what the plans, and what ran them, differ. */
  readonly differences: readonly { readonly name: string; readonly a: string; readonly b: string }[]
}

/** What a threshold that speaks of the baseline asks of it. */
export type BaselineQuestion = (one: {
  readonly metric: string
  readonly labels: Readonly<Record<string, string>>
  readonly aggregate: string
}) => number | null
