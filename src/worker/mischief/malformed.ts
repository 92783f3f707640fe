/** The catalogue as a session's misbehaviour: case after case, round and round. */
import type { Rng } from '../../base/rng.js'
import { MISCHIEF_ENDS, type MischiefEnd } from '../../measure/mischief.js'
import type { MalformedCase } from '../../smtp/malformed/case.js'
import type { Company } from './acts.js'
import { endOf } from './conversation.js'
import { type Baseline, type Played, playChecked, playHealthy } from './player.js'

/** One case on each call, from one drawn at random on, so that sessions do not all play the same. @throws WireEnd */
export function malformed(
  cases: readonly MalformedCase[],
  company: Company,
  rng: Rng,
  played: (played: Played) => void,
): () => Promise<MischiefEnd> {
  let at = rng.upTo(cases.length - 1)
  let baseline: Baseline | null = null
  const stage = { open: () => company.open(), manners: { ...company.manners, startTls: false } }
  return async () => {
    baseline ??= await playHealthy(stage)
    const one = cases[at++ % cases.length]!
    const result = await playChecked(one, stage, baseline)
    played(result)
    return endOfPlayed(result)
  }
}

function endOfPlayed({ seen, skipped, why }: Played): MischiefEnd {
  if (seen === null) {
    if (skipped === 'not offered') return skipped
    // `MAIL 554`, or how the connection ended.
    return MISCHIEF_ENDS.find((end) => end === why) ?? endOf(Number(why.split(' ').at(-1)))
  }
  const last = seen.codes.at(-1)
  if (last !== undefined) return endOf(last)
  return seen.ending === 'open' ? 'left' : seen.ending === 'silent' ? 'timeout' : seen.ending
}
