/** What a run is judged by: the plan of one threshold. `METRIC[{label=value,…}][.AGG] OP VALUE[UNIT] [after DURATION] [abort]`, VALUE being `baseline[±N%]` too. */

export type Comparison = '<' | '<=' | '>' | '>=' | '==' | '!='

export interface Threshold {
  /** As it was written, white space made single. */
  readonly text: string
  readonly metric: string
  readonly labels: Readonly<Record<string, string>>
  readonly aggregate: string
  readonly comparison: Comparison
  /** In the metric's own unit: milliseconds for times, 0..1 for shares, per second for rates, else a count. */
  readonly value: number
  /** The value came of a baseline, and does not stand in the text; absent: it does. */
  readonly ofBaseline?: true
  /** Not looked at before so many milliseconds of the run are over. */
  readonly afterMs: number
  /** Broken for good, it ends the run. */
  readonly abort: boolean
}
