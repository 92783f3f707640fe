/** What the program prints of a receiver model: the policy itself, and what it did. */
import assert from 'node:assert/strict'
import { spawnSync } from 'node:child_process'
import { describe, it } from 'node:test'
import { fileURLToPath } from 'node:url'
import { sinkJson, sinkText } from '#src/cli/sink-text.js'
import { Board } from '#src/measure/board.js'
import { SINK_COUNTERS, type SinkCounter } from '#src/measure/series.js'
import { SinkRecords } from '#src/pool/sink-records.js'
import type { SinkFigures, SinkTotals } from '#src/run/sink.js'

const NOTHING = new SinkRecords(Board.create({ workers: 1, counters: SINK_COUNTERS.length, slots: 0, histograms: 0 }))

const PROGRAM = fileURLToPath(import.meta.resolve('#src/bin/stampede.js'))

function figures(some: Partial<Record<keyof typeof SinkCounter, number>>): SinkFigures {
  return { ...(Object.fromEntries(SINK_COUNTERS.map((name) => [name, 0])) as SinkFigures), ...some }
}

function totals(some: Partial<Record<keyof typeof SinkCounter, number>>): SinkTotals {
  return { ...figures(some), elapsedMs: 1000, workers: [figures(some)], notes: [] }
}

describe('faults in the summary', () => {
  it('stand by kind, where not zero, with the seed that repeats them', () => {
    const text = sinkText(totals({ faultReject: 1234, faultSlowRead: 1 }), NOTHING, 'c0ffee')
    assert.match(text, /^faults {6}1,234 reject, 1 slowRead; again with --seed c0ffee$/m)
    assert.match(sinkText(totals({}), NOTHING, '7'), /^faults {6}none; again with --seed 7$/m)
    assert.doesNotMatch(sinkText(totals({ faultReject: 1 }), NOTHING), /faults/)
  })

  it('stand in JSON under one key', () => {
    const document = JSON.parse(sinkJson(totals({ faultReject: 5, messages: 2 }), NOTHING, 'c0ffee'))
    assert.deepEqual(document.faults, { reject: 5 })
    assert.deepEqual(document.workers[0].faults, { reject: 5 })
    assert.equal(document.policySeed, 'c0ffee')
    assert.equal(document.messages, 2)
    assert.deepEqual(
      Object.keys(document).filter((name) => /^fault[A-Z]/.test(name)),
      [],
    )
    assert.equal(JSON.parse(sinkJson(totals({}), NOTHING)).policySeed, null)
  })
})

describe('--print-policy', () => {
  const printed = (...args: string[]) => {
    const { status, stdout, stderr } = spawnSync(process.execPath, [PROGRAM, 'sink', '--print-policy', ...args], {
      encoding: 'utf8',
      timeout: 30_000,
    })
    return { status, stdout, stderr }
  }

  it('prints a file and ends, without an address', () => {
    const { status, stdout, stderr } = printed('--greylist', '5m', '--max-recipients', '9', '--seed', 'AB')
    assert.deepEqual([status, stderr], [0, ''])
    assert.deepEqual(JSON.parse(stdout), {
      seed: 'ab',
      maxRecipients: { count: 9, code: 452, text: '4.5.3 Too many recipients', close: false },
      greylist: { pass: '5m', lifetime: '864h', code: 451, text: '4.7.1 Greylisted, try again later', close: false },
    })
  })

  it('of a rule that is wrong says so, with 2', () => {
    const { status, stdout, stderr } = printed('--reject', 'rctp:550')
    assert.deepEqual([status, stdout], [2, ''])
    assert.match(stderr, /--reject 'rctp:550' stage: 'rctp' is no stage; did you mean rcpt\?/)
  })
})
