/** What a sink worker keeps of messages, as its plan says: one tap for the machine, however many keep something. */
import { zoneName } from '../base/zone.js'
import type { SinkPlan } from '../plan/sink-plan.js'
import type { ContentTap, Envelope, MessageTap } from '../smtp/content-tap.js'
import { Dumps } from './dumps.js'
import { Ledger } from './ledger.js'

export interface Keeping {
  /** Null: nothing is kept, and content need not be looked at. */
  readonly tap: ContentTap | null
  /** Writes what is still in memory. To be called when the last connection has gone. */
  close(): void
}

/**
 * Makes what `plan.keep` asks for. `fatal` is called when something can't be kept any more, with a text such as
 * `open /x/y: Permission denied`; the sink then ought to end with status 1. Throws nothing: a file that can't be opened at once is told the same way.
 */
export function keep(plan: Pick<SinkPlan, 'keep' | 'hostname' | 'lenientEod'>, fatal: (text: string) => void): Keeping {
  const { dump, ledger } = plan.keep
  const lenient = plan.lenientEod
  const taps: ContentTap[] = []
  const now = Date.now
  if (dump !== null) {
    taps.push(new Dumps({ ...dump, hostname: plan.hostname, lenient, now, random: Math.random, zoneName, fatal }))
  }
  const book = ledger === null ? null : new Ledger({ path: ledger, lenient, now, fatal })
  if (book !== null) taps.push(book)
  return { tap: joinTaps(taps), close: () => book?.close() }
}

/** One tap that does what all of them do, in their order; null for none. */
export function joinTaps(taps: readonly ContentTap[]): ContentTap | null {
  return taps.length < 2 ? (taps[0] ?? null) : new SeveralTaps(taps)
}

class SeveralTaps implements ContentTap {
  readonly #taps: readonly ContentTap[]

  constructor(taps: readonly ContentTap[]) {
    this.#taps = taps
  }

  begin(envelope: Envelope): MessageTap {
    return new SeveralMessageTaps(this.#taps.map((tap) => tap.begin(envelope)))
  }
}

class SeveralMessageTaps implements MessageTap {
  readonly #taps: readonly MessageTap[]

  constructor(taps: readonly MessageTap[]) {
    this.#taps = taps
  }

  content(buffer: Buffer, from: number, to: number, dotted: boolean): void {
    for (const tap of this.#taps) tap.content(buffer, from, to, dotted)
  }

  end(dotted: boolean, accepted: boolean): void {
    for (const tap of this.#taps) tap.end(dotted, accepted)
  }

  abort(): void {
    for (const tap of this.#taps) tap.abort()
  }
}
