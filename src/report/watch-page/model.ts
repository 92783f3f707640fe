/** What the page of a watch shows, as plain data. Texts stay texts on the page. */
import type { LeakPagePlan } from '../leak-page/model.js'
import type { PageWatched } from '../page/model.js'

export interface WatchPageData {
  /** Who was watched, in a few words. */
  readonly title: string
  /** Whether the server was there at the end. */
  readonly passed: boolean
  /** Deaths and restarts, a sentence each. */
  readonly happened: readonly string[]
  /** A row for each figure: its name, first, settled, most and last. */
  readonly figures: readonly (readonly string[])[]
  /** CPU in use, and sums over the whole time. */
  readonly sums: readonly string[]
  /** Sample by sample; null: there is none. */
  readonly watched: PageWatched | null
  /** Verdicts, where leaks were looked for. */
  readonly leaks: readonly LeakPagePlan[]
  readonly notes: readonly string[]
  /** What was done, line by line: name and value. */
  readonly about: readonly (readonly [string, string])[]
}
