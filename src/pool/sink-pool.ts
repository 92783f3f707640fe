/** The main thread's side of a sink: opens the address, starts the workers, reads their rows, stops them. */
import { MessageChannel } from 'node:worker_threads'
import { Piscina } from 'piscina'
import { monotonicMs } from '../base/clock.js'
import { RunError } from '../base/errors.js'
import { Board, type BoardShape, Control, Stop } from '../measure/board.js'
import type { WorkerMessage } from '../measure/protocol.js'
import { SINK_COUNTERS, SinkCounter } from '../measure/series.js'
import type { Endpoint } from '../net/endpoint.js'
import { cannotListen, type Listeners, openListeners, removePath } from '../net/listener.js'
import type { SinkPlan } from '../plan/sink-plan.js'
import type { SinkTask } from '../worker/sink-task.js'

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

const INT32_MAX = 0x7fff_ffff

export class SinkPool {
  readonly endpoint: Endpoint
  /** Resolves when the sink has ended, by itself or by `stop`; rejects when no worker lived to the end. */
  readonly done: Promise<SinkTotals>
  readonly #board: Board
  readonly #startedMs = monotonicMs()
  readonly #notes: string[]
  #endedMs: number | null = null

  private constructor(endpoint: Endpoint, board: Board, notes: string[], ended: Promise<number>, workers: number) {
    this.endpoint = endpoint
    this.#board = board
    this.#notes = notes
    this.done = ended.then((died) => {
      this.#endedMs = monotonicMs()
      removePath(endpoint)
      if (died === workers) throw new RunError(notes.at(-1) ?? 'the sink has died')
      return this.totals()
    })
    // Whoever asks gets the rejection; nobody has to ask.
    this.done.catch(() => {})
  }

  /**
   * Resolves when every worker listens.
   * @throws RunError when the address can't be had
   */
  static async start(plan: SinkPlan): Promise<SinkPool> {
    const listeners = await openListeners(plan.listen, plan.family, plan.workers)
    const workers = listeners.places.length
    const shape: BoardShape = { workers, counters: SINK_COUNTERS.length, slots: 0, histograms: 0 }
    const board = Board.create(shape)
    board.control[Control.seats] = Math.min(plan.maxSessions, INT32_MAX)
    board.control[Control.messagesLeft] = Math.min(plan.quitAfterMessages ?? INT32_MAX, INT32_MAX)
    board.control[Control.quitsLeft] = Math.min(plan.quitAfterQuits ?? INT32_MAX, INT32_MAX)
    const notes = listeners.note === null ? [] : [listeners.note]
    const crew = hire(plan, listeners, board, notes)
    try {
      const port = await crew.listening
      const { endpoint } = listeners
      return new SinkPool(endpoint.kind === 'tcp' ? { ...endpoint, port } : endpoint, board, notes, crew.ended, workers)
    } catch (error) {
      Atomics.store(board.control, Control.stop, Stop.now)
      await crew.ended
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

  /** Takes no new connections, lets transactions under way come to their end within a second, and ends. */
  stop(): Promise<SinkTotals> {
    Atomics.compareExchange(this.#board.control, Control.stop, Stop.none, Stop.drain)
    return this.done
  }
}

interface Crew {
  /** The port, when all of them listen. */
  readonly listening: Promise<number>
  /** How many died, when all have ended. */
  readonly ended: Promise<number>
}

function hire(plan: SinkPlan, listeners: Listeners, board: Board, notes: string[]): Crew {
  const { places } = listeners
  const pool = new Piscina({
    filename: new URL('../worker/sink.js', import.meta.url).href,
    minThreads: places.length,
    maxThreads: places.length,
    // Its default has a worker sleep in Atomics.wait between tasks, which would freeze the sockets of a long one.
    atomics: 'disabled',
    recordTiming: false,
  })
  const tasks: Promise<void>[] = []
  const listening = places.map(
    (place, worker) =>
      new Promise<number>((resolve, reject) => {
        const { port1, port2 } = new MessageChannel()
        port1.on('message', (message: WorkerMessage) => {
          if (message.kind === 'listening') resolve(message.port)
        })
        const task: SinkTask = { plan, worker, place, shape: board.shape, buffer: board.buffer, port: port2 }
        const run = pool.run(task, { transferList: [port2] }) as Promise<void>
        run.catch(reject)
        tasks.push(run)
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
  return { listening: Promise.all(listening).then((ports) => ports[0]!), ended }
}

function figures(value: (counter: number) => number): SinkFigures {
  return Object.fromEntries(SINK_COUNTERS.map((name, i) => [name, value(i)])) as SinkFigures
}
