import assert from 'node:assert/strict'
import { test } from 'node:test'
import { Board, bucketOf, SLOTS } from '#src/measure/board.js'
import type { WorkerMessage } from '#src/measure/protocol.js'
import { cleanSample, Recorder } from '#src/measure/recorder.js'
import { COUNTERS, Counter, ErrorKind, PHASES, Phase, Series } from '#src/measure/series.js'

function make({ slots = SLOTS, record = true } = {}) {
  const board = Board.create({ workers: 1, counters: COUNTERS.length, slots, histograms: Series.count })
  const row = board.rows[0]!
  const told: WorkerMessage[] = []
  return { row, told, recorder: new Recorder(row, (message) => told.push(message), 3, record) }
}

test('a latency is one more in its bucket and in the total of its series', () => {
  const { row, recorder } = make()
  recorder.time(Series.service, 1234)
  recorder.time(Series.service, 1234.9)
  recorder.time(Series.service, 5_000_000)
  const counts = row.histograms[Series.service]!
  assert.equal(counts[0], 3)
  assert.equal(counts[1 + 1234], 2)
  assert.equal(counts[1 + bucketOf(5_000_000)], 1)
  assert.equal(row.histograms[Series.response]![0], 0)
})

test('without recording, histograms stay empty and everything else is counted', () => {
  const { row, recorder } = make({ record: false })
  recorder.time(Series.service, 1234)
  recorder.counters[Counter.accepted]!++
  assert.equal(recorder.reply(Phase.mail, 250, 5), true)
  assert.equal(row.histograms[Series.service]![0], 0)
  assert.equal(row.counters[Counter.accepted], 1)
  assert.equal(row.slots[0], 1)
})

test('a reply is told once, and counted with its first and last time', () => {
  const { row, told, recorder } = make()
  assert.equal(recorder.reply(Phase.rcpt, 451, 10), true)
  recorder.describeReply(Phase.rcpt, 451, Buffer.from('4.7.1 Greylisted\x07\xff\r\n', 'latin1'))
  assert.equal(recorder.reply(Phase.rcpt, 451, 20), false)
  assert.equal(recorder.reply(Phase.rcpt, 250, 25), true)
  recorder.describeReply(Phase.rcpt, 250, 'Ok')
  assert.equal(recorder.reply(Phase.rcpt, 451, 30), false)
  assert.equal(recorder.reply(Phase.mail, 451, 40), true)
  assert.deepEqual([...row.slots.subarray(0, 9)], [3, 10, 30, 1, 25, 25, 1, 40, 40])
  assert.deepEqual(told, [
    { kind: 'reply', worker: 3, slot: 0, phase: Phase.rcpt, code: 451, sample: '4.7.1 Greylisted??' },
    { kind: 'reply', worker: 3, slot: 1, phase: Phase.rcpt, code: 250, sample: 'Ok' },
  ])
})

test('an error is told once for each kind and stage', () => {
  const { row, told, recorder } = make()
  recorder.error(ErrorKind.reset, Phase.data, 7, 'ECONNRESET')
  recorder.error(ErrorKind.reset, Phase.data, 9, 'ECONNRESET')
  recorder.error(ErrorKind.reset, Phase.mail, 11, 'ECONNRESET')
  recorder.error(ErrorKind.timeout, Phase.data, 12, '')
  assert.deepEqual([...row.slots.subarray(0, 9)], [2, 7, 9, 1, 11, 11, 1, 12, 12])
  assert.deepEqual(
    told.map((message) =>
      message.kind === 'error' ? [message.slot, message.phase, message.error, message.sample] : [],
    ),
    [
      [0, Phase.data, 'connection reset', 'ECONNRESET'],
      [1, Phase.mail, 'connection reset', 'ECONNRESET'],
      [2, Phase.data, 'timeout', ''],
    ],
  )
})

test('when slots run out, replies and errors overflow into one slot each and nothing is lost', () => {
  const slots = 6
  const { row, told, recorder } = make({ slots })
  let described = 0
  for (let code = 500; code < 520; code++) {
    for (const _ of [1, 2]) {
      if (!recorder.reply(Phase.dot, code, code)) continue
      described++
      recorder.describeReply(Phase.dot, code, `text ${code}`)
    }
  }
  for (let phase = 0; phase < PHASES.length; phase++)
    recorder.error(ErrorKind.closed, phase as Phase, 600 + phase, 'gone')
  assert.equal(described, slots - 2 + 1)
  assert.deepEqual(told.at(-2), { kind: 'reply', worker: 3, slot: 5, phase: Phase.dot, code: 0, sample: 'text 504' })
  assert.deepEqual(told.at(-1), { kind: 'error', worker: 3, slot: 4, phase: 0, error: 'other error', sample: 'gone' })
  assert.equal(told.length, slots)
  let sum = 0
  for (let slot = 0; slot < slots; slot++) sum += row.slots[slot * 3]!
  assert.equal(sum, 40 + PHASES.length)
  assert.deepEqual([...row.slots.subarray(15)], [32, 504, 519])
})

test('every phase and code has a place of its own', () => {
  const { row, recorder } = make({ slots: 40 })
  for (let phase = 0; phase < PHASES.length; phase++) {
    for (const code of [0, 250, 999]) assert.equal(recorder.reply(phase as Phase, code, 1), true)
  }
  for (let slot = 0; slot < 36; slot++) assert.equal(row.slots[slot * 3], 1)
})

test('samples are cleaned: line ends off, control and 8-bit characters as ?, 200 characters at most', () => {
  assert.equal(cleanSample('Ok\r\n'), 'Ok')
  assert.equal(cleanSample('a\tb\x1b[31mc\r\nd'), 'a?b?[31mc??d')
  assert.equal(cleanSample('gr\u00fc\u00df dich'), 'gr?? dich')
  assert.equal(cleanSample(Uint8Array.of(0x41, 0, 0x7f, 0x80, 0xff, 0x7e)), 'A????~')
  assert.equal(cleanSample('x'.repeat(500)).length, 200)
  assert.equal(cleanSample(new Uint8Array(100_000).fill(0x78)).length, 200)
  assert.equal(cleanSample(new Uint8Array(0)), '')
})
