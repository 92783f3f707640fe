/** The main thread's side of a sink: opens the address, starts the workers, reads their rows, stops them. */
import { once } from 'node:events'
import { setTimeout as sleep } from 'node:timers/promises'
import { MessageChannel } from 'node:worker_threads'
import { Piscina } from 'piscina'
import { monotonicMs } from '../base/clock.js'
import { RunError } from '../base/errors.js'
import { Board, Control, Stop } from '../measure/board.js'
import type { WorkerMessage } from '../measure/protocol.js'
import { SINK_COUNTERS, SinkCounter } from '../measure/series.js'
import { openDoorListener } from '../net/door-listener.js'
import { type Endpoint, resolveTarget } from '../net/endpoint.js'
import { cannotListen, type Listeners, openListeners, removePath } from '../net/listener.js'
import type { TlsIdentity } from '../net/server-tls.js'
import { tlsIdentity } from '../net/tls-identity.js'
import type { Policy } from '../plan/policy.js'
import type { SinkPlan } from '../plan/sink-plan.js'
import { sinkShape } from '../worker/sink-row.js'
import type { SinkTask } from '../worker/sink-task.js'
import type { Profiling } from './profiling.js'
import { SinkPolicies } from './sink-policies.js'
import { SinkRecords } from './sink-records.js'

/** The figures of one sink worker, by the names of `SinkCounter`. */
export type SinkFigures = Readonly<Record<keyof typeof SinkCounter, number>>

/** What a sink has received: sums over its workers, except that `utilisation` is that of the busiest one. */
export interface SinkTotals extends SinkFigures {
  /** Milliseconds since it began to listen. */
  readonly elapsedMs: number
  readonly workers: readonly SinkFigures[]
  /** Sentences about the run itself: a worker that died, something that could not be had. */
  readonly notes: readonly string[]
}

export interface SinkStart {
  /**
   * Called once, when the address is open and every worker has all that it needs, but nobody has been served yet: the moment to drop
   * privileges. What it throws ends the sink.
   */
  readonly prepared?: () => void
  /** Who profiles the workers. */
  readonly profiling?: Profiling
}

const INT32_MAX = 0x7fff_ffff

export class SinkPool {
  readonly endpoint: Endpoint
  readonly records: SinkRecords
  /** Resolves when the sink has ended, by itself or by `stop`; rejects when no worker lived to the end. */
  readonly done: Promise<SinkTotals>
  readonly #board: Board
  readonly #startedMs = monotonicMs()
  readonly #notes: string[]
  readonly #policies: SinkPolicies
  #endedMs: number | null = null

  private constructor(plan: SinkPlan, endpoint: Endpoint, board: Board, notes: string[], crew: Crew) {
    this.endpoint = endpoint
    this.#board = board
    this.records = new SinkRecords(board)
    this.#notes = notes
    this.#policies = crew.policies
    this.done = crew.ended.then((died) => {
      this.#endedMs = monotonicMs()
      // The original leaves its socket behind.
      if (plan.door === null) removePath(endpoint)
      if (crew.fatal() !== null) throw new RunError(crew.fatal()!)
      if (died === board.rows.length) throw new RunError(notes.at(-1) ?? 'the sink has died')
      return this.totals()
    })
    // Whoever asks gets the rejection; nobody has to ask.
    this.done.catch(() => {})
  }

  /**
   * Resolves when every worker listens.
   * @throws RunError when the address can't be had
   */
  static async start(plan: SinkPlan, { prepared, profiling }: SinkStart = {}): Promise<SinkPool> {
    const identity = await tlsIdentity(plan)
    const listeners =
      plan.door === null
        ? await openListeners(plan.listen, plan.family, plan.workers, undefined, plan.tcpWindow)
        : openDoorListener(await resolveTarget(plan.listen, plan.family), plan)
    const workers = listeners.places.length
    const board = Board.create(sinkShape(plan, workers))
    board.control[Control.seats] = Math.min(plan.maxSessions, INT32_MAX)
    board.control[Control.messagesLeft] = Math.min(plan.quitAfterMessages ?? INT32_MAX, INT32_MAX)
    board.control[Control.quitsLeft] = Math.min(plan.quitAfterQuits ?? INT32_MAX, INT32_MAX)
    const notes = listeners.note === null ? [] : [listeners.note]
    // What is no descriptor yet is bound by a worker, and so before privileges are dropped.
    const held = prepared !== undefined && listeners.places.every(({ kind }) => kind === 'fd')
    const crew = hire(plan, identity, listeners, board, notes, { held, profiling: profiling ?? null })
    try {
      if (held) {
        await Promise.race([everyoneReady(board, workers), crew.listening])
        prepared()
        go(board)
      }
      const port = await crew.listening
      if (!held) prepared?.()
      const { endpoint } = listeners
      return new SinkPool(plan, endpoint.kind === 'tcp' ? { ...endpoint, port } : endpoint, board, notes, crew)
    } catch (error) {
      Atomics.store(board.control, Control.stop, Stop.now)
      go(board)
      await crew.ended
      if (error instanceof RunError) throw error
      throw cannotListen(`listen ${plan.listen.text}`, error)
    }
  }

  /** The figures at this moment. */
  totals(): SinkTotals {
    const workers = this.#board.rows.map(({ counters }) => figures((i) => counters[i]!))
    const busiest = Math.max(...workers.map((worker) => worker.utilisation))
    return {
      ...figures((i) => (i === SinkCounter.utilisation ? busiest : this.#board.total(i))),
      elapsedMs: (this.#endedMs ?? monotonicMs()) - this.#startedMs,
      workers,
      notes: [...this.#notes],
    }
  }

  /** The receiver model that holds now; null: there is none. */
  get policy(): Policy | null {
    return this.#policies.policy
  }

  /**
   * Another receiver model, or none: resolves when every worker goes by it. Open connections keep what they have counted; buckets and triplets are kept
   * unless `entries` is another number.
   */
  setPolicy(policy: Policy | null): Promise<void> {
    return this.#policies.change(policy)
  }

  /** Takes no new connections, lets transactions under way come to their end within a second, and ends. */
  stop(): Promise<SinkTotals> {
    const { control } = this.#board
    Atomics.compareExchange(control, Control.stop, Stop.none, Stop.drain)
    // It was about to end by itself, and whoever waits for a late reply is now waited for no longer than that.
    Atomics.compareExchange(control, Control.stop, Stop.finish, Stop.drain)
    return this.done
  }
}

interface Crew {
  /** The port, when all of them listen. */
  readonly listening: Promise<number>
  /** How many died, when all have ended. */
  readonly ended: Promise<number>
  /** Why one of them could not go on; null: nothing of the kind. */
  fatal(): string | null
  readonly policies: SinkPolicies
}

/** `held`: they are to wait for `go` before they serve anybody. `profiling`: who profiles them. */
function hire(
  plan: SinkPlan,
  identity: TlsIdentity | null,
  listeners: Listeners,
  board: Board,
  notes: string[],
  { held, profiling }: { readonly held: boolean; readonly profiling: Profiling | null },
): Crew {
  const { places } = listeners
  const pool = new Piscina({
    filename: import.meta.resolve('#worker/sink.js'),
    minThreads: places.length,
    maxThreads: places.length,
    // Its default has a worker sleep in Atomics.wait between tasks, which would freeze the sockets of a long one.
    atomics: 'disabled',
    recordTiming: false,
  })
  const tasks: Promise<void>[] = []
  const policies = new SinkPolicies(plan.policy)
  let fatal: string | null = null
  const listening = places.map(
    (place, worker) =>
      new Promise<number>((resolve, reject) => {
        const { port1, port2 } = new MessageChannel()
        port1.on('message', (message: WorkerMessage) => {
          if (message.kind === 'listening') resolve(message.port)
          else if (message.kind === 'policy') policies.taken(message.worker, message.round)
          else if (message.kind === 'fatal') {
            fatal ??= message.text
            Atomics.store(board.control, Control.stop, Stop.now)
          }
        })
        policies.join(worker, port1)
        const heard = once(port1, 'close').then(() => policies.gone(worker))
        const { shape, buffer } = board
        const model = policies.grant
        const profile = profiling?.join(worker) ?? null
        const task: SinkTask = { plan, worker, place, identity, held, model, shape, buffer, port: port2, profile }
        const transferList = profile === null ? [port2] : [port2, profile.port]
        const run = pool.run(task, { transferList }) as Promise<void>
        run.catch(reject)
        // A thread's end closes its port; only then has everything that it said been heard.
        tasks.push(run.finally(() => heard))
      }),
  )
  const ended = Promise.allSettled(tasks).then(async (ends) => {
    let died = 0
    ends.forEach((end, worker) => {
      if (end.status === 'fulfilled') return
      died++
      notes.push(`worker ${worker} died: ${end.reason instanceof Error ? end.reason.message : end.reason}`)
    })
    await pool.destroy()
    return died
  })
  return { listening: Promise.all(listening).then((ports) => ports[0]!), ended, fatal: () => fatal, policies }
}

async function everyoneReady(board: Board, workers: number): Promise<void> {
  const { control } = board
  // A worker that dies before that has the stop word set.
  while (Atomics.load(control, Control.ready) < workers && Atomics.load(control, Control.stop) === Stop.none)
    await sleep(1)
}

function go(board: Board): void {
  Atomics.store(board.control, Control.go, 1)
  Atomics.notify(board.control, Control.go)
}

function figures(value: (counter: number) => number): SinkFigures {
  return Object.fromEntries(SINK_COUNTERS.map((name, i) => [name, value(i)])) as SinkFigures
}
