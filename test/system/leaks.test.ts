import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import { FAULTS, type FaultName } from '../peer/leaky-faults.js'
import { judgeFault } from '../peer/leaky-trial.js'

/** Once each here; twenty times each by native-bench/leak-verdicts.mjs. */
describe('servers with planted faults are judged right', { concurrency: 1 }, () => {
  for (const kind of Object.keys(FAULTS) as FaultName[]) {
    it(`${kind}: ${FAULTS[kind].word}`, async () => {
      const { right, why, words, error } = await judgeFault(kind, 1)
      assert.ok(right, `${why} (${words})`)
      if (error !== null) assert.ok(error <= 0.15, `the slope is off by ${(error * 100).toFixed(1)} % (${words})`)
    })
  }
})
