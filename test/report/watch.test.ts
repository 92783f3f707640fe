import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import { UsageError } from '#src/base/errors.js'
import { begun, type RecordingSource } from '#src/report/recording-lines.js'
import { watchMarkdown } from '#src/report/watch-markdown.js'
import { watchPageData } from '#src/report/watch-page/data.js'
import { watchPage } from '#src/report/watch-page/html.js'
import { readWatch } from '#src/report/watch-recording.js'
import { type WatchResult, watchJson, watchText } from '#src/report/watch-text.js'
import { watchLines, watchResult } from './watch-result.js'

const DIED = { atMs: 58_500, kind: 'died', pid: 7, text: 'smtpd (process 7) ended' } as const

const sourceOf = (text: string): RecordingSource => ({ name: 'watch.ndjson', open: () => [Buffer.from(text)] })
const read = (text: string) => readWatch(sourceOf(text))

describe('the recording of a watch', () => {
  const result = watchResult({ leak: 100_000, events: [DIED], notes: ['PSS needs root'] })
  const lines = watchLines(result)

  it('gives the same result, leaks judged anew', () => {
    assert.deepEqual(read(lines.join('')), result)
    const { leaks, ...plain } = result
    assert.deepEqual(read(watchLines(plain).join('')), plain)
  })

  it('cut off at any octet, gives what is there, and says so', () => {
    const text = lines.slice(0, 4).join('')
    const begun = lines.slice(0, 2).join('').length
    for (let end = 0; end <= text.length; end++) {
      const part = text.slice(0, end)
      if (end < begun) {
        assert.throws(() => read(part), UsageError, part)
        continue
      }
      const { watched, notes, elapsedMs } = read(part)
      const whole = part.split('\n').length - 1 - 2
      assert.deepEqual(watched.samples, result.watched.samples.slice(0, whole), part)
      assert.equal(elapsedMs, watched.samples.at(-1)?.atMs ?? 0)
      assert.equal(notes.length, 1)
      assert.match(notes[0]!, /^the recording was cut off at [01]\.0 s: /)
    }
  })

  it('that cannot be read is refused, by its line', () => {
    const [header, whom, sample] = lines as [string, string, string]
    const refused: readonly (readonly [string, RegExp])[] = [
      ['', /^watch\.ndjson is not a recording; give one made with --out ndjson\.$/],
      [header.replace('"schemaVersion":1', '"schemaVersion":9'), /schema version 1 is needed, this one has 9\.$/],
      ['{"kind":"header","schemaVersion":1}\n', /^watch\.ndjson is not a recording of stampede watch\.$/],
      [`${header}${whom}${sample.replace(/"host":.*/, '"host":null}')}`, /line 3 is broken \(it is no sample\)\.$/],
      [header, /^watch\.ndjson ends before it says who was watched\.$/],
      [`${header}${whom}{"kind":"watch"}\n`, /^watch\.ndjson: line 3 is broken \(it is no sample\)\.$/],
      [`${header}${whom}${sample.replace('"host"', '"h"')}`, /^watch\.ndjson: line 3 is broken \(it is no sample\)\.$/],
      [`${header}${whom}{\n`, /^watch\.ndjson: line 3 is broken \(/],
    ]
    for (const [text, message] of refused) assert.throws(() => read(text), { name: 'UsageError', message })
  })
})

describe('a recording that is begun', () => {
  it('is read from its first octet, once where it can be read once, and again where it can', () => {
    const text = watchLines(watchResult({ seconds: 3 })).join('')
    for (let size = 1; size < 200; size++) {
      const piece = Buffer.alloc(size)
      // As from a file: the piece is filled anew each time.
      function* pieces(): Generator<Uint8Array> {
        for (let at = 0; at < text.length; at += size) yield piece.subarray(0, piece.write(text.slice(at, at + size)))
      }
      const once = pieces()
      const { kind, source } = begun({ name: 'x', open: () => once })
      assert.equal(kind, 'watch-header')
      assert.deepEqual(readWatch(source), read(text))
      const again = begun({ name: 'x', open: pieces }).source
      for (let i = 0; i < 2; i++) assert.deepEqual(readWatch(again), read(text))
    }
    assert.throws(() => begun(sourceOf('')), {
      message: 'watch.ndjson is not a recording; give one made with --out ndjson.',
    })
  })
})

describe('what was watched, shown', () => {
  it('as Markdown: what happened first, the verdict, a table, the sums, the leaks', () => {
    const text = watchMarkdown(watchResult({ leak: 100_000, events: [DIED], about: 'a|b' }))
    assert.deepEqual(text.split('\n').slice(0, 6), [
      '**server: smtpd (process 7) ended at 58.5 s**  ',
      '',
      '### ❌ FAIL a\\|b, watched for 60.0 s',
      '',
      '|  | first | settled | most | last |',
      '| --- | --- | --- | --- | --- |',
    ])
    assert.match(text, /^\| threads \| 3 \| 3 \| 3 \| 3 \|$/m)
    assert.match(text, /^- cpu 1\.74 s user, 0\.58 s system$/m)
    assert.match(text, /^\| memory \| leaking \| 80 MB \| \d+(\.\d)? MB \| \S+ MB per minute \(.*← leaks \|$/m)
    assert.match(watchMarkdown(watchResult()), /^### ✅ PASS smtpd/)
  })

  it('leaks by time: how long was looked, and no cycles that nobody made', () => {
    const text = watchText(watchResult({ leak: 100_000 }))
    assert.match(text, /^LEAK {2}watched: memory leaking \(≈ \S+ MB per minute\)$/m)
    assert.match(text, /^ {2}12 parts of the time after 1 to warm up, 60\.0 s$/m)
  })

  it('as a page: every figure, the samples, the deaths, the verdicts', () => {
    const result = watchResult({ leak: 100_000, events: [DIED] })
    const data = watchPageData(result)
    assert.equal(data.passed, false)
    assert.deepEqual(data.happened, ['server: smtpd (process 7) ended at 58.5 s'])
    assert.deepEqual(
      data.figures.map(([name]) => name),
      (JSON.parse(watchJson(result)) as { figures: { name: string }[] }).figures.map(({ name }) => name),
    )
    assert.equal(data.watched!.rows.at.length, 61)
    assert.deepEqual([data.leaks[0]!.word, data.leaks[0]!.level], ['leaking', 'at its lowest'])
    assert.match(data.sums[0]!, /^0\.04 of 2 CPUs in use/)
    const { leaks, ...plain } = watchResult()
    assert.deepEqual([watchPageData(plain).leaks, watchPageData(plain).passed], [[], true])
    const nobody: WatchResult = { ...plain, watched: { ...plain.watched, samples: [] } }
    assert.deepEqual([watchPageData(nobody).watched, watchPageData(nobody).figures], [null, []])
  })

  it('the page stands for itself, and no name in it is markup', () => {
    const page = watchPage(watchResult({ about: '</script><b id="planted">' }))
    assert.ok(!page.includes('<b id='))
    assert.match(page, /default-src 'none'; script-src 'sha256-[^']+'; style-src 'sha256-[^']+'; connect-src 'none'/)
    assert.match(page, /<noscript><pre>PASS {2}&lt;\/script&gt;/)
  })
})
