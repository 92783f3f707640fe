/** The main thread's side of a source run: threads, the common start, what they say, and who died. */
import { once } from 'node:events'
import { setTimeout as sleep } from 'node:timers/promises'
import { MessageChannel } from 'node:worker_threads'
import { Piscina } from 'piscina'
import { monotonicMs } from '../base/clock.js'
import { RunError } from '../base/errors.js'
import { Board, type BoardShape, Control, SLOTS, type Stop, Time } from '../measure/board.js'
import type { WorkerMessage } from '../measure/protocol.js'
import { COUNTERS, Series } from '../measure/series.js'
import type { Endpoint } from '../net/endpoint.js'
import type { Share, SourcePlan } from '../plan/plan.js'
import type { TracePlan } from '../plan/trace-plan.js'
import type { SourceEnd, SourceTask } from '../worker/task.js'
import type { Profiling } from './profiling.js'

/** From "everyone is ready" to the common start: time for all workers to see it. */
const START_LEAD_MS = 5
const READY_PATIENCE_MS = 60_000

export interface SourcePoolEvents {
  message(message: WorkerMessage): void
  /** A thread is gone; its row on the Board stands as it left it. */
  lost(worker: number, why: string): void
  /** Who profiles the workers; null: nobody. */
  readonly profiling: Profiling | null
}

/** One worker per share, each with one long task. */
export class SourcePool {
  readonly board: Board
  readonly #shares: readonly Share[]
  readonly #piscina: Piscina
  readonly #events: SourcePoolEvents
  readonly #tracing: TracePlan | null
  /** Workers that ended or died. */
  #over = 0
  #lastWords = ''

  /** `tracing`: which connections the workers follow and tell of; null: none. */
  constructor(shares: readonly Share[], events: SourcePoolEvents, tracing: TracePlan | null = null) {
    const shape: BoardShape = {
      workers: shares.length,
      counters: COUNTERS.length,
      slots: SLOTS,
      histograms: Series.count,
    }
    this.board = Board.create(shape)
    this.#shares = shares
    this.#events = events
    this.#tracing = tracing
    this.#piscina = new Piscina({
      filename: import.meta.resolve('#worker/source.js'),
      minThreads: shares.length,
      maxThreads: shares.length,
      concurrentTasksPerWorker: 1,
      // Its default way of waiting for tasks stops a worker's event loop, and with it every socket.
      atomics: 'disabled',
    })
  }

  /** Hands out the work, with the plan as it was made ready; when all are ready, sets the common start. Resolves when all have ended, with what they left (null: died). */
  async run(
    endpoint: Endpoint,
    date: string,
    plan: SourcePlan,
    started: (startAt: number) => void,
  ): Promise<(SourceEnd | null)[]> {
    // The load is the share's own: it has no sessions that misbehave.
    const tasks = this.#shares.map((share) =>
      this.#task({ ...share, plan: { ...plan, load: share.plan.load } }, endpoint, date),
    )
    await this.#ready()
    const startAt = monotonicMs() + START_LEAD_MS
    this.board.times[Time.startAt] = startAt
    Atomics.store(this.board.control, Control.go, 1)
    Atomics.notify(this.board.control, Control.go)
    started(startAt)
    const ends = await Promise.all(tasks)
    await this.#piscina.destroy()
    return ends
  }

  /** Asks the workers to stop; see `Stop`. */
  stop(how: Stop): void {
    Atomics.store(this.board.control, Control.stop, how)
  }

  /** Ends a thread at once, as a crash would. */
  async kill(worker: number): Promise<void> {
    await this.#piscina.threads[worker]?.terminate()
  }

  async #task(share: Share, endpoint: Endpoint, date: string): Promise<SourceEnd | null> {
    const { port1, port2 } = new MessageChannel()
    port1.on('message', (message: WorkerMessage) => this.#events.message(message))
    // The worker's end closes with its task, or with its thread; only then has everything that it said been heard.
    const heard = once(port1, 'close')
    const { shape, buffer } = this.board
    const profile = this.#events.profiling?.join(share.worker) ?? null
    const task: SourceTask = { share, endpoint, date, shape, buffer, port: port2, tracing: this.#tracing, profile }
    try {
      const transferList = profile === null ? [port2] : [port2, profile.port]
      return (await this.#piscina.run(task, { transferList })) as SourceEnd
    } catch (error) {
      this.#lastWords = (error as Error).message
      this.#events.lost(share.worker, this.#lastWords)
      return null
    } finally {
      this.#over++
      await heard
    }
  }

  async #ready(): Promise<void> {
    const { control } = this.board
    const since = monotonicMs()
    while (Atomics.load(control, Control.ready) < this.#shares.length) {
      if (this.#over > 0) return this.#failed(`a worker could not get ready: ${this.#lastWords}`)
      if (monotonicMs() - since > READY_PATIENCE_MS) return this.#failed('the workers did not get ready in a minute')
      await sleep(1)
    }
  }

  async #failed(why: string): Promise<never> {
    await this.#piscina.destroy()
    throw new RunError(why)
  }
}
