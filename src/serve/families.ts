/** Metric families as data, between the figures they come from and the text that is made of them. */

export type Labels = Readonly<Record<string, string>>

export interface Sample {
  readonly labels: Labels
  readonly value: number
}

/** Counts of a classic histogram: not cumulative, one for each bound of `BOUNDS` and one for what lies above. */
export interface Distribution {
  readonly labels: Labels
  readonly counts: readonly number[]
  readonly sum: number
}

/** One family. Names end in their unit, those of counters in `_total`; labels never carry addresses, ids or free text. */
export type Family =
  | {
      readonly type: 'counter' | 'gauge'
      readonly name: string
      readonly help: string
      readonly samples: readonly Sample[]
    }
  | {
      readonly type: 'histogram'
      readonly name: string
      readonly help: string
      /** Upper bounds in the unit of the name, rising; +Inf is understood. */
      readonly bounds: readonly number[]
      readonly samples: readonly Distribution[]
    }

/** 100 µs to 30 s in steps of 1, 2.5, 5: what every duration is filed under. */
export const DURATION_BOUNDS: readonly number[] = [
  0.0001, 0.00025, 0.0005, 0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10, 30,
]

/** 1 KiB to 64 MiB in steps of four: what sizes are filed under. */
export const SIZE_BOUNDS: readonly number[] = [1, 4, 16, 64, 256, 1024, 4096, 16_384, 65_536].map((kib) => kib * 1024)

export function counter(name: string, help: string, samples: readonly Sample[] | number): Family {
  return { type: 'counter', name, help, samples: samplesOf(samples) }
}

export function gauge(name: string, help: string, samples: readonly Sample[] | number): Family {
  return { type: 'gauge', name, help, samples: samplesOf(samples) }
}

function samplesOf(samples: readonly Sample[] | number): readonly Sample[] {
  return typeof samples === 'number' ? [{ labels: {}, value: samples }] : samples
}
