/** The live page of a verb with `--metrics`. Loaded only then: a run that nobody can look at needs neither the page nor its feed. */

import type { Given } from './given.js'
import type { Shown } from './metrics.js'
import type { PageFeed, PageFeedOptions } from './page-feed.js'
import type { SinkPageFeed } from './sink-page-feed.js'

/** What is shown, with the page where it can be looked at. */
export async function withPage(given: Given, shown: Shown): Promise<Shown> {
  if (given.text('metrics') === null) return shown
  const { livePage } = await import('../report/page/html.js')
  const { families, resources, feed } = shown
  return { families, resources, ...(feed !== undefined && { feed }), page: livePage }
}

/** Tells the page of a run what happens. */
export async function pageFeed(options: PageFeedOptions): Promise<PageFeed> {
  const loaded = await import('./page-feed.js')
  return new loaded.PageFeed(options)
}

/** Tells the page of a sink. */
export async function sinkPageFeed(feed: PageFeedOptions['feed']): Promise<SinkPageFeed> {
  const loaded = await import('./sink-page-feed.js')
  return new loaded.SinkPageFeed(feed)
}
