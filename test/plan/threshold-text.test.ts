import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import fc from 'fast-check'
import { UsageError } from '#src/base/errors.js'
import { THRESHOLD_METRICS } from '#src/measure/threshold-metrics.js'
import type { Threshold } from '#src/plan/threshold.js'
import { type MetricForm, parseThreshold, unitOf } from '#src/plan/threshold-text.js'

const parse = (text: string) => parseThreshold(text, '--threshold', THRESHOLD_METRICS)

/** What is left of a threshold when the usual is taken away. */
function short({ metric, labels, aggregate, comparison, value, afterMs, abort }: Threshold): unknown[] {
  const rest = [...(afterMs === 0 ? [] : [afterMs]), ...(abort ? ['abort'] : [])]
  return [metric, ...(Object.keys(labels).length === 0 ? [] : [labels]), aggregate, comparison, value, ...rest]
}

describe('a threshold', () => {
  const GOOD: readonly (readonly [text: string, means: readonly unknown[]])[] = [
    ['message.p99 < 250ms', ['message', 'p99', '<', 250]],
    ['service.p99.9 < 1s', ['service', 'p99.9', '<', 1000]],
    ['service.p99.99<=1.5m', ['service', 'p99.99', '<=', 90_000]],
    ['phase{phase=dot}.max < 2s', ['phase', { phase: 'dot' }, 'max', '<', 2000]],
    [
      'phase{phase=rcpt,outcome=deferred}.mean > 800us',
      ['phase', { phase: 'rcpt', outcome: 'deferred' }, 'mean', '>', 0.8],
    ],
    ['errors.rate < 0.1%', ['errors', 'rate', '<', 0.001]],
    ['errors.rate < 0.001', ['errors', 'rate', '<', 0.001]],
    ['errors{kind=reset}.count == 0', ['errors', { kind: 'connection reset' }, 'count', '==', 0]],
    ['errors{kind="not SMTP", verb=ehlo} != 3', ['errors', { kind: 'not SMTP', verb: 'ehlo' }, 'count', '!=', 3]],
    ['messages{outcome=deferred}.rate < 1%', ['messages', { outcome: 'deferred' }, 'rate', '<', 0.01]],
    ['accepted.perSecond >= 4.5k/s', ['accepted', 'perSecond', '>=', 4500]],
    ['accepted.perSecond >= 270k/m', ['accepted', 'perSecond', '>=', 4500]],
    ['dropped.count == 0', ['dropped', 'count', '==', 0]],
    ['dropped == 0', ['dropped', 'count', '==', 0]],
    ['replies{verb=rcpt,code=4xx}.count <= 10k', ['replies', { verb: 'rcpt', code: '4xx' }, 'count', '<=', 10_000]],
    ['bytes{direction=out}.perSecond > 10MiB/s', ['bytes', { direction: 'out' }, 'perSecond', '>', 10_485_760]],
    ['bytes.count < 1GB', ['bytes', 'count', '<', 1e9]],
    ['handshakes{kind=resumed}.rate >= 78%', ['handshakes', { kind: 'resumed' }, 'rate', '>=', 0.78]],
    ['tls{kind=full}.p50 < 2ms', ['tls', { kind: 'full' }, 'p50', '<', 2]],
    ['startLag.p99 < 1ms', ['startLag', 'p99', '<', 1]],
    ['sessions{outcome=lost}.rate < 1%', ['sessions', { outcome: 'lost' }, 'rate', '<', 0.01]],
    ['message.p99 < 1s after 10s abort', ['message', 'p99', '<', 1000, 10_000, 'abort']],
    ['message.p99 < 1s abort', ['message', 'p99', '<', 1000, 'abort']],
    ['message.p99 < 1s after 1m30s', ['message', 'p99', '<', 1000, 90_000]],
    ['message.p99 < 0', ['message', 'p99', '<', 0]],
    ['message.p99 < 250 ms abort', ['message', 'p99', '<', 250, 'abort']],
  ]
  for (const [text, means] of GOOD) it(text, () => assert.deepEqual(short(parse(text)), means))

  it('keeps its text, white space made single', () => {
    assert.equal(parse('  message.p99\t <  1s\n after 10s ').text, 'message.p99 < 1s after 10s')
  })

  it('means the same however it is spaced', () => {
    const blank = fc.constantFrom('', ' ', '\t', '  ')
    const some = fc.constantFrom(' ', '\t ', '  ')
    fc.assert(
      fc.property(
        fc.array(blank, { minLength: 9, maxLength: 9 }),
        fc.array(some, { minLength: 3, maxLength: 3 }),
        (b, s) => {
          const text = `${b[0]}phase${b[1]}{${b[2]}phase${b[3]}=${b[4]}dot${b[5]}}${b[6]}.p99${b[7]}<=${b[8]}5ms${s[0]}after${s[1]}3s${s[2]}abort`
          assert.deepEqual(short(parse(text)), ['phase', { phase: 'dot' }, 'p99', '<=', 5, 3000, 'abort'])
        },
      ),
      { numRuns: 200 },
    )
  })
})

describe('what is no threshold is refused in one sentence that says what would be right', () => {
  const BAD: readonly (readonly [text: string, problem: string])[] = [
    ['', 'not a threshold; give METRIC.AGGREGATE, a comparison and a value, as in message.p99 < 250ms.'],
    ['message.p99', 'not a threshold; give METRIC.AGGREGATE, a comparison and a value, as in message.p99 < 250ms.'],
    ['mesage.p99 < 1s', 'there is no metric mesage; did you mean message?'],
    [
      'toString.count < 1',
      `there is no metric toString; give ${Object.keys(THRESHOLD_METRICS)
        .join(', ')
        .replace(/, ([^,]*)$/, ' or $1')}.`,
    ],
    [
      'message < 1s',
      'message needs an aggregate; give message.p50, message.p95, message.p99, message.p99.9, message.min, message.max, message.mean or message.count.',
    ],
    [
      'message.perSecond > 1/s',
      "message has no aggregate 'perSecond'; give p50, p95, p99, p99.9, min, max, mean or count.",
    ],
    ['message.p101 < 1s', "message has no aggregate 'p101'; give p50, p95, p99, p99.9, min, max, mean or count."],
    ['message.p < 1s', "message has no aggregate 'p'; give p50, p95, p99, p99.9, min, max, mean or count."],
    ['messages.p99 < 1s', "messages has no aggregate 'p99'; give count, rate or perSecond."],
    ['messages.cuont < 1', "messages has no aggregate 'cuont'; did you mean count?"],
    ['bytes.rate < 1%', "bytes has no aggregate 'rate'; give count or perSecond."],
    ['phase.p99 < 1s', 'phase needs the label phase; give phase{phase=connect}.'],
    ['phase{phase=dots}.p99 < 1s', "phase is never 'dots'; did you mean dot?"],
    ['phase{phas=dot}.p99 < 1s', "phase has no label 'phas'; did you mean phase?"],
    ['startLag{phase=dot}.p99 < 1s', "startLag has no label 'phase'; leave it out."],
    ['phase{phase}.p99 < 1s', "'phase' is no label; give one as in {name=value}."],
    ['phase{phase=dot,phase=rcpt}.p99 < 1s', 'the label phase stands twice; give it once.'],
    ['errors{kind=timout}.count < 1', "kind is never 'timout'; did you mean timeout?"],
    ['message.p99 = 1s', "'=' is no comparison; give one of <= >= == != < >."],
    ['message.p99 =< 1s', "'=<' is no comparison; give one of <= >= == != < >."],
    ['message.p99 < 250', "'250' could be misread; give a time such as 250ms, 1.5s or 800us."],
    ['message.p99 < 1%', "'1%' cannot be compared with it; give a time such as 250ms, 1.5s or 800us."],
    ['errors.rate < 1', "'1' could be misread; give a share of the whole such as 0.1%, or 0.001."],
    ['errors.rate < 101%', "'101%' is no share; give a number from 0 to 1, or a percentage such as 2%."],
    ['accepted.perSecond > 5k', "'5k' cannot be compared with it; give a rate such as 500/s or 4.5k/s."],
    ['accepted.perSecond > 500', "'500' could be misread; give a rate such as 500/s or 4.5k/s."],
    ['dropped.count < 1.5', "'1.5' is not a count; give a whole number such as 5, 10k or 2M."],
    ['message.p99 < 1s after', "'after' lacks its time; give one such as 10s."],
    ['message.p99 < 1s after 10', "after: '10' lacks its unit; give one such as 500ms, 30s, 2m or 1h."],
    ['message.p99 < 1s abrot', "'abrot' is one word too many; after the value come only 'after TIME' and 'abort'."],
    [
      'message.p99 < 1s abort abort',
      "'abort' is one word too many; after the value come only 'after TIME' and 'abort'.",
    ],
  ]
  for (const [text, problem] of BAD) {
    it(text === '' ? 'nothing' : text, () => {
      assert.throws(() => parse(text), { name: 'UsageError', message: `--threshold: '${text}': ${problem}` })
    })
  }

  it('and nothing else happens, whatever comes', () => {
    const piece = fc.oneof(
      fc.constantFrom(
        ...Object.keys(THRESHOLD_METRICS),
        '{',
        '}',
        '=',
        ',',
        '.',
        'p99',
        'rate',
        'count',
        '<',
        '>=',
        ' ',
        '1s',
        '5%',
      ),
      fc.constantFrom('phase', 'dot', 'after', 'abort', '10s', '__proto__', 'constructor', 'µs', '"'),
      fc.string({ maxLength: 4 }),
    )
    fc.assert(
      fc.property(fc.array(piece, { maxLength: 14 }), (pieces) => {
        try {
          const threshold = parse(pieces.join(''))
          assert.ok(Number.isFinite(threshold.value) && threshold.value >= 0)
          // What was read once is read again from its own text.
          assert.deepEqual(parse(threshold.text), threshold)
        } catch (error) {
          assert.ok(error instanceof UsageError, String(error))
          assert.match(error.message, /^--threshold: '.*[.?]$/s)
        }
      }),
      { numRuns: 3000 },
    )
  })

  it('and every metric, aggregate and label value that there is can be written', () => {
    const VALUES = { ms: '1ms', share: '1%', count: '1', perSecond: '1/s', octets: '1KiB', octetsPerSecond: '1KiB/s' }
    for (const [name, metric] of Object.entries<MetricForm>(THRESHOLD_METRICS)) {
      const required = Object.entries(metric.labels).filter(([, label]) => label.required)
      const labels = required.map(([label, { values }]) => `${label}=${values[0]}`).join(',')
      for (const aggregate of Object.keys(metric.aggregates).map((one) => (one === 'p' ? 'p99.9' : one))) {
        const unit = unitOf(metric, aggregate)!
        assert.equal(parse(`${name}{${labels}}.${aggregate} < ${VALUES[unit]}`).aggregate, aggregate)
      }
      const aggregate = metric.usual ?? 'max'
      for (const [label, { values, aliases = {} }] of Object.entries(metric.labels)) {
        const others = required
          .filter(([other]) => other !== label)
          .map(([other, form]) => `,${other}=${form.values[0]}`)
        for (const value of [...values, ...Object.keys(aliases)]) {
          const threshold = parse(`${name}{${label}=${value}${others.join('')}}.${aggregate} < 0`)
          assert.ok(values.includes(threshold.labels[label]!))
        }
      }
    }
  })
})

describe('a threshold that speaks of a baseline', () => {
  const FIGURES: Readonly<Record<string, number>> = { message: 20, accepted: 1000, errors: 0.002, bytes: 1e6, phase: 0 }
  const asked: string[] = []
  const beside = (text: string) =>
    parseThreshold(text, '--threshold', THRESHOLD_METRICS, ({ metric, labels, aggregate }) => {
      asked.push(`${metric}${JSON.stringify(labels)}.${aggregate}`)
      return FIGURES[metric] ?? null
    })

  for (const [text, value] of [
    ['message.p99 < baseline', 20],
    ['message.p99 < baseline + 10%', 22],
    ['message.p99 < baseline+10%', 22],
    ['message.p99 < baseline +10 %', 22],
    ['message.p99 < baseline - 25%', 15],
    ['message.p99 < baseline + 5ms', 25],
    ['message.p99 < baseline + 1.5 s', 1520],
    ['message.p99 > baseline - 30ms', 0],
    ['accepted.perSecond > baseline - 5%', 950],
    ['accepted.perSecond > baseline - 100/s', 900],
    ['errors.rate <= baseline + 50%', 0.003],
    ['errors.rate <= baseline + 0.001', 0.003],
    ['bytes.count < baseline + 1MB', 2e6],
  ] as const)
    it(`${text} is resolved to ${value}`, () => {
      const threshold = beside(text)
      assert.equal(Number(threshold.value.toPrecision(12)), value)
      assert.deepEqual([threshold.ofBaseline, threshold.text, threshold.abort], [true, text, false])
    })

  it('takes what follows a value, and asks for the very figure', () => {
    asked.length = 0
    const threshold = beside('phase{phase=dot}.p99 <= baseline + 1ms after 5s abort')
    assert.deepEqual([threshold.value, threshold.afterMs, threshold.abort], [1, 5000, true])
    assert.deepEqual(asked, ['phase{"phase":"dot"}.p99'])
    assert.equal(beside('message.p99 < baseline abort').abort, true)
    assert.equal(parse('message.p99 < 1s').ofBaseline, undefined)
  })

  for (const [text, problem] of [
    ['startLag.p99 < baseline', 'the baseline has measured nothing of the kind; give a value, or another baseline.'],
    ['message.p99 < baseline + 5', "'5' could be misread; give a time such as 250ms, 1.5s or 800us."],
    ['message.p99 < baseline +', "'' cannot be compared with it; give a time such as 250ms, 1.5s or 800us."],
    ['message.p99 < baseline 10%', "'10%' is one word too many; after the value come only 'after TIME' and 'abort'."],
    ['message.p99 < baselin', "'baselin' cannot be compared with it; give a time such as 250ms, 1.5s or 800us."],
  ] as const)
    it(`${text} is refused`, () => {
      assert.throws(() => beside(text), { name: 'UsageError', message: `--threshold: '${text}': ${problem}` })
    })

  it('without one is refused', () => {
    assert.throws(() => parse('message.p99 < baseline + 10%'), {
      name: 'UsageError',
      message:
        "--threshold: 'message.p99 < baseline + 10%': there is no baseline; give the recording of an earlier run with --baseline.",
    })
  })
})
