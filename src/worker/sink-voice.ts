/** A sink's voice: what its operator wants to be told, on stdout, stderr and by the system's logger. */
import { writeSync } from 'node:fs'
import { basename } from 'node:path'
import { Syslog } from '../net/syslog.js'
import type { DoorCommand } from '../plan/sink-door-plan.js'
import { printable } from '../smtp/classic-words.js'
import type { ServerEvents } from '../smtp/server-events.js'
import type { Peer } from '../smtp/server-machine.js'

/** What is wanted. */
export interface Wanted {
  /** Prefixes what is shown; its bare name is what the logger is told. */
  readonly program: string
  /** `-v`, as often as given. */
  readonly verbose: number
  /** `-s`: told to syslog. */
  readonly log: readonly DoorCommand[]
  /** `-c`: counter lines on stdout. */
  readonly counter: boolean
}

/** Octets of a command's argument that are logged. */
const LOGGED_MAX = 100

/** Says what `-c`, `-s` and `-v` want to be said, at once and in order. */
export class SinkVoice implements ServerEvents {
  readonly #wanted: Wanted
  readonly #syslog: Syslog | null
  readonly #write: (descriptor: 1 | 2, line: string) => void
  #sessions = 0
  #quits = 0
  #messages = 0

  /** `write` takes octets as latin1. */
  constructor(
    wanted: Wanted,
    write = writeAll,
    syslog: Syslog | null = wanted.log.length > 0 ? new Syslog(basename(wanted.program)) : null,
  ) {
    this.#wanted = wanted
    this.#write = write
    this.#syslog = syslog
  }

  connected(peer: Peer | null): void {
    if (peer === null) return
    const family = peer.family === 0 ? 'AF_LOCAL' : peer.family === 6 ? 'AF_INET6' : 'AF_INET'
    this.#show(`connect (${family} ${peer.address})`)
  }

  command(line: string): void {
    this.#show(line)
  }

  logged(word: string, argument: string): void {
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
    if (this.#wanted.verbose > 0) this.#tell(line)
  }

  #tell(line: string): void {
    this.#write(2, `${this.#wanted.program}: ${printable(line)}\n`)
  }

  #count(): void {
    if (this.#wanted.counter) this.#write(1, `sess=${this.#sessions} quit=${this.#quits} mesg=${this.#messages}\r`)
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
