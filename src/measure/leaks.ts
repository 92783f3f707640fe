/** What a search for leaks counts, measures and says. Plain data; the judging is in leak-verdict.ts. */
import type { WatchedServer } from './watched.js'

/** What a leak can go with. `MB` is a million octets sent; `minute` stands in where somebody else makes the load. */
export const LEAK_DRIVERS = [
  'message',
  'connection',
  'failed message',
  'failed AUTH',
  'aborted session',
  'TLS handshake',
  'MB',
  'minute',
] as const
export type LeakDriver = (typeof LEAK_DRIVERS)[number]

/** What can leak. Memory is in octets, everything else is counted. */
export const LEAK_RESOURCES = [
  'memory',
  'descriptors',
  'sockets ESTABLISHED',
  'sockets CLOSE_WAIT',
  'sockets FIN_WAIT',
  'sockets LAST_ACK',
  'threads',
  'processes',
] as const
export type LeakResource = (typeof LEAK_RESOURCES)[number]

export type LeakCounts = Readonly<Partial<Record<LeakDriver, number>>>
/** A resource that this system does not tell of is left out. */
export type LeakLevels = Readonly<Partial<Record<LeakResource, number>>>

/** One cycle: a load, and what was left of it once the server had come to rest. */
export interface LeakCycle {
  /** Which of the plan's loads it was, in a few words. */
  readonly load: string
  /** False: it only warmed the server up. */
  readonly counted: boolean
  /** Milliseconds of the search at the beginning of the load, at its end, and at the end of the rest. */
  readonly fromMs: number
  readonly loadedMs: number
  readonly restedMs: number
  /** False: it was still changing when the time for it was over. */
  readonly settled: boolean
  /** What the load came to. */
  readonly counts: LeakCounts
  /** After the rest. */
  readonly levels: LeakLevels
}

export const LEAK_WORDS = ['flat', 'warming up', 'leaking', 'not enough evidence'] as const
export type LeakWord = (typeof LEAK_WORDS)[number]

/** How much of a resource goes with one unit of a driver. */
export interface LeakSlope {
  readonly driver: LeakDriver
  readonly perUnit: number
  /** Bounds of the confidence interval. */
  readonly low: number
  readonly high: number
  /** Whether the growth is laid to it: only then is the slope what is left after all others have taken their part. */
  readonly blamed: boolean
}

/** The verdict on one resource. */
export interface LeakVerdict {
  readonly resource: LeakResource
  readonly word: LeakWord
  /** Levels before the first counted cycle and after each. */
  readonly levels: readonly number[]
  /** One for each driver that could be told apart from the others. */
  readonly slopes: readonly LeakSlope[]
  /** Scatter of the levels around what is said here, as a standard deviation. */
  readonly noise: number
  /** Counted cycles that the slopes are of: the last so many. */
  readonly cycles: number
  /** Why, where the word alone does not tell; else ''. */
  readonly reason: string
}

/** What one plan came to. */
export interface LeakFinding {
  readonly plan: string
  /** What was asked of the server, in a sentence. */
  readonly sentence: string
  /** Of all its resources the most alarming. */
  readonly word: LeakWord
  /** How sure the intervals are, 0..1. */
  readonly confidence: number
  /** Drivers that always went together with those that are named in the slopes. */
  readonly together: readonly { readonly driver: LeakDriver; readonly with: readonly LeakDriver[] }[]
  readonly verdicts: readonly LeakVerdict[]
  readonly cycles: readonly LeakCycle[]
  readonly notes: readonly string[]
}

/** How sure the intervals are. */
export const LEAK_CONFIDENCE = 0.99

/** The levels of one moment. Of one process its RSS is judged; of several PSS where it is known, or what they share would count often. */
export function levelsOf(server: WatchedServer): LeakLevels {
  const { sockets, descriptors } = server
  const memory = server.processes > 1 ? (server.pss ?? server.rss) : server.rss
  return {
    memory,
    ...(descriptors !== null && { descriptors: descriptors.total }),
    ...(sockets !== null && {
      'sockets ESTABLISHED': sockets.ESTABLISHED ?? 0,
      'sockets CLOSE_WAIT': sockets.CLOSE_WAIT ?? 0,
      'sockets FIN_WAIT': (sockets.FIN_WAIT1 ?? 0) + (sockets.FIN_WAIT2 ?? 0),
      'sockets LAST_ACK': sockets.LAST_ACK ?? 0,
    }),
    threads: server.threads,
    processes: server.processes,
  }
}

/** The most alarming of several words; nothing at all is not enough. */
export function worstWord(words: readonly LeakWord[]): LeakWord {
  const order: readonly LeakWord[] = ['leaking', 'not enough evidence', 'warming up', 'flat']
  return order.find((word) => words.includes(word)) ?? 'not enough evidence'
}
