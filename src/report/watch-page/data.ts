/** A watch as the data of its page. */
import { endedDead, happenings } from '../../measure/watched.js'
import { seconds } from '../format.js'
import { leakPagePlan } from '../leak-page/data.js'
import { pageWatched } from '../page/watched.js'
import type { WatchResult } from '../watch-text.js'
import { cpuWords } from '../watch-text.js'
import { watchRows, watchSums } from '../watched.js'
import type { WatchPageData } from './model.js'

export function watchPageData(result: WatchResult): WatchPageData {
  const { watched, leaks = [], notes } = result
  return {
    title: watched.about ?? watched.target,
    passed: !endedDead(watched),
    happened: happenings(watched),
    figures: watchRows(watched).map(({ name, first, settled, most, last }) => [
      name.trim(),
      first,
      settled,
      most,
      last,
    ]),
    sums: [...cpuWords(watched), ...watchSums(watched)],
    watched: pageWatched(watched),
    leaks: leaks.map(leakPagePlan),
    notes,
    about: [
      ['asked for', watched.target],
      ['host', result.host],
      ['started', result.startedAt],
      ['took', seconds(result.elapsedMs)],
      ['stampede', `${result.version}, Node ${result.node}`],
    ],
  }
}
