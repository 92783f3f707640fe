/** The use case behind `stampede sink` and the library's `sink()`: a SinkPlan becomes a running receiver. */
import { availableParallelism } from 'node:os'
import { UsageError } from '../base/errors.js'
import { parseDuration, parseSize } from '../base/units.js'
import { endpointText } from '../net/listener.js'
import { checkSinkPlan } from '../plan/check.js'
import type { SinkPlan, Target } from '../plan/plan.js'
import { parseListen, TargetError, targetProtocol } from '../plan/target.js'
import { SinkPool, type SinkTotals } from '../pool/sink-pool.js'

export type { SinkFigures, SinkTotals } from '../pool/sink-pool.js'

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
  /** No new connections; transactions under way get a second. Resolves with the totals. */
  stop(): Promise<SinkTotals>
}

/** How the library's `sink()` is asked; what is left out has the command line's default. */
export interface SinkOptions {
  /** `inet:127.0.0.1:0` when left out: a port of the system's choice. */
  readonly listen?: string
  readonly family?: 0 | 4 | 6
  readonly backlog?: number
  /** Worker threads, or `auto`: all cores but one. One when left out. */
  readonly workers?: number | 'auto'
  readonly protocol?: 'smtp' | 'lmtp'
  readonly hostname?: string
  /** Connections served at once; further ones wait for their greeting. */
  readonly maxSessions?: number
  /** Octets, or a text such as `10MiB`. */
  readonly maxSize?: number | string
  /** Milliseconds, or a text such as `100s`. */
  readonly idleTimeout?: number | string
  /** Extension keywords not to announce, such as `PIPELINING`. */
  readonly without?: readonly string[]
  /** Ends after so many messages or QUITs. */
  readonly quitAfterMessages?: number
  readonly quitAfterQuits?: number
}

/**
 * Starts a receiver.
 * @throws RunError when the address can't be had
 */
export async function startSink(plan: SinkPlan): Promise<SinkHandle> {
  const pool = await SinkPool.start(plan)
  return {
    address: endpointText(pool.endpoint),
    port: pool.endpoint.kind === 'tcp' ? pool.endpoint.port : 0,
    done: pool.done,
    totals: () => pool.totals(),
    stop: () => pool.stop(),
    async [Symbol.asyncDispose]() {
      await pool.stop()
    },
  }
}

/**
 * Starts a receiver inside this program: `await using target = await sink()`.
 * @throws UsageError for an option that can't be, RunError when the address can't be had
 */
export async function sink(options: SinkOptions = {}): Promise<SinkHandle> {
  const plan = planOf(options)
  checkSinkPlan(plan)
  return startSink(plan)
}

function planOf(options: SinkOptions): SinkPlan {
  const listen = options.listen ?? 'inet:127.0.0.1:0'
  const { workers = 1, maxSize, idleTimeout } = options
  return {
    listen: readListen(listen),
    family: options.family ?? 0,
    backlog: options.backlog ?? 4096,
    workers: workers === 'auto' ? Math.max(1, availableParallelism() - 1) : workers,
    protocol: options.protocol ?? targetProtocol(listen) ?? 'smtp',
    hostname: options.hostname ?? 'smtp-sink',
    maxSessions: options.maxSessions ?? 1_000_000,
    maxSize: typeof maxSize === 'string' ? parseSize(maxSize, 'maxSize') : (maxSize ?? null),
    idleTimeoutMs:
      typeof idleTimeout === 'string' ? parseDuration(idleTimeout, 'idleTimeout') : (idleTimeout ?? 100_000),
    without: options.without ?? [],
    quitAfterMessages: options.quitAfterMessages ?? null,
    quitAfterQuits: options.quitAfterQuits ?? null,
  }
}

function readListen(text: string): Target {
  try {
    return parseListen(text)
  } catch (error) {
    if (!(error instanceof TargetError)) throw error
    throw new UsageError(`listen: ${error.message}; give host:port, :port, [IPv6]:port or unix:/path.`)
  }
}
