/** The data of the page: what it shows is what was measured, however long the run, and what it is fed ends where the report stands. */
import assert from 'node:assert/strict'
import { test } from 'node:test'
import fc from 'fast-check'
import { PageFeed } from '#src/cli/page-feed.js'
import { COUNTERS } from '#src/measure/series.js'
import { Timeline } from '#src/measure/timeline.js'
import { curveOf } from '#src/plan/rate-shape.js'
import { applied } from '#src/report/page/apply.js'
import { addBins, binOf, bottomOfBin } from '#src/report/page/bins.js'
import { pageData } from '#src/report/page/data.js'
import { addHeat, MOST_COLUMNS } from '#src/report/page/heat-columns.js'
import { livePage, reportPage } from '#src/report/page/html.js'
import type { PageData, PageEvents, PageHeat, Rows } from '#src/report/page/model.js'
import { addRow, newRows, togetherOf, widened, withoutEmpty } from '#src/report/page/rows.js'
import { embedded } from '#src/report/page/standalone.js'
import { pageWatched } from '#src/report/page/watched.js'
import { readRecordings } from '#src/report/read.js'
import type { RunningSource } from '#src/run/source.js'
import { evenly } from '../plan/source-plan.js'
import { longIntervals, longPlan, longRun } from './hour.js'
import { played, sourceOf } from './recorded.js'

const sum = (values: readonly (number | null)[] = []) => values.reduce<number>((all, one) => all + (one ?? 0), 0)

function read(...texts: string[]) {
  const recorded = readRecordings(texts.map((text, i) => sourceOf(text, `${i}.ndjson`)))
  return { recorded, data: pageData({ ...recorded, durationMs: recorded.plan.load.durationMs }) }
}

function longData(seconds: number): PageData {
  const { result, timeline, plan } = longRun({ seconds, rate: 50_000 })
  const curve = curveOf(plan.load.arrivals!)
  return pageData({ result, timeline, due: (ms) => curve.dueBy(ms), durationMs: plan.load.durationMs })
}

test('the columns add up to the result, and have the figures of each second', () => {
  const { text, result } = played({ seconds: 4, load: { arrivals: evenly(10) } })
  const { data, recorded } = read(text)
  const { columns } = data.rows
  assert.deepEqual(data.rows.at, [0, 1, 2, 3])
  assert.deepEqual([sum(columns.accepted), sum(columns.scheduled), sum(columns.asked)], [40, 40, 40])
  assert.deepEqual([data.totals.accepted, data.totals.connects], [result.messages.accepted, 0])
  assert.equal(sum(columns['reply.2']), sum(result.replies.map(({ count }) => count)))
  assert.equal(sum(columns['error.connection reset']), result.errors[0]!.count)
  recorded.timeline.seconds.forEach(({ message, active, utilisation }, i) => {
    assert.equal(columns['response.p50']![i], message.p50 * 1000)
    assert.equal(columns['response.p99']![i], message.p99 * 1000)
    assert.equal(columns['response.max']![i], message.max * 1000)
    assert.deepEqual([columns.active![i], columns['worker.1']![i]], [active, utilisation[1]])
  })
  const dot = recorded.timeline.figures(2).find(({ count }) => count === 10)!
  assert.ok(dot.p50 <= dot.p90 && dot.p90 <= dot.p99 && dot.p99 <= dot.p999 && dot.p999 <= dot.max)
  assert.equal(sum(data.heat!.columns.flatMap((bins) => bins.filter((_, i) => i % 2 === 1))), 40)
  assert.deepEqual(data.head, {
    ...{ verb: 'source', target: '127.0.0.1:25', version: '0.1.0', node: 'v20', host: 'here', seed: 'abcd', tags: {} },
    ...{ startedAt: '1970-01-01T00:00:00.000Z', again: 'stampede source x', unit: 'messages', workers: 2, sessions: 4 },
    ...{ durationMs: 4000, asked: 40, openLoop: true },
  })
  assert.deepEqual([data.verdict!.state, data.verdict!.passed], [result.generator.state, result.passed])
  // Plain data, and nothing in it that JSON has no word for.
  assert.deepEqual(JSON.parse(JSON.stringify(data)), data)
})

test('a spectrum has the percentiles of its histogram, to the last message', () => {
  const { data } = read(played({ seconds: 3, each: 500 }).text)
  const { result } = read(played({ seconds: 3, each: 500 }).text).recorded
  const { histogram } = result.latency.find(({ name }) => name === 'response')!
  const [response, service] = data.spectra
  assert.deepEqual([response!.name, service!.name], ['response', 'service'])
  assert.equal(response!.points.at(-1)![0], 3000)
  for (const [oneIn, us] of response!.points.slice(0, -1))
    assert.ok(Math.abs(us - histogram.getValueAtPercentile(100 * (1 - 1 / oneIn))) <= us * 0.002, `1 in ${oneIn}`)
  assert.equal(response!.points.at(-1)![1], histogram.maxValue)
})

test('a closed loop asks for nothing; several merged and a recording that was cut off have a page, too', () => {
  const a = played({ seconds: 3 })
  const { data } = read(a.text)
  assert.deepEqual([data.rows.columns.asked, data.head.openLoop], [undefined, false])
  const both = read(a.text, played({ seconds: 2 }).text).data
  assert.equal(sum(both.rows.columns.accepted), 50)
  assert.equal(sum(both.rows.columns['reply.2']), 50)
  assert.deepEqual(Object.keys(both.rows.columns).filter((name) => name.startsWith('worker.')).length, 4)
  const open = [3, 2].map((seconds) => played({ seconds, load: { arrivals: evenly(10) } }).text)
  assert.equal(sum(read(...open).data.rows.columns.asked), 60)
  const cut = read(a.text.slice(0, a.text.indexOf('{"kind":"end"') - 1000)).data
  assert.ok(cut.rows.at.length >= 1 && cut.notes.some((note) => note.includes('cut off')))
})

test('nothing measured: a page without plots', () => {
  const { text } = played({ seconds: 4, warmSeconds: 2 })
  const { data } = read(text.slice(0, text.indexOf('{"kind":"warm"')))
  assert.deepEqual([data.rows.at, data.heat, data.spectra], [[], null, []])
})

test('the generator’s state second by second', () => {
  const { data } = read(played({ seconds: 9 }).text)
  // Utilisation rises by an eighth a second from a quarter: 0.75 in the fifth, above 0.9 from the seventh on.
  assert.deepEqual(data.rows.columns.state, [0, 0, 0, 0, 1, 1, 2, 2, 2])
  assert.equal(read(played({ seconds: 3 }).text).data.rows.columns.state, undefined)
})

test('rows made wider lose no count and no peak', () => {
  const cells = fc.array(
    fc.record({ gap: fc.integer({ min: 1, max: 3 }), count: fc.nat(9), max: fc.option(fc.nat(99)) }),
    {
      minLength: 1,
      maxLength: 60,
    },
  )
  fc.assert(
    fc.property(cells, fc.integer({ min: 1, max: 20 }), (seconds, most) => {
      const rows = newRows()
      let at = 0
      for (const { gap, count, max } of seconds) {
        at += gap
        addRow(rows, { at, ms: 1000, values: { accepted: count, 'response.max': max, active: count } })
      }
      const wide = widened(rows, most)
      const peak = (of: Rows) => Math.max(-1, ...of.columns['response.max']!.map((one) => one ?? -1))
      assert.ok(wide.at.length <= most + 1)
      assert.equal(sum(wide.columns.accepted), sum(rows.columns.accepted))
      assert.deepEqual([sum(wide.ms), peak(wide)], [sum(rows.ms), peak(rows)])
      assert.equal(wide.columns.active!.at(-1), rows.columns.active!.at(-1))
      assert.ok(wide.at.every((second) => second % wide.seconds === 0))
      for (const column of Object.values(wide.columns)) assert.equal(column.length, wide.at.length)
    }),
  )
})

test('a row again takes the place of the last, and a column that comes late was nothing before', () => {
  const rows = newRows()
  addRow(rows, { at: 0, ms: 900, values: { accepted: 1 } })
  addRow(rows, { at: 1, ms: 1000, values: { accepted: 2, 'error.timeout': 3, 'response.p50': 9 } })
  addRow(rows, { at: 1, ms: 1010, values: { accepted: 4, 'error.timeout': 3 } })
  assert.deepEqual(rows, {
    ...{ seconds: 1, at: [0, 1], ms: [900, 1010] },
    columns: { accepted: [1, 4], 'error.timeout': [0, 3], 'response.p50': [null, null] },
  })
  assert.deepEqual(Object.keys(withoutEmpty(rows).columns), ['accepted', 'error.timeout'])
  assert.deepEqual(['bytesOut', 'active', 'phase.dot.p99', 'cpu'].map(togetherOf), ['sum', 'last', 'max', 'max'])
})

test('bins: every latency is in the bin that holds it', () => {
  fc.assert(
    fc.property(fc.integer({ min: 1, max: 3_600_000_000 }), (us) => {
      const bin = binOf(us)
      assert.ok(bottomOfBin(bin) <= us * (1 + 1e-9) && us < bottomOfBin(bin + 1) * (1 + 1e-9), `${us} in ${bin}`)
    }),
  )
  assert.deepEqual([binOf(0), binOf(1000), binOf(999)], [0, 36, 35])
  assert.deepEqual(addBins([1, 2, 5, 1], [0, 1, 5, 3]), [0, 1, 1, 2, 5, 4])
})

test('a heat map of a day keeps every message in few columns', () => {
  const heat: PageHeat = { seconds: 1, at: [], columns: [] }
  for (let second = 0; second < 10_000; second++) addHeat(heat, second, [second % 40, 3])
  assert.ok(heat.at.length <= MOST_COLUMNS && heat.seconds === 16)
  assert.equal(sum(heat.columns.flatMap((bins) => bins.filter((_, i) => i % 2 === 1))), 30_000)
})

test('what a live page is fed ends as the report stands, second by second', () => {
  const long = { seconds: 40, rate: 5000 }
  const plan = longPlan(long)
  let data: PageData | null = null
  let sizes = 0
  let seconds = 0
  let end: PageData | null = null
  const push = (name: string, value: unknown) => {
    const text = JSON.stringify(value)
    if (name === 'second') {
      sizes += text.length
      seconds++
    }
    if (name === 'end') end = JSON.parse(text) as PageData
    else data = applied(data, name as keyof PageEvents, JSON.parse(text) as never)
  }
  const feed = new PageFeed({ plan, feed: { push }, again: 'stampede run x' })
  const { result } = longRun(long)
  const timeline = new Timeline()
  const running = {
    timeline,
    live: {
      counters: () => Object.fromEntries(COUNTERS.map((name, i) => [name, timeline.counters[i]])),
      tables: () => result,
    },
    judgement: { wanted: false, results: [] },
    rateChanges: [],
    watched: () => null,
  } as unknown as RunningSource
  feed.started(running)
  for (const interval of longIntervals(long)) feed.second(timeline.add(interval))
  const live = data as unknown as PageData
  feed.ended(result)
  const told = end as unknown as PageData
  assert.deepEqual(withoutEmpty(live.rows), told.rows)
  assert.deepEqual(live.heat, told.heat)
  // The table is told whole every five seconds.
  const response = ({ latency }: PageData) =>
    latency.filter(({ name, outcome }) => name === 'response' && outcome === 'accepted')
  assert.deepEqual([response(live), live.replies, live.errors], [response(told), told.replies, told.errors])
  assert.deepEqual(
    live.latency.map(({ name }) => name),
    told.latency.map(({ name }) => name),
  )
  assert.deepEqual([live.totals.accepted, live.head.verb, live.head.asked], [told.totals.accepted, 'run', 200_000])
  assert.deepEqual([live.verdict, told.verdict!.state], [null, result.generator.state])
  assert.ok(sizes / seconds < 2000, `${Math.round(sizes / seconds)} octets a second`)
})

test('the warm-up is shown and forgotten; two readings in one second are one row', () => {
  const long = { seconds: 6, rate: 1000 }
  let data: PageData | null = null
  const push = (name: string, value: unknown) => {
    data = applied(data, name as keyof PageEvents, JSON.parse(JSON.stringify(value)) as never)
  }
  const feed = new PageFeed({ plan: longPlan(long), feed: { push }, again: '' })
  let timeline = new Timeline()
  const none = { counters: () => ({}), tables: () => ({ replies: [], errors: [] }) }
  const running = {
    get timeline() {
      return timeline
    },
    ...{ live: none, judgement: { wanted: false, results: [] }, rateChanges: [], watched: () => null },
  } as unknown as RunningSource
  const accepted = () => (data as unknown as PageData).rows.columns.accepted
  feed.started(running)
  const [first, second, third, fourth] = [...longIntervals(long)]
  feed.second(timeline.add(first!))
  feed.second(timeline.add(second!))
  assert.equal(accepted()!.length, 2)
  timeline = new Timeline()
  feed.second(timeline.add(third!))
  assert.equal(accepted()!.length, 1)
  feed.second(timeline.add(fourth!))
  feed.second(timeline.add({ ...fourth!, fromMs: 4000, toMs: 4010 }))
  const { rows, heat } = data as unknown as PageData
  assert.deepEqual(rows.at, [2, 3])
  const [two, three] = heat!.columns.map((bins) => sum(bins.filter((_, i) => i % 2 === 1)))
  assert.deepEqual([two, three], accepted())
})

test('what was watched: shares of CPU from sums, counts as they stood, nothing where nobody watched', () => {
  const host = { cpu: 0.5, memoryUsed: 1e9, memoryTotal: 2e9, load: 1, receivedPerSecond: null, sentPerSecond: null }
  const server = (cpuUserMs: number) => ({
    ...{ processes: 2, cpuUserMs, cpuSystemMs: 0, rss: 1e6, pss: null, vsz: 1, threads: 3, disk: null, cgroup: null },
    descriptors: { total: 9, sockets: 4, pipes: 1, files: 4, other: 0 },
    ...{ sockets: { ESTABLISHED: 4 }, accept: { waiting: 0, limit: 128, overflows: cpuUserMs }, switches: null },
  })
  const events = [{ atMs: 1500, kind: 'died' as const, pid: 7, text: '7 died' }]
  const samples = [0, 500, 800].map((cpu, i) => ({ atMs: 1000 * (i + 1), server: i === 1 ? null : server(cpu), host }))
  const { rows, events: told } = pageWatched({ target: ':25', samples, events })!
  assert.deepEqual(
    [rows.at, rows.columns['host.cpu']],
    [
      [1, 2, 3],
      [0.5, 0.5, 0.5],
    ],
  )
  assert.deepEqual(
    [rows.columns['fd.total'], rows.columns['socket.ESTABLISHED']],
    [
      [9, 0, 9],
      [4, 0, 4],
    ],
  )
  assert.deepEqual(told, [{ at: 1.5, kind: 'died', text: '7 died' }])
  const busy = pageWatched({
    target: ':25',
    samples: [0, 250].map((cpu, i) => ({ atMs: i * 1000, server: server(cpu), host })),
    events: [],
  })
  assert.deepEqual(busy!.rows.columns['host.server user'], [null, 0.25])
  assert.equal(pageWatched(null), null)
  assert.equal(pageWatched({ target: 'x', samples: [], events: [] }), null)
})

test('no text of a run can end the script that holds it, or be markup', () => {
  const hostile = '</script><script>globalThis.taken = 1</script><!--<img src=x onerror=alert(1)>\u2028'
  const { result, timeline } = longRun({ seconds: 3, rate: 100 })
  const rude = { ...result, target: hostile, tags: { [hostile]: hostile }, notes: [hostile], again: hostile }
  const html = reportPage(pageData({ result: rude, timeline, due: null }), hostile)
  assert.deepEqual([html.split('<script').length, html.split('</script>').length], [3, 3])
  assert.ok(!html.includes('<img') && !html.includes('<!--'))
  const json = /<script type="application\/json" id="data">(.*?)<\/script>/s.exec(html)![1]!
  assert.deepEqual(JSON.parse(json).head.target, hostile)
  assert.equal(embedded(['<', '</a>']), '["\\u003c","\\u003c/a>"]')
  assert.match(
    html,
    /Content-Security-Policy" content="default-src 'none'; script-src 'sha256-[^']+'; style-src 'sha256-[^']+'; connect-src 'none'/,
  )
  assert.match(livePage(), /connect-src 'self'.*<script type="application\/json" id="data">null<\/script>/s)
  // Nothing is fetched from anywhere.
  assert.doesNotMatch(html.replace(/<script>.*<\/script>/s, ''), /(?:src|href)="(?!data:)/)
})

test('an hour at 50,000 messages a second is less than 3 MB, a day not much more', () => {
  const data = longData(3600)
  assert.deepEqual([data.rows.seconds, data.rows.at.length], [1, 3600])
  const hour = Buffer.byteLength(reportPage(data))
  assert.ok(hour < 3_000_000, `${hour} octets`)
  const rows = widened({ ...data.rows, at: data.rows.at.map((at) => at * 24) })
  assert.ok(rows.at.length <= 3600 && rows.seconds === 32)
})
