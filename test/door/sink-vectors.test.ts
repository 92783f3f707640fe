import { describe, it } from 'node:test'
import { SINK_DOOR, type SinkSubject } from './sink-subject.js'
import { playVector } from './sink-vector.js'
import { SINK_VECTORS } from './sink-vectors.js'

const door: SinkSubject = { program: SINK_DOOR, original: false }

describe('the door smtp-sink holds every test vector', { concurrency: 4 }, () => {
  for (const vector of SINK_VECTORS) it(`${vector.id}: ${vector.title}`, () => playVector(door, vector))
})
