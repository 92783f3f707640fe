/** A receiver model with a clock that is moved by hand, and clients that only say what they would send. */

import { FAULT_KINDS, FaultKind, type FaultName, faultCounter } from '#src/measure/fault-kinds.js'
import { SINK_COUNTERS } from '#src/measure/series.js'
import type { Policy } from '#src/plan/policy.js'
import { ModelMemory, makeModelMemory } from '#src/smtp/model-memory.js'
import { policyFrom } from '#src/smtp/profiles.js'
import { ReceiverModel } from '#src/smtp/receiver-model.js'
import { Act, type ModelState, Stage, type Verdict } from '#src/smtp/server-model.js'
import type { ReplyText } from '#src/smtp/server-replies.js'

export const ACTS = Object.keys(Act) as (keyof typeof Act)[]

/** A policy of a document. */
export function policyOf(document: Record<string, unknown>): Policy {
  return policyFrom('test', { seed: 'c0ffee', ...document }, '0')
}

/** A verdict that stays. */
export interface Judged {
  readonly act: keyof typeof Act
  readonly delayMs: number
  readonly reply: string | null
  readonly cutAfter: number
}

export function textOf(reply: ReplyText): string {
  return Buffer.from(reply.words.buffer, reply.words.byteOffset, reply.length).toString('latin1')
}

export class Bench {
  readonly model: ReceiverModel
  readonly counters = new Float64Array(SINK_COUNTERS.length)
  nowMs = 1_000_000

  constructor(document: Record<string, unknown>, worker = 0, memory?: SharedArrayBuffer) {
    const policy = policyOf(document)
    this.model = new ReceiverModel({
      policy,
      memory: new ModelMemory(memory ?? makeModelMemory(policy.entries), policy.entries),
      worker,
      counters: this.counters,
      now: () => this.nowMs,
    })
  }

  open(address = '127.0.0.1'): Caller {
    return new Caller(this, address)
  }

  faults(): Partial<Record<FaultName, number>> {
    const found = FAULT_KINDS.map((name) => [name, this.counters[faultCounter(FaultKind[name])]!] as const)
    return Object.fromEntries(found.filter(([, count]) => count > 0))
  }
}

export class Caller {
  readonly bench: Bench
  readonly state: ModelState
  readonly opened: ReturnType<ReceiverModel['open']>

  constructor(bench: Bench, address: string) {
    this.bench = bench
    this.opened = bench.model.open({ address, family: 4 })
    this.state = this.opened.state
  }

  judge(stage: keyof typeof Stage, argument = '', recipients = 0): Judged {
    // Surrounded by other octets, as in a read buffer.
    const buffer = Buffer.from(`xx${argument}yy`, 'latin1')
    const verdict: Verdict = this.bench.model.judge(
      this.state,
      Stage[stage],
      buffer,
      2,
      2 + argument.length,
      recipients,
    )
    return {
      act: ACTS.find((name) => Act[name] === verdict.act)!,
      delayMs: verdict.delayMs,
      reply: verdict.reply && textOf(verdict.reply),
      cutAfter: verdict.cutAfter,
    }
  }

  close(): void {
    this.bench.model.closed(this.state)
  }
}
