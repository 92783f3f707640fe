import type { LeakDriver, LeakResource, LeakWord } from '#src/measure/leaks.js'
import type { LeakPlanName } from '#src/plan/leak-plans.js'

/** What a server with a planted fault does, how it is looked for, and what has to be found. */
export interface PlantedFault {
  readonly plan: LeakPlanName
  /** 0..1: garbage for the collector, and how often it is made to run. */
  readonly noise: number
  readonly word: LeakWord
  /** What leaks, with what, and how much of it; null: nothing. */
  readonly leaks: { readonly resource: LeakResource; readonly driver: LeakDriver; readonly perUnit: number } | null
  /** Resources that a leak takes with it, beside its own. */
  readonly besides: readonly LeakResource[]
}

export const FAULTS = {
  message: {
    plan: 'short-sessions',
    noise: 0.1,
    word: 'leaking',
    leaks: { resource: 'memory', driver: 'message', perUnit: 1024 },
    besides: [],
  },
  connection: {
    plan: 'short-sessions',
    noise: 0.1,
    word: 'leaking',
    leaks: { resource: 'memory', driver: 'connection', perUnit: 1024 },
    besides: [],
  },
  auth: {
    plan: 'auth-failures',
    noise: 0.1,
    word: 'leaking',
    leaks: { resource: 'memory', driver: 'failed AUTH', perUnit: 1024 },
    besides: [],
  },
  abort: {
    plan: 'aborted',
    noise: 0.1,
    word: 'leaking',
    leaks: { resource: 'descriptors', driver: 'aborted session', perUnit: 0.01 },
    besides: [],
  },
  'close-wait': {
    plan: 'aborted',
    noise: 0.1,
    word: 'leaking',
    // Half of the sessions leave by FIN, and one in twenty of those is forgotten; the server tells how many it were.
    leaks: { resource: 'sockets CLOSE_WAIT', driver: 'aborted session', perUnit: 0.025 },
    // A socket that is left is a descriptor too, and an object.
    besides: ['descriptors', 'memory'],
  },
  cache: { plan: 'short-sessions', noise: 0.1, word: 'warming up', leaks: null, besides: [] },
  clean: { plan: 'short-sessions', noise: 1, word: 'flat', leaks: null, besides: [] },
} as const satisfies Readonly<Record<string, PlantedFault>>

export type FaultName = keyof typeof FAULTS

export function isFault(name: string): name is FaultName {
  return Object.hasOwn(FAULTS, name)
}
