/** A source worker's one long task: get ready, wait for the common start, run to the end. */
import { clockOffsetMs, monotonicMs } from '../base/clock.js'
import { Board, Control, Time } from '../measure/board.js'
import { Recorder } from '../measure/recorder.js'
import { Counter } from '../measure/series.js'
import { Door } from './door.js'
import { Engine } from './engine.js'
import { HealthWatch } from './health.js'
import { profiled } from './profiled.js'
import type { SourceEnd, SourceTask } from './task.js'

/** A main thread that takes longer than this to say go is gone. */
const START_PATIENCE_MS = 60_000

export default async function source(task: SourceTask): Promise<SourceEnd> {
  const { share, port } = task
  const board = Board.attach(task.shape, task.buffer)
  const row = board.rows[share.worker]!
  const recorder = new Recorder(row, (message) => port.postMessage(message), share.worker, share.plan.record)
  const start = (): number => {
    Atomics.add(board.control, Control.ready, 1)
    Atomics.notify(board.control, Control.ready)
    Atomics.wait(board.control, Control.go, 0, START_PATIENCE_MS)
    return board.times[Time.startAt]! - clockOffsetMs()
  }
  try {
    if (share.plan.door !== null) {
      const door = new Door(task, share.plan.door, recorder)
      start()
      const exit = await door.run()
      return { endedMs: monotonicMs() - board.times[Time.startAt]!, exit }
    }
    // Everything is rendered before the start; only then does the clock begin.
    const engine = new Engine(task, board, recorder)
    const profile = await profiled(task.profile, () => doneWith(row.counters))
    engine.origin = start()
    const health = new HealthWatch(row.counters, Counter)
    await begun(engine)
    await engine.run()
    const endedMs = engine.now()
    profile?.end()
    engine.tracer?.drain(endedMs)
    health.stop()
    await engine.mischief?.end()
    return { endedMs, exit: 0 }
  } finally {
    task.profile?.port.close()
    port.close()
  }
}

/** Messages that have come to an end, whatever it was. */
function doneWith(counters: Float64Array): number {
  const { accepted, deferred, refused, failed } = Counter
  return counters[accepted]! + counters[deferred]! + counters[refused]! + counters[failed]!
}

/** Timers have a grain of a millisecond and may come early; nothing may happen at a negative time of the run. */
async function begun(engine: Engine): Promise<void> {
  for (let now = engine.now(); now < 0; now = engine.now()) {
    await new Promise((resolve) => setTimeout(resolve, Math.ceil(-now)))
  }
}
