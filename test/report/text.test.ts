import assert from 'node:assert/strict'
import { test } from 'node:test'
import { stripVTControlCharacters } from 'node:util'
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
