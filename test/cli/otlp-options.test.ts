import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import { otlpOf, tracingOf } from '#src/cli/otlp-of.js'
import { parse } from '#src/cli/parse.js'
import { run, runPlan, sink } from '#src/index.js'

const wish = (...args: string[]) => otlpOf(parse('source', args, {}), true)
const tracing = (sessions: number, ...args: string[]) => tracingOf(parse('source', args, {}), sessions)

describe('--otlp', () => {
  it('adds the paths of OTLP to the base it is given', () => {
    assert.equal(wish(), null)
    for (const [url, traces, metrics, shown] of [
      ['http://c:4318', 'http://c:4318/v1/traces', 'http://c:4318/v1/metrics', 'http://c:4318'],
      ['http://c:4318/', 'http://c:4318/v1/traces', 'http://c:4318/v1/metrics', 'http://c:4318'],
      ['https://c/otlp', 'https://c/otlp/v1/traces', 'https://c/otlp/v1/metrics', 'https://c/otlp'],
      ['https://c/otlp/?key=x', 'https://c/otlp/v1/traces?key=x', 'https://c/otlp/v1/metrics?key=x', 'https://c/otlp'],
      ['http://u:pw@c:1', 'http://u:pw@c:1/v1/traces', 'http://u:pw@c:1/v1/metrics', 'http://u:***@c:1'],
    ] as const) {
      const made = wish('--otlp', url)!
      assert.deepEqual([made.collector.tracesUrl, made.collector.metricsUrl, made.shown], [traces, metrics, shown])
      assert.equal(made.intervalMs, 10_000)
    }
  })

  it('takes headers, an interval and how much to trace', () => {
    const made = wish(
      '--otlp',
      'http://c',
      '--otlp-header',
      'A: b: c',
      '--otlp-header',
      'D:e',
      '--otlp-interval',
      '2s',
    )!
    assert.deepEqual(made.collector.headers, { A: 'b: c', D: 'e' })
    assert.equal(made.intervalMs, 2000)
    assert.deepEqual(tracing(4), { share: 1, perSecond: 10 })
    assert.deepEqual(tracing(160), { share: 0.1, perSecond: 10 })
    assert.deepEqual(tracing(160, '--otlp-sample', '50%', '--otlp-traces', '2k/s'), { share: 0.5, perSecond: 2000 })
    assert.equal(tracing(1, '--otlp-sample', '0'), null)
  })

  it('refuses what it cannot use, and shows no secret', () => {
    for (const [args, sentence] of [
      [['--otlp', 'collector'], /^--otlp 'collector' is no URL of a collector; give one such as http:\/\/127/],
      [['--otlp', 'localhost:4318'], /^--otlp 'localhost:4318' is neither http:\/\/ nor https:\/\/; give one/],
      [['--otlp', 'grpc://u:s3cret@c'], /^--otlp: that is neither http:\/\/ nor https:\/\/; give one/],
      [['--otlp', 'http://c/v1/traces'], /^--otlp: '\/v1\/traces' is the path of one kind of data; leave out/],
      [['--otlp-header', 'a: b'], /^--otlp-header needs --otlp; give both or neither/],
      [['--otlp-sample', '1'], /^--otlp-sample needs --otlp/],
      [['--otlp', 'http://c', '--otlp-header', 's3cret'], /^--otlp-header: that is no header; give one such as/],
      [['--otlp', 'http://c', '--otlp-header', 'a: s3cret\r\nb: c'], /^--otlp-header: that is no header/],
      [['--otlp', 'http://c', '--otlp-header', 'ä: s3cret'], /^--otlp-header: that is no header/],
      [['--otlp', 'http://c', '--otlp-interval', '5'], /^--otlp-interval/],
    ] as const) {
      assert.throws(
        () => wish(...args),
        (error: Error) => {
          assert.match(error.message, sentence)
          assert.doesNotMatch(error.message, /s3cret/)
          return true
        },
        args.join(' '),
      )
    }
    assert.throws(() => tracing(1, '--otlp-sample', '2'), /--otlp-sample/)
    assert.throws(() => tracing(1, '--otlp-traces', 'many'), /--otlp-traces/)
  })

  it('is for the command line: a library says so', async () => {
    const options = { target: '127.0.0.1:1', otlp: 'http://127.0.0.1:4318' }
    assert.throws(() => run(options), /otlp is for the command line alone/)
    await assert.rejects(sink({ otlp: 'http://127.0.0.1:4318' }), /otlp is for the command line alone/)
    await assert.rejects(async () => runPlan(options), /otlp: traces and metrics are sent by the command line alone/)
  })
})
