import assert from 'node:assert/strict'
import { test } from 'node:test'
import { exposition, formatFor } from '#src/serve/exposition.js'
import { counter, type Family, gauge } from '#src/serve/families.js'

const FAMILIES: readonly Family[] = [
  counter('a_things_total', 'Things.', [
    { labels: { kind: 'one' }, value: 3 },
    { labels: { kind: 'a "b"\n' }, value: 0 },
  ]),
  gauge('b_open', 'Open now.', 7),
  {
    type: 'histogram',
    name: 'c_duration_seconds',
    help: 'Took.',
    bounds: [0.1, 1],
    samples: [{ labels: { verb: 'mail' }, counts: [2, 0, 5], sum: 12.5 }],
  },
]

test('OpenMetrics: suffixes, cumulative buckets, the end marked', async () => {
  const { contentType, text } = await exposition(FAMILIES, 'openmetrics')
  assert.match(contentType, /^application\/openmetrics-text; version=1\.0\.0/)
  assert.equal(
    text,
    [
      '# HELP a_things Things.',
      '# TYPE a_things counter',
      'a_things_total{kind="one"} 3',
      'a_things_total{kind="a \\"b\\"\\n"} 0',
      '# HELP b_open Open now.',
      '# TYPE b_open gauge',
      'b_open 7',
      '# HELP c_duration_seconds Took.',
      '# TYPE c_duration_seconds histogram',
      'c_duration_seconds_bucket{verb="mail",le="0.1"} 2',
      'c_duration_seconds_bucket{verb="mail",le="1"} 2',
      'c_duration_seconds_bucket{verb="mail",le="+Inf"} 7',
      'c_duration_seconds_sum{verb="mail"} 12.5',
      'c_duration_seconds_count{verb="mail"} 7',
      '# EOF',
      '',
    ].join('\n'),
  )
})

test('the older format keeps the name of a counter whole and marks no end', async () => {
  const { contentType, text } = await exposition(FAMILIES, 'prometheus')
  assert.match(contentType, /^text\/plain; version=0\.0\.4/)
  assert.match(text, /^# TYPE a_things_total counter$/m)
  assert.doesNotMatch(text, /# EOF/)
})

test('the format is the one that was asked for', () => {
  assert.equal(formatFor(''), 'prometheus')
  assert.equal(formatFor('*/*'), 'prometheus')
  assert.equal(formatFor('text/plain'), 'prometheus')
  assert.equal(formatFor('application/openmetrics-text;version=1.0.0'), 'openmetrics')
  assert.equal(
    formatFor('application/openmetrics-text;version=1.0.0;q=0.5,text/plain;version=0.0.4;q=0.3'),
    'openmetrics',
  )
  assert.equal(formatFor('application/openmetrics-text;q=0.1, text/plain'), 'prometheus')
})
