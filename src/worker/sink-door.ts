/** The drop-in smtp-sink in its worker: its machine. */
import { glibcRandom } from '../base/glibc-random.js'
import type { SinkDoorPlan } from '../plan/sink-door-plan.js'
import type { SinkPlan } from '../plan/sink-plan.js'
import { ClassicServer } from '../smtp/classic-server.js'
import type { ContentTap } from '../smtp/content-tap.js'
import type { Quota } from '../smtp/server-output.js'
import { SinkVoice } from './sink-voice.js'

/** What the door's machine is lent by its worker. */
export interface DoorLoan {
  readonly counters: Float64Array
  readonly messages: Quota
  readonly quits: Quota
  readonly tap: ContentTap | null
}

const RANDOM_END = 2 ** 31

export function doorMachine(plan: SinkPlan, door: SinkDoorPlan, loan: DoorLoan): ClassicServer {
  // As the original: the same numbers in each run, unless -d has seeded them with the time.
  const random = glibcRandom(plan.keep.dump?.kind === 'each' ? Math.floor(Date.now() / 1000) | 0 : 1)
  return new ClassicServer({
    ...loan,
    door,
    hostname: plan.hostname,
    lmtp: plan.protocol === 'lmtp',
    draw: () => Math.floor((100 * random()) / RANDOM_END),
    events: new SinkVoice(door),
  })
}
