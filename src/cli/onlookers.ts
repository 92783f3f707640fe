/** Who looks at a run from outside while it goes: whoever scrapes the metrics endpoint, and the collector of `--otlp`. */
import type { SourcePlan } from '../plan/plan.js'
import type { Company } from './company.js'
import type { Given } from './given.js'
import type { Interrupts } from './signals.js'

/** What brings them, or is a mistake without them. */
const WORDS = ['metrics', 'otlp', 'otlp-header', 'otlp-interval', 'otlp-sample', 'otlp-traces']

/** Lets them in; what they are shown goes along only where somebody looks. `again` is the line that repeats the run. Throws StampedeError. */
export async function joinOnlookers(
  company: Company,
  given: Given,
  plan: SourcePlan,
  interrupts: Pick<Interrupts, 'now'>,
  quiet: boolean,
  again: string,
): Promise<void> {
  // Loaded here: most runs have nobody who looks on.
  if (!WORDS.some((name) => given.has(name))) return
  const [{ pageFeed, withPage }, { openMetrics }, { openOtlp }, { ShownSource }] = await Promise.all([
    import('./live-page.js'),
    import('./metrics.js'),
    import('./otlp.js'),
    import('./shown-source.js'),
  ])
  const shown = new ShownSource(plan)
  const otlp = company.add(await openOtlp(given, plan, shown, interrupts.now))
  const metrics = company.add(await openMetrics(given, await withPage(given, shown), quiet))
  if (otlp !== null || metrics !== null) company.add(shown)
  if (metrics !== null) company.add(await pageFeed({ plan, feed: shown.feed, again }))
}
