import { before, describe, it } from 'node:test'
import { prematureVectors } from '../door/sink-program-vectors.js'
import { ORIGINAL_SINK, SINK_DOOR, type SinkSubject } from '../door/sink-subject.js'
import { playVector } from '../door/sink-vector.js'
import { SINK_VECTORS } from '../door/sink-vectors.js'
import { missing, need } from '../peer/distribution.js'
import { ORIGINAL } from '../peer/run-program.js'

const original: SinkSubject = { program: ORIGINAL_SINK, original: true }
const door: SinkSubject = { program: SINK_DOOR, original: false }
const reason = missing('smtp-sink', 'smtp-source')

describe('the distribution’s smtp-sink holds the test vectors, but for what is declared', {
  concurrency: 6,
  skip: reason,
}, () => {
  before(() => need('smtp-sink', 'smtp-source'))
  for (const vector of SINK_VECTORS) {
    it(`${vector.id}: ${vector.title}${vector.differs ? ` (${vector.differs})` : ''}`, () =>
      playVector(original, vector))
  }
})

describe('the distribution’s smtp-source finds both sinks alike', { concurrency: 4, skip: reason }, () => {
  before(() => need('smtp-sink', 'smtp-source'))
  for (const subject of [original, door]) {
    for (const vector of prematureVectors(ORIGINAL, false)) {
      it(`${subject.program.name}: ${vector.title}`, () => playVector(subject, vector))
    }
  }
})
