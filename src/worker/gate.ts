import { Control, Stop } from '../measure/board.js'

/** A main thread that takes longer than this to say go is gone. */
const PATIENCE_MS = 60_000

/** Tells the main thread that this worker is ready, and blocks until it says go. False: not to begin at all. */
export function readyToGo(control: Int32Array): boolean {
  Atomics.add(control, Control.ready, 1)
  Atomics.notify(control, Control.ready)
  Atomics.wait(control, Control.go, 0, PATIENCE_MS)
  return Atomics.load(control, Control.stop) === Stop.none
}
