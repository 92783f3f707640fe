/** The forms that a run can be written in, for `--out` and `stampede report`. */
import { RunError, UsageError } from '../base/errors.js'
import { nearest } from '../base/nearest.js'
import { orList } from '../base/words.js'
import type { Interval } from '../measure/interval.js'
import type { Result } from '../measure/result.js'
import { OUTCOMES } from '../measure/series.js'
import { toCsv } from '../report/csv.js'
import { toHgrm } from '../report/hgrm.js'
import { toHlog } from '../report/hlog.js'
import { toJson } from '../report/json.js'
import { toJunit } from '../report/junit.js'
import { toMarkdown } from '../report/markdown.js'
import { pageData } from '../report/page/data.js'
import { reportPage } from '../report/page/html.js'
import type { Recorded } from '../report/read.js'
import { toText } from '../report/text.js'

/** What is written. */
export interface Material {
  readonly result: Result
  /** The run second by second, where it was kept. */
  readonly recorded: () => Recorded
  readonly intervals: () => Iterable<Interval>
}

export interface Format {
  /** Of file names. */
  readonly ending: string
  /** It needs more than the result: what only a recording holds. */
  readonly recorded: boolean
  readonly render: (material: Material) => string
}

const form = (ending: string, render: (result: Result) => string): Format => ({
  ending,
  recorded: false,
  render: ({ result }) => render(result),
})

export const FORMATS: Readonly<Record<string, Format>> = {
  text: form('txt', (result) => toText(result)),
  json: form('json', (result) => `${toJson(result)}\n`),
  md: form('md', toMarkdown),
  csv: { ending: 'csv', recorded: true, render: ({ recorded }) => toCsv(recorded().timeline.seconds) },
  html: { ending: 'html', recorded: true, render: ({ result, recorded }) => toHtml(result, recorded()) },
  hgrm: form('hgrm', (result) => distribution(result, 'response')),
  hlog: { ending: 'hlog', recorded: true, render: ({ result, intervals }) => toHlog(result, intervals()) },
  junit: form('junit.xml', toJunit),
}

/** The page of a run; what stands in it where scripts are not run is the summary. */
export function toHtml(result: Result, { timeline, due, plan }: Recorded): string {
  return reportPage(pageData({ result, timeline, due, durationMs: plan.load.durationMs }), toText(result))
}

/** What `stampede report` makes. */
export const REPORT_KINDS: readonly string[] = [...Object.keys(FORMATS), 'openmetrics']

/** The distribution of the series, as it is called in the latency table: `dot`, `rcpt deferred`. Throws UsageError or RunError. */
export function distribution(result: Pick<Result, 'latency'>, series: string, label?: string): string {
  const outcome = OUTCOMES.find((one) => series.endsWith(` ${one}`)) ?? 'accepted'
  const name = series.endsWith(` ${outcome}`) ? series.slice(0, -outcome.length - 1) : series
  const text = toHgrm(result, name, outcome)
  if (text !== null) return text
  const names = result.latency.map((row) => (row.outcome === 'accepted' ? row.name : `${row.name} ${row.outcome}`))
  if (label === undefined || names.length === 0) throw new RunError('there is no latency to write')
  const meant = nearest(series, names)
  throw new UsageError(
    `${label}: there is no series '${series}' here; ${meant ? `did you mean ${meant}?` : `give ${orList(names)}.`}`,
  )
}
