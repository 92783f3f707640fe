import { before, describe, it } from 'node:test'
import { call, type Subject } from '../door/subject.js'
import { VECTORS } from '../door/vectors.js'
import { missing, need } from '../peer/distribution.js'
import { ORIGINAL } from '../peer/run-program.js'

const original: Subject = { program: ORIGINAL, numbering: 'classic' }
const reason = missing('smtp-source')

describe('the distribution’s smtp-source holds the test vectors', { concurrency: 8, skip: reason }, () => {
  before(() => need('smtp-source'))
  for (const vector of VECTORS.filter((v) => v.notOriginal === undefined)) {
    it(`${vector.id}: ${vector.title}`, async () => vector.expect(await call(original.program, vector), original))
  }
})
