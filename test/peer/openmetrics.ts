import assert from 'node:assert/strict'

/** Suffixes that samples of a type may have (OpenMetrics 1.0, section 5). */
const SUFFIXES: Readonly<Record<string, readonly string[]>> = {
  counter: ['_total'],
  gauge: [''],
  histogram: ['_bucket', '_sum', '_count'],
}
const NAME = '[a-zA-Z_:][a-zA-Z0-9_:]*'
const SAMPLE = new RegExp(`^(${NAME})(?:\\{(.*)\\})? (\\S+)$`)

/** Reads an exposition as strictly as OpenMetrics is written; samples by their name and labels. Throws for what it does not allow. */
export function readOpenMetrics(text: string): Map<string, number> {
  assert.ok(text.endsWith('\n# EOF\n'), 'ends with # EOF and a line feed')
  const samples = new Map<string, number>()
  const families = new Set<string>()
  let family = ''
  let type = ''
  for (const line of text.slice(0, -'# EOF\n'.length).trimEnd().split('\n')) {
    const [, word, name = '', rest = ''] = /^# (HELP|TYPE|UNIT) (\S+) (.*)$/.exec(line) ?? []
    if (word !== undefined) {
      if (name !== family) {
        assert.ok(!families.has(name), `${name} comes in one piece`)
        families.add(name)
        family = name
        type = 'unknown'
      }
      if (word === 'TYPE') type = rest
      continue
    }
    const [, sample = '', labels = '', value = ''] = SAMPLE.exec(line) ?? []
    assert.notEqual(sample, '', `a sample: ${line}`)
    assert.ok(
      SUFFIXES[type]!.some((suffix) => sample === family + suffix),
      `${sample} in ${type} ${family}`,
    )
    checkLabels(labels)
    assert.ok(!samples.has(`${sample}{${labels}}`), `${line} is there once`)
    const number = Number(value.replace('+Inf', 'Infinity'))
    assert.ok(!Number.isNaN(number), line)
    if (type !== 'gauge') assert.ok(number >= 0, line)
    samples.set(`${sample}{${labels}}`, number)
  }
  checkHistograms(samples)
  return samples
}

function checkLabels(text: string): void {
  const label = /^([a-zA-Z_][a-zA-Z0-9_]*)="((?:[^"\\\n]|\\[\\n"])*)"(,|$)/
  const seen = new Set<string>()
  for (let rest = text; rest !== ''; ) {
    const found = label.exec(rest)
    assert.ok(found !== null && !seen.has(found[1]!), `labels: ${text}`)
    seen.add(found[1]!)
    rest = rest.slice(found[0].length)
  }
}

/** Buckets rise up to +Inf, which is the count. */
function checkHistograms(samples: ReadonlyMap<string, number>): void {
  const last = new Map<string, { le: number; count: number }>()
  for (const [key, count] of samples) {
    const found = /^(.*)_bucket\{(.*?),?le="([^"]+)"\}$/.exec(key)
    if (found === null) continue
    const series = `${found[1]}_count{${found[2]}}`
    const le = Number(found[3]!.replace('+Inf', 'Infinity'))
    const before = last.get(series)
    assert.ok(before === undefined || (le > before.le && count >= before.count), key)
    last.set(series, { le, count })
  }
  for (const [series, { le, count }] of last) {
    assert.equal(le, Number.POSITIVE_INFINITY, series)
    assert.equal(samples.get(series), count, series)
  }
}
