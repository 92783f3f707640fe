import assert from 'node:assert/strict'
import { test } from 'node:test'
import { planOfSource } from '#src/cli/library.js'
import { type RunResult, sink } from '#src/index.js'
import { Counter } from '#src/measure/series.js'
import type { SourcePool } from '#src/pool/source-pool.js'
import { Job } from '#src/run/job.js'
import { eventually } from '../peer/kernel.js'

const NAMED = /^worker ([01]) died: .+; what it had counted is kept$/

/** Runs with two workers of two sessions each, and ends some of the threads when each has sent a hundred messages. */
async function bereaved(target: string, dying: readonly number[]): Promise<{ result: RunResult; pool: SourcePool }> {
  let made: SourcePool | undefined
  const plan = planOfSource({ target, sessions: 4, workers: 2, duration: '1500ms' })
  const job = new Job(plan, { onPool: (pool) => (made = pool) })
  const pool = made!
  await eventually('messages of both', () => pool.board.rows.every((row) => row.counters[Counter.accepted]! >= 100))
  await Promise.all(dying.map((worker) => pool.kill(worker)))
  return { result: await job, pool }
}

function counter(pool: SourcePool, worker: number, which: Counter): number {
  return pool.board.rows[worker]!.counters[which]!
}

test('one of two workers dies: it is named, what it counted stays, and the other goes on to the end', async () => {
  await using target = await sink()
  const { result, pool } = await bereaved(target.address, [0])
  assert.equal(result.notes.length, 1, result.notes.join('\n'))
  const dead = Number(NAMED.exec(result.notes[0]!)?.[1])
  const alive = 1 - dead
  assert.ok(dead === 0 || dead === 1, result.notes[0])
  const ends = [Counter.accepted, Counter.deferred, Counter.refused, Counter.failed, Counter.dropped]
  const ended = (worker: number) => ends.reduce((sum, which) => sum + counter(pool, worker, which), 0)
  assert.equal(ended(alive), counter(pool, alive, Counter.scheduled))
  assert.equal(counter(pool, alive, Counter.failed), 0)
  // Of the dead one's two sessions each had at most two messages under way.
  const lost = counter(pool, dead, Counter.scheduled) - ended(dead)
  assert.ok(lost >= 0 && lost <= 4, `${lost} without an end`)
  assert.ok(counter(pool, dead, Counter.accepted) >= 100)
  const { messages } = result
  assert.equal(messages.accepted, counter(pool, 0, Counter.accepted) + counter(pool, 1, Counter.accepted))
  assert.equal(messages.scheduled, counter(pool, 0, Counter.scheduled) + counter(pool, 1, Counter.scheduled))
  assert.equal(result.message.count, messages.accepted)
  assert.ok(result.elapsedMs >= 1500)
  assert.equal(result.health.length, 2)
  assert.equal(JSON.parse(JSON.stringify(result)).notes.length, 1)
  // What the sink took and nobody could count any more was under way.
  assert.ok(target.totals().messages - messages.accepted <= 4)
})

test('all workers die: the run ends, with what they had counted', async () => {
  await using target = await sink()
  const { result, pool } = await bereaved(target.address, [0, 1])
  assert.deepEqual(result.notes.map((note) => NAMED.exec(note)?.[1]).sort(), ['0', '1'])
  assert.equal(result.messages.accepted, counter(pool, 0, Counter.accepted) + counter(pool, 1, Counter.accepted))
  assert.ok(result.messages.accepted >= 200)
})
