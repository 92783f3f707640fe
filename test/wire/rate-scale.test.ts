/** The rate of an open loop changed while it goes, as a server sees it, and as the result tells of it. */
import assert from 'node:assert/strict'
import { test } from 'node:test'
import { UsageError } from '#src/base/errors.js'
import { planOfSource } from '#src/cli/library.js'
import { printedPlan } from '#src/cli/print-plan.js'
import type { RecordingLine } from '#src/measure/recording.js'
import { askedCurve } from '#src/plan/tempo.js'
import { readRecordings } from '#src/report/read.js'
import { startSource } from '#src/run/source.js'
import { eventually } from '../peer/kernel.js'
import { StampingServer } from '../peer/stamping-server.js'
import { onClockOf } from '../plan/intended.js'

/** What has been written down, as a reader finds it. */
function source(lines: readonly RecordingLine[]) {
  const text = lines.map((line) => `${JSON.stringify(line)}\n`).join('')
  return { name: 'run', open: () => [Buffer.from(text)] }
}

test('twice the rate from a moment on: the server has twice the mail, and the recording knows', async () => {
  await using server = await StampingServer.start({})
  const plan = planOfSource({ target: server.address, sessions: 10, workers: 2, rate: '300/s', duration: '3s' })
  const lines: RecordingLine[] = []
  const target = { trouble: null, write: (some: readonly RecordingLine[]) => void lines.push(...some) }
  const running = startSource(plan, { recording: { target, plan: JSON.parse(printedPlan(plan)) } })
  await eventually('a second', () => running.elapsedMs >= 1000)
  running.scaleRate(1.3)
  // Faster than it can be told to the workers: the last one counts.
  running.scaleRate(2)
  assert.equal(running.rateScale, 2)
  const result = await running.result
  assert.deepEqual(
    running.rateChanges.map(({ factor }) => factor),
    [1.3, 2],
  )
  const asked = running.rateChanges.reduce(
    (sum, { atMs, factor }, i) => sum + ((running.rateChanges[i + 1]?.atMs ?? 3000) - atMs) * 0.3 * factor,
    running.rateChanges[0]!.atMs * 0.3,
  )
  assert.ok(Math.abs(result.messages.asked! - asked) <= 1, `${result.messages.asked} asked, not ${asked}`)
  assert.ok(Math.abs(result.messages.scheduled - asked) <= 2, `${result.messages.scheduled} scheduled, not ${asked}`)
  // What falls due as the run ends may find it ended.
  assert.equal(result.messages.accepted + result.messages.dropped, result.messages.scheduled)
  // As the server saw it: without the change there would have been 900, and each would have come much later than these moments say.
  assert.equal(server.mailAt.length, result.messages.accepted)
  assert.ok(server.mailAt.length > 1000, `${server.mailAt.length} came`)
  const curve = askedCurve(plan.load.arrivals!, running.rateChanges)
  const intended = server.mailAt.map((_, i) => curve.momentOf(i))
  const lags = onClockOf(intended, server.mailAt).map((at, i) => at - intended[i]!)
  const lag = lags.sort((x, y) => x - y)[lags.length >> 1]!
  assert.ok(lag < 400, `half of them came more than ${lag} ms after their moment`)
  assert.match(
    result.notes.join('\n'),
    /^the rate was changed to 130% at \d\.\d s, 200% at \d\.\d s \(of what was planned\)$/m,
  )
  const read = readRecordings([source(lines)])
  assert.deepEqual(JSON.parse(JSON.stringify(read.result)), JSON.parse(JSON.stringify(result)))
  // One that was cut off knows of it too.
  const cut = readRecordings([source(lines.filter(({ kind }) => kind !== 'end' && kind !== 'summary'))])
  assert.equal(cut.result.messages.asked, result.messages.asked)
})

test('before the start, and as slow as it may be', async () => {
  await using server = await StampingServer.start({})
  const running = startSource(planOfSource({ target: server.address, rate: '2000/s', duration: '500ms' }))
  running.scaleRate(0.01)
  const { messages } = await running.result
  assert.deepEqual([messages.asked, messages.scheduled], [10, 10])
})

test('a closed loop has no rate, and a factor has limits', async () => {
  await using server = await StampingServer.start({})
  const closed = startSource(planOfSource({ target: server.address, messages: 1 }))
  assert.throws(
    () => closed.scaleRate(2),
    new UsageError('this run is a closed loop and has no rate to change; start it with --rate.'),
  )
  await closed.result
  const open = startSource(planOfSource({ target: server.address, rate: '10/s', messages: 1 }))
  for (const factor of [0, -1, 101, Number.NaN]) assert.throws(() => open.scaleRate(factor), UsageError)
  assert.equal(open.rateScale, 1)
  await open.result
})
