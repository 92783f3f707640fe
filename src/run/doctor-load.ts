/** This machine's own ceiling: our source against our sink on loopback, one way of sending after the other. */
import { StampedeError } from '../base/errors.js'
import type { SourcePlan } from '../plan/plan.js'
import type { SinkPlan } from '../plan/sink-plan.js'
import type { Ceiling } from '../report/doctor.js'
import { startSink } from './sink.js'
import { runSource } from './source.js'

/** A way of sending. */
export interface CeilingMode {
  readonly mode: string
  /** As they are typed. */
  readonly options: string
  /** What is sent to the sink at that address. */
  readonly plan: (address: string) => SourcePlan
}

/** Measures each; `before` is told which one is next. Ends early when `signal` is aborted. Rejects with RunError when there can be no sink. */
export async function measureCeilings(
  sinkPlan: SinkPlan,
  modes: readonly CeilingMode[],
  signal: AbortSignal,
  before: (mode: string, number: number) => void,
): Promise<Ceiling[]> {
  const sink = await startSink(sinkPlan)
  const ceilings: Ceiling[] = []
  try {
    for (const [i, one] of modes.entries()) {
      if (signal.aborted) break
      before(one.mode, i + 1)
      ceilings.push(await measured(one, sink.address, signal))
    }
    return ceilings
  } finally {
    await sink.stop()
  }
}

async function measured({ mode, options, plan }: CeilingMode, address: string, signal: AbortSignal): Promise<Ceiling> {
  const nothing = { mode, options, perSecond: 0, cpuPerMessageUs: 0, busiest: 0 }
  try {
    const { messages, cpu, generator, errors, passed } = await runSource(plan(address), { signal })
    const [first] = errors
    return {
      mode,
      options,
      perSecond: messages.perSecond,
      // Of source and sink together: they are threads of one process here.
      cpuPerMessageUs: cpu.perMessageUs,
      busiest: generator.busiest,
      trouble:
        first !== undefined
          ? `${first.count} × ${first.error} after ${first.after}`
          : passed
            ? null
            : 'not all was accepted',
    }
  } catch (error) {
    if (error instanceof StampedeError) return { ...nothing, trouble: error.message }
    throw error
  }
}
