/** Cycles to a finding: every resource judged, and what all of them come to. */
import { toldApart } from './leak-drivers.js'
import { judgeLeak } from './leak-verdict.js'
import {
  LEAK_CONFIDENCE,
  LEAK_RESOURCES,
  type LeakCycle,
  type LeakDriver,
  type LeakFinding,
  worstWord,
} from './leaks.js'

export interface FindingInput {
  readonly plan: string
  readonly sentence: string
  /** What a leak may be laid to, the likeliest first. */
  readonly candidates: readonly LeakDriver[]
  /** Those that only warm up come first. */
  readonly cycles: readonly LeakCycle[]
  readonly notes: readonly string[]
}

/** Judges every resource that all levels are known of and that there ever was any of. */
export function findingOf({ plan, sentence, candidates, cycles, notes }: FindingInput): LeakFinding {
  const counted = cycles.filter((cycle) => cycle.counted)
  const before = cycles.filter((cycle) => !cycle.counted).slice(-1)
  const kept = [...before, ...counted]
  // Without a level from before the first counted cycle, that one has to give it.
  const counts = kept.slice(1).map((cycle) => cycle.counts)
  const { drivers, together } = toldApart(candidates, counts)
  const verdicts = LEAK_RESOURCES.flatMap((resource) => {
    const levels = kept.map((cycle) => cycle.levels[resource])
    if (!levels.every((level) => level !== undefined) || levels.every((level) => level === 0)) return []
    return [judgeLeak({ resource, levels, counts, drivers })]
  })
  const word = worstWord(verdicts.map((verdict) => verdict.word))
  return { plan, sentence, word, confidence: LEAK_CONFIDENCE, together, verdicts, cycles, notes }
}
