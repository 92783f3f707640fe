/** The drop-in smtp-sink in its worker: its machine, and its voice on stdout, stderr and to the system's logger. */
import { writeSync } from 'node:fs'
import { basename } from 'node:path'
import { glibcRandom } from '../base/glibc-random.js'
import { Syslog } from '../net/syslog.js'
import type { SinkDoorPlan } from '../plan/sink-door-plan.js'
import type { SinkPlan } from '../plan/sink-plan.js'
import type { ClassicEvents } from '../smtp/classic-events.js'
import { ClassicServer } from '../smtp/classic-server.js'
import type { ClassicSession } from '../smtp/classic-session.js'
import { printable } from '../smtp/classic-words.js'
import type { ContentTap } from '../smtp/content-tap.js'
import type { Quota } from '../smtp/server-output.js'

/** What the door's machine is lent by its worker. */
export interface DoorLoan {
  readonly counters: Float64Array
  readonly messages: Quota
  readonly quits: Quota
  readonly tap: ContentTap | null
}

/** Octets of a command's argument that are logged. */
const LOGGED_MAX = 100
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
    events: new DoorVoice(door),
  })
}

/** Says what `-c`, `-s` and `-v` want to be said, at once and in order. */
export class DoorVoice implements ClassicEvents {
  readonly #door: SinkDoorPlan
  readonly #syslog: Syslog | null
  readonly #write: (descriptor: 1 | 2, line: string) => void
  #sessions = 0
  #quits = 0
  #messages = 0

  /** `write` takes octets as latin1. */
  constructor(
    door: SinkDoorPlan,
    write = writeAll,
    syslog: Syslog | null = door.log.length > 0 ? new Syslog(basename(door.program)) : null,
  ) {
    this.#door = door
    this.#write = write
    this.#syslog = syslog
  }

  connected({ peer }: ClassicSession): void {
    if (peer === null) return
    const family = peer.family === 0 ? 'AF_LOCAL' : peer.family === 6 ? 'AF_INET6' : 'AF_INET'
    this.#show(`connect (${family} ${peer.address})`)
  }

  command(_: ClassicSession, line: string): void {
    this.#show(line)
  }

  logged(_: ClassicSession, word: string, argument: string): void {
    this.#syslog?.write(printable(`${word} ${argument.slice(0, LOGGED_MAX)}`))
  }

  message(): void {
    this.#messages++
    this.#count()
  }

  /** Shown with the end of the connection, which follows. */
  quit(): void {
    this.#quits++
  }

  disconnected(): void {
    this.#show('disconnect')
  }

  session(): void {
    this.#sessions++
    this.#count()
  }

  warning(text: string): void {
    this.#tell(`warning: ${text}`)
  }

  #show(line: string): void {
    if (this.#door.verbose > 0) this.#tell(line)
  }

  #tell(line: string): void {
    this.#write(2, `${this.#door.program}: ${printable(line)}\n`)
  }

  #count(): void {
    if (this.#door.counter) this.#write(1, `sess=${this.#sessions} quit=${this.#quits} mesg=${this.#messages}\r`)
  }
}

/** Writes all of it, and waits for a reader that is behind; one that is gone is not worth an end of the run. */
function writeAll(descriptor: 1 | 2, line: string): void {
  const octets = Buffer.from(line, 'latin1')
  for (let at = 0; at < octets.length; ) {
    try {
      at += writeSync(descriptor, octets, at)
    } catch (error) {
      if ((error as NodeJS.ErrnoException).code !== 'EAGAIN') return
      // A pipe that somebody else has made non-blocking.
      Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0, 1)
    }
  }
}
