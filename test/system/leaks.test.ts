import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import type { LeakWord } from '#src/measure/leaks.js'
import { FAULTS, type FaultName, type PlantedFault } from '../peer/leaky-faults.js'
import { judgeFault } from '../peer/leaky-trial.js'

/** Few cycles, for a machine that does other things too. */
const SHORT = ['--leak-cycles', '8', '--leak-time', '45s', '--leak-rest', '1s']
/** Descriptors and sockets are counted, and no collector of garbage blurs them: a few cycles are enough for certain. */
const EXACT: readonly FaultName[] = ['abort']

/** Those that tell the most of it within a minute: one that leaks what is counted, and one that leaks nothing. */
const SOME: readonly FaultName[] = ['abort', 'clean']

/**
 * Once each, and shortly: what may be said then is the truth, or that it is not known yet. All of them, twenty times each, in full and with slopes
 * within 15 %, by native-bench/leak-verdicts.mjs.
 */
describe('servers with planted faults', { concurrency: 2 }, () => {
  for (const kind of SOME) {
    const { leaks, word }: PlantedFault = FAULTS[kind]
    it(`${kind}: ${word}`, async () => {
      const { right, why, words, finding } = await judgeFault(kind, 1, SHORT)
      assert.notEqual(finding, null, why)
      if (EXACT.includes(kind)) return assert.ok(right, `${why} (${words})`)
      const said = finding!.verdicts.find(({ resource }) => resource === (leaks?.resource ?? 'memory'))!.word
      const wrong: readonly LeakWord[] = leaks === null ? ['leaking'] : ['flat']
      assert.ok(!wrong.includes(said), words)
    })
  }
})
