/** The shape of `profile.json`, for whoever makes or shows it. */
import type { FunctionRow, Kind, ModuleRow } from './tree.js'

/** A node of the flame graph as JSON: value is the time of the whole subtree in microseconds. */
export interface FlameNode {
  readonly name: string
  readonly kind: Kind
  readonly place: string
  readonly value: number
  readonly children: readonly FlameNode[]
}

/** How one thread spent the profiled time, in microseconds. */
export interface ThreadRow {
  readonly name: string
  readonly spanUs: number
  /** Null where the system does not say. */
  readonly cpuUs: number | null
  readonly waitUs: number | null
  readonly samples: number
}

/** One flame graph, with its tables. */
export interface Section {
  readonly title: string
  /** What its figures are and how they were made, in sentences. */
  readonly method: readonly string[]
  readonly totalUs: number
  readonly functions: readonly FunctionRow[]
  readonly modules: readonly ModuleRow[]
  readonly flame: FlameNode
}

export interface ProfileDocument {
  readonly schemaVersion: 1
  readonly version: string
  readonly node: string
  /** The command line that was profiled. */
  readonly command: string
  readonly intervalUs: number
  readonly spanUs: number
  /** Messages that came to an end in the profiled time. */
  readonly messages: number
  /** CPU of the whole process in that time, by its own account. */
  readonly process: { readonly userUs: number; readonly systemUs: number; readonly perMessageUs: number | null }
  /** What the functions add up to, and which part of the process's CPU that is. */
  readonly accountedUs: number
  readonly accountedShare: number
  /** Of the process's CPU: what the kernel used, by the process's own account. */
  readonly kernelShare: number
  /** Of what the functions add up to. */
  readonly shares: {
    readonly gc: number
    readonly writes: number
    readonly systemCalls: number
    readonly poll: number
    readonly program: number
    readonly helpers: number
    /** The sampling itself, as far as it has threads of its own. */
    readonly sampler: number
  }
  readonly threads: readonly ThreadRow[]
  readonly sections: readonly Section[]
  readonly notes: readonly string[]
}
