/** The forms that a watch can be written in. Each is loaded when it is asked for. */
import type { WatchResult } from '../report/watch-text.js'

export const WATCH_FORMS: Readonly<Record<string, (result: WatchResult) => Promise<string>>> = {
  text: async (result) => (await import('../report/watch-text.js')).watchText(result),
  json: async (result) => (await import('../report/watch-text.js')).watchJson(result),
  md: async (result) => (await import('../report/watch-markdown.js')).watchMarkdown(result),
  html: async (result) => (await import('../report/watch-page/html.js')).watchPage(result),
}
