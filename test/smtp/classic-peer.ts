/** A client of the pure classic machine: says octets, hears replies, lets time pass. */

import { SINK_COUNTERS, type SinkCounter } from '#src/measure/series.js'
import type { SinkDoorPlan } from '#src/plan/sink-door-plan.js'
import { ClassicServer } from '#src/smtp/classic-server.js'
import type { ClassicSession } from '#src/smtp/classic-session.js'
import type { ContentTap } from '#src/smtp/content-tap.js'
import type { ServerEvents } from '#src/smtp/server-events.js'
import { Wait } from '#src/smtp/server-machine.js'
import type { Output } from '#src/smtp/server-output.js'
import { PLAIN_DOOR } from './classic-vectors.js'

/** Collects replies through a buffer that is barely large enough, so that it overflows often. */
class Collector implements Output {
  view = new DataView(new ArrayBuffer(1024))
  readonly size = 1024
  length = 0
  text = ''

  flush(): void {
    this.text += Buffer.from(this.view.buffer, 0, this.length).toString('latin1')
    this.length = 0
  }

  take(): string {
    this.flush()
    const { text } = this
    this.text = ''
    return text
  }
}

export interface PeerOptions {
  readonly door?: Partial<SinkDoorPlan>
  readonly lmtp?: boolean
  readonly hostname?: string
  readonly messages?: number
  readonly quits?: number
  readonly tap?: ContentTap
  readonly draws?: readonly number[]
  readonly address?: string
}

export class ClassicPeer {
  readonly counters = new Float64Array(SINK_COUNTERS.length)
  /** What was shown, one line an event. */
  readonly shown: string[] = []
  readonly server: ClassicServer
  readonly session: ClassicSession
  readonly out = new Collector()
  readonly draws: number[]
  /** Milliseconds that the server took. */
  waitedMs = 0

  constructor(options: PeerOptions = {}) {
    const { shown } = this
    const events: ServerEvents = {
      connected: (peer) => shown.push(`connect ${peer?.address}`),
      command: (line) => shown.push(`> ${line}`),
      logged: (word, argument) => shown.push(`log ${word} ${argument}`),
      message: () => shown.push('message'),
      quit: () => shown.push('quit'),
      disconnected: () => shown.push('disconnect'),
      session: () => shown.push('session'),
      warning: (text) => shown.push(`warning: ${text}`),
    }
    this.draws = [...(options.draws ?? [])]
    this.server = new ClassicServer({
      door: { ...PLAIN_DOOR, ...options.door },
      hostname: options.hostname ?? 'smtp-sink',
      lmtp: options.lmtp ?? false,
      counters: this.counters,
      draw: () => this.draws.shift() ?? 99,
      messages: quota(options.messages),
      quits: quota(options.quits),
      events,
      tap: options.tap ?? null,
    })
    this.session = this.server.open({ address: options.address ?? '127.0.0.1', family: 4 })
  }

  /** The greeting, however long it takes. */
  greet(): string {
    this.server.greet(this.session, this.out)
    this.pass()
    return this.out.take()
  }

  /** The replies to these octets, however long they take. */
  say(octets: string): string {
    const buffer = Buffer.from(octets, 'latin1')
    let at = 0
    while (at < buffer.length) {
      at = this.server.consume(this.session, buffer, at, buffer.length, this.out)
      this.pass()
    }
    return this.out.take()
  }

  /** As `say`, octet by octet. */
  spell(octets: string): string {
    return [...octets].map((octet) => this.say(octet)).join('')
  }

  close(): void {
    this.server.closed(this.session)
  }

  count(counter: SinkCounter): number {
    return this.counters[counter]!
  }

  /** Lets every wait be over. */
  pass(): void {
    while (this.session.wait !== Wait.none) {
      this.waitedMs += this.session.waitMs
      this.server.resume(this.session, this.out)
    }
  }
}

function quota(left = Number.POSITIVE_INFINITY) {
  let rest = left
  return { take: () => rest-- > 0 }
}
