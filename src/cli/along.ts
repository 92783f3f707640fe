/** A verb that is run by another one, and what that wants of it. */
import type { Profiling } from '../pool/profiling.js'

export interface Along {
  /** Its own summary is not shown. */
  readonly quiet: boolean
  /** Takes profiles of its threads; null: nobody does. */
  readonly profiling: Profiling | null
  /** Called once everything that was given has been found right, and before anything is sent. What it throws ends the verb. */
  readonly begins: (seed: string) => void
}

/** A verb that was called by its user. */
export const ALONE: Along = { quiet: false, profiling: null, begins: () => {} }

/** For the options of a run. */
export function profilingOf({ profiling }: Along): { readonly profiling?: Profiling } {
  return profiling === null ? {} : { profiling }
}
