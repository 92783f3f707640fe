/** The forms that a run can be written in, for `--out` and `stampede report`. Each is loaded when it is asked for. */
import { RunError, UsageError } from '../base/errors.js'
import { nearest } from '../base/nearest.js'
import { orList } from '../base/words.js'
import type { Interval } from '../measure/interval.js'
import type { Result } from '../measure/result.js'
import { OUTCOMES } from '../measure/series.js'
import type { Recorded } from '../report/read.js'

/** What is written. */
export interface Material {
  readonly result: Result
  /** The run second by second, where it was kept. */
  readonly recorded: () => Promise<Recorded>
  readonly intervals: () => Promise<Iterable<Interval>>
}

export interface Format {
  /** Of file names. */
  readonly ending: string
  /** It needs more than the result: what only a recording holds. */
  readonly recorded: boolean
  readonly render: (material: Material) => Promise<string>
}

const form = (ending: string, render: Format['render'], recorded = false): Format => ({ ending, recorded, render })

export const FORMATS: Readonly<Record<string, Format>> = {
  text: form('txt', async ({ result }) => (await import('../report/text.js')).toText(result)),
  json: form('json', async ({ result }) => `${(await import('../report/json.js')).toJson(result)}\n`),
  md: form('md', async ({ result }) => (await import('../report/markdown.js')).toMarkdown(result)),
  csv: form(
    'csv',
    async ({ recorded }) => (await import('../report/csv.js')).toCsv((await recorded()).timeline.seconds),
    true,
  ),
  html: form('html', async ({ result, recorded }) => toHtml(result, await recorded()), true),
  hgrm: form('hgrm', ({ result }) => distribution(result, 'response')),
  hlog: form(
    'hlog',
    async ({ result, intervals }) => (await import('../report/hlog.js')).toHlog(result, await intervals()),
    true,
  ),
  junit: form('junit.xml', async ({ result }) => (await import('../report/junit.js')).toJunit(result)),
}

/** The page of a run; what stands in it where scripts are not run is the summary. */
export async function toHtml(result: Result, { timeline, due, plan }: Recorded): Promise<string> {
  const [{ pageData }, { reportPage }, { toText }] = await Promise.all([
    import('../report/page/data.js'),
    import('../report/page/html.js'),
    import('../report/text.js'),
  ])
  const run = { result, timeline, due, durationMs: plan.load.durationMs }
  return reportPage(pageData(run, { watched: result.watched }), toText(result))
}

/** What `stampede report` makes. */
export const REPORT_KINDS: readonly string[] = [...Object.keys(FORMATS), 'openmetrics']

/** The distribution of the series, as it is called in the latency table: `dot`, `rcpt deferred`. Throws UsageError or RunError. */
export async function distribution(result: Pick<Result, 'latency'>, series: string, label?: string): Promise<string> {
  const { toHgrm } = await import('../report/hgrm.js')
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
