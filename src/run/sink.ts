/** The use case behind `stampede sink` and the library's `sink()`: a SinkPlan becomes a running receiver. */
import { endpointText } from '../net/listener.js'
import type { Policy } from '../plan/policy.js'
import { checkPolicy } from '../plan/policy-check.js'
import type { SinkPlan } from '../plan/sink-plan.js'
import { SinkPool, type SinkStart, type SinkTotals } from '../pool/sink-pool.js'
import type { SinkRecords } from '../pool/sink-records.js'

export type { SinkFigures, SinkStart, SinkTotals } from '../pool/sink-pool.js'

/** A sink that listens. */
export interface SinkHandle extends AsyncDisposable {
  /** `inet:127.0.0.1:2525` or `unix:/path`, usable as a target. */
  readonly address: string
  /** 0 with a unix socket. */
  readonly port: number
  /** Resolves when it has ended, by `stop` or by a limit of the plan; rejects with RunError when its workers have died. */
  readonly done: Promise<SinkTotals>
  /** What it has received so far. */
  totals(): SinkTotals
  /** Replies by verb and code, how long they took, and how large messages were, so far. */
  readonly records: SinkRecords
  /** The receiver model that holds now; null: there is none. */
  readonly policy: Policy | null
  /**
   * Another receiver model from the next command on, or none; resolves when every worker goes by it. Open connections keep what they have counted.
   * Rejects with UsageError when the policy contradicts itself.
   */
  setPolicy(policy: Policy | null): Promise<void>
  /** No new connections; transactions under way get a second. Resolves with the totals. */
  stop(): Promise<SinkTotals>
}

/**
 * Starts a receiver.
 * @throws RunError when the address can't be had
 */
export async function startSink(plan: SinkPlan, start: SinkStart = {}): Promise<SinkHandle> {
  const pool = await SinkPool.start(plan, start)
  return {
    address: endpointText(pool.endpoint),
    port: pool.endpoint.kind === 'tcp' ? pool.endpoint.port : 0,
    done: pool.done,
    totals: () => pool.totals(),
    records: pool.records,
    get policy() {
      return pool.policy
    },
    async setPolicy(policy) {
      if (policy !== null) checkPolicy(policy)
      await pool.setPolicy(policy)
    },
    stop: () => pool.stop(),
    async [Symbol.asyncDispose]() {
      await pool.stop()
    },
  }
}
