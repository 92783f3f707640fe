import assert from 'node:assert/strict'
import { test } from 'node:test'
import { stripVTControlCharacters } from 'node:util'
import type { Result } from '#src/measure/result.js'
import { toText } from '#src/report/text.js'
import { CLOSED, HANDSHAKES, OPEN } from './fixture.js'
import { golden } from './golden.js'

test('summary of an open loop with refusals and failures', () => {
  golden('summary-open.txt', toText(OPEN, { wrote: ['run-7f3a.ndjson', 'report.html'] }))
})

test('summary of a closed loop: which side was the limit, and only rows that were counted', () => {
  golden('summary-closed.txt', toText(CLOSED))
})

test('summary of handshakes', () => {
  golden('summary-handshakes.txt', toText(HANDSHAKES))
})

test('thresholds come first, each with what was measured', () => {
  const thresholds: Result['thresholds'] = [
    { text: 'message.p99 < 50ms', value: 21.4, unit: 'ms', ok: true, abortedMs: null },
    { text: 'errors.rate < 0.1%', value: 0.00008, unit: 'share', ok: true, abortedMs: null },
    { text: 'accepted.perSecond >= 4.5k/s', value: 4991, unit: 'perSecond', ok: true, abortedMs: null },
    { text: 'bytes.perSecond < 1MB/s', value: 22e6, unit: 'octetsPerSecond', ok: false, abortedMs: null },
    { text: 'dropped.count == 0 abort', value: 1234, unit: 'count', ok: false, abortedMs: 31_001 },
    { text: 'tls{kind=full}.p99 < 1s', value: null, unit: 'ms', ok: false, abortedMs: null },
  ]
  golden('summary-thresholds.txt', toText({ ...OPEN, thresholds }))
  const held = { ...CLOSED, thresholds: thresholds.slice(0, 2) }
  assert.match(toText(held), /^PASS {2}2 of 2 thresholds {4}generator: saturated/)
  const none = { ...CLOSED.messages, accepted: 0, failed: 9 }
  assert.match(
    toText({ ...held, messages: none, passed: false }),
    /^FAIL {2}2 of 2 thresholds, but nothing was answered {4}generator/,
  )
})

test('AUTH is a row of its own where somebody logs in', () => {
  assert.doesNotMatch(toText(CLOSED), /^auth/m)
  const auth = { accepted: 1000, refused: 3, wrong: 0, wrongAccepted: 0 }
  assert.match(toText({ ...CLOSED, auth }), /^auth {8}1,000 accepted · 3 refused$/m)
  assert.match(
    toText({ ...CLOSED, auth: { ...auth, wrong: 25, wrongAccepted: 1 } }),
    /^auth {8}1,000 accepted · 3 refused · 25 wrong on purpose, 1 of them accepted$/m,
  )
})

test('colour changes nothing but colour', () => {
  for (const result of [OPEN, CLOSED, HANDSHAKES]) {
    const colored = toText(result, { color: true })
    assert.notEqual(colored, toText(result))
    assert.equal(stripVTControlCharacters(colored), toText(result))
  }
  golden('summary-open-color.txt', toText(OPEN, { color: true }))
})

test('no line ends in blanks, and the text ends in one line feed', () => {
  for (const result of [OPEN, CLOSED, HANDSHAKES]) assert.doesNotMatch(toText(result), /[ \t]\n|\n\n$/)
})

test('refusals that are part of the test are named and pass', () => {
  const messages = { ...CLOSED.messages, refused: 18, retried: 4 }
  const text = toText({ ...CLOSED, messages, passed: true })
  assert.match(text, /^PASS {2}18 refused, as allowed {4}generator/)
  assert.match(text, /18 refused \(5xx\) · 0 failed · 0 dropped · 4 sent again/)
})

test('sessions that were lost and not replaced are said to be lost', () => {
  const sessions = { asked: 10, connects: 11, connected: 11, done: 8, lost: 3 }
  assert.match(toText({ ...OPEN, sessions }), /sessions +10 kept, 1 replaced, 2 lost/)
})
