/** Files response times by whether somebody misbehaved meanwhile. */
import type { Recorder } from './recorder.js'
import { Series } from './series.js'

export class Split {
  /** When the misbehaviour begins, in milliseconds of the run. */
  beginsAt = Number.POSITIVE_INFINITY
  private readonly recorder: Recorder

  constructor(recorder: Recorder) {
    this.recorder = recorder
  }

  /** An accepted message, from its intended start to its end; one that lasted from before to after is filed nowhere. */
  file(intended: number, ended: number): void {
    if (ended < this.beginsAt) this.recorder.time(Series.responseAlone, (ended - intended) * 1000)
    else if (intended >= this.beginsAt) this.recorder.time(Series.responseBeside, (ended - intended) * 1000)
  }
}
