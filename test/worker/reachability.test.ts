import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import { ErrorKind } from '#src/measure/series.js'
import { Reachability } from '#src/worker/reachability.js'

describe('whether there is somebody to connect to', () => {
  it('nobody ever: at once, however long the run', () => {
    for (const patient of [false, true]) {
      const reachability = new Reachability('mx.test:25', patient)
      assert.equal(reachability.failed(ErrorKind.refused, 5), 'no connection to mx.test:25: connection refused')
    }
  })

  it('somebody who has gone: after ten seconds without a connection, and only where no time ends the run', () => {
    const reachability = new Reachability('mx.test:25', false)
    reachability.connectedAt = 1000
    assert.equal(reachability.failed(ErrorKind.refused, 2000), null)
    assert.equal(reachability.failed(ErrorKind.refused, 12_000), null)
    assert.match(
      reachability.failed(ErrorKind.refused, 12_001)!,
      /^gave up: connection refused at mx\.test:25 for 10 s$/,
    )
    reachability.connectedAt = 12_500
    assert.equal(reachability.failed(ErrorKind.refused, 13_000), null)
    assert.equal(reachability.failed(ErrorKind.refused, 23_000), null)
    assert.notEqual(reachability.failed(ErrorKind.refused, 23_001), null)
    const patient = new Reachability('mx.test:25', true)
    patient.connectedAt = 1000
    assert.equal(patient.failed(ErrorKind.refused, 2000), null)
    assert.equal(patient.failed(ErrorKind.refused, 1e6), null)
  })
})
