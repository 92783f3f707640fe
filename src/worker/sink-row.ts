/** What a sink's row of the Board holds besides its counters, for the worker that fills it and the main thread that reads it. */
import type { BoardRow, BoardShape } from '../measure/board.js'
import { SINK_COUNTERS } from '../measure/series.js'
import { FIRST_DURATION, SinkRecorder } from '../measure/sink-recorder.js'
import type { SinkPlan } from '../plan/sink-plan.js'
import { TALLY_LENGTH, TALLY_VERBS } from '../smtp/server-tally.js'

/** The Board of a sink. The drop-in counts and no more, as smtp-sink does. */
export function sinkShape(plan: SinkPlan, workers: number): BoardShape {
  const records = plan.record && plan.door === null
  return {
    workers,
    counters: SINK_COUNTERS.length + (records ? TALLY_LENGTH : 0),
    slots: 0,
    histograms: records ? FIRST_DURATION + TALLY_VERBS.length : 0,
  }
}

/** The recorder and the tally of a row; null where the Board has no room for them. */
export function sinkRecords(row: BoardRow): {
  readonly recorder: SinkRecorder | null
  readonly tally: Float64Array | null
} {
  if (row.histograms.length === 0) return { recorder: null, tally: null }
  return { recorder: new SinkRecorder(row), tally: row.counters.subarray(SINK_COUNTERS.length) }
}
