import { describe, it } from 'node:test'
import { DOOR } from '../peer/run-program.js'
import { call, type Subject } from './subject.js'
import { VECTORS } from './vectors.js'

const door: Subject = { program: DOOR, numbering: 'newest' }

describe('the door smtp-source holds every test vector', { concurrency: 6 }, () => {
  for (const vector of VECTORS) {
    it(`${vector.id}: ${vector.title}`, async () => vector.expect(await call(door.program, vector), door))
  }
})
