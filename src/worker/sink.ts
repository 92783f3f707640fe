/** A sink worker's one long task: listen, serve until told to stop. */
import net from 'node:net'
import { Board, Control } from '../measure/board.js'
import { SinkCounter } from '../measure/series.js'
import { acceptInto, canWrapHandles } from '../net/accepted.js'
import { listenOn } from '../net/listener.js'
import type { SinkPlan } from '../plan/sink-plan.js'
import { Server, type ServerOptions } from '../smtp/server.js'
import { type Quota, UNLIMITED } from '../smtp/server-output.js'
import { ShownServer } from '../smtp/server-shown.js'
import { readyToGo } from './gate.js'
import { HealthWatch } from './health.js'
import { profiled } from './profiled.js'
import { doorMachine } from './sink-door.js'
import { onRead } from './sink-link.js'
import { followPolicies, modelOf } from './sink-model.js'
import { authOf, securityOf } from './sink-offers.js'
import { Receiver } from './sink-receiver.js'
import { sinkRecords } from './sink-row.js'
import type { SinkTask } from './sink-task.js'
import { SinkVoice } from './sink-voice.js'
import { keep } from './taps.js'

/** One for a thread. Larger ones save system calls with large bodies and cost cache with small ones. */
const READ_BYTES = 64 * 1024

export default async function sink(task: SinkTask): Promise<void> {
  const { plan, port, worker, place } = task
  const board = Board.attach(task.shape, task.buffer)
  const row = board.rows[worker]!
  const { counters } = row
  const { recorder, tally } = sinkRecords(row)
  try {
    const wrap = await canWrapHandles()
    const messages = quota(board.control, Control.messagesLeft, plan.quitAfterMessages)
    const quits = quota(board.control, Control.quitsLeft, plan.quitAfterQuits)
    const buffer = Buffer.allocUnsafeSlow(READ_BYTES)
    const keeping = keep(plan, (text) => port.postMessage({ kind: 'fatal', worker, text, exit: 1 }))
    const loan = { counters, messages, quits, tap: keeping.tap }
    const machine =
      plan.door !== null
        ? doorMachine(plan, plan.door, loan)
        : modernMachine(plan, {
            ...loan,
            presence: plan,
            auth: authOf(plan, counters),
            security: plan.tls?.mode ?? null,
            lenientEod: plan.lenientEod,
            afterData: plan.afterData,
            recorder,
            tally,
            model: modelOf(task.model, worker, counters),
          })
    if (machine instanceof Server) followPolicies(port, machine, worker, counters)
    const profile = await profiled(task.profile, () => counters[SinkCounter.messages]!)
    if (task.held && !readyToGo(board.control)) return
    const listener = net.createServer()
    await listenOn(listener, place, plan.backlog)
    const receiver = new Receiver({
      machine,
      control: board.control,
      counters,
      idleTimeoutMs: plan.idleTimeoutMs,
      limited: plan.quitAfterMessages !== null || plan.quitAfterQuits !== null,
      unix: plan.listen.kind === 'unix',
      setNoDelay: place.kind === 'tcp',
      security: securityOf(plan, task.identity, counters, buffer, onRead),
      implicitTls: plan.tls?.mode === 'implicit',
      recorder,
      close: () => listener.close(),
    })
    acceptInto(listener, buffer, onRead, (socket) => receiver.accept(socket), wrap)
    const health = new HealthWatch(counters, {
      ...SinkCounter,
      loopDelayP99Us: null,
      hotSeconds: null,
      watchingUs: null,
    })
    const address = listener.address()
    port.postMessage({
      kind: 'listening',
      worker,
      port: address !== null && typeof address === 'object' ? address.port : 0,
    })
    await receiver.done
    profile?.end()
    health.stop()
    keeping.close()
  } finally {
    task.profile?.port.close()
    port.close()
  }
}

/** Only where somebody looks on is every command looked at by itself. */
function modernMachine({ talk }: SinkPlan, options: ServerOptions): Server {
  if (!talk.verbose && talk.log.length === 0) return new Server(options)
  const wanted = { program: 'stampede', verbose: talk.verbose ? 1 : 0, log: talk.log, counter: false }
  return new ShownServer({ ...options, ...talk, events: new SinkVoice(wanted) })
}

/** `limit` is already in the control word, which all workers take from. */
function quota(control: Int32Array, word: number, limit: number | null): Quota {
  return limit === null ? UNLIMITED : { take: () => Atomics.sub(control, word, 1) > 0 }
}
