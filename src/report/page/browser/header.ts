/** The head of the page, always in sight: verdict, target, how far it is, and what can be changed. */
import { clock, count, number, percent } from '../../format.js'
import type { PageData } from '../model.js'
import { button, el } from './dom.js'
import { themeButton } from './theme.js'

/** How a live page stands with the run. */
export type Connection = 'connecting' | 'live' | 'lost' | 'over' | 'report'

const CONNECTION_WORDS: Readonly<Record<Connection, string>> = {
  connecting: 'connecting …',
  live: 'live',
  lost: 'connection lost, trying again …',
  over: 'the run is over',
  report: '',
}

export class Header {
  readonly element: HTMLElement
  readonly controls = el('div', { class: 'controls' })
  readonly nav = el('nav', { 'aria-label': 'Sections' })
  readonly #badge = el('span', { class: 'badge' })
  readonly #target = el('h1', {})
  readonly #figures = el('p', { class: 'figures' })
  /** What befell the server: all that follows is to be read in its light. */
  readonly #happened = el('ul', { class: 'happened', role: 'alert', hidden: true })
  readonly #generator = el('span', { class: 'state' })
  readonly #connection = el('span', { class: 'connection', role: 'status', 'aria-live': 'polite' })
  readonly #progress = el('progress', { max: '1', 'aria-label': 'Share of the run that is over' })
  readonly #all: HTMLButtonElement

  constructor(themeChanged: () => void, showAll: () => void) {
    this.#all = button('Show all times', { class: 'all', hidden: true }, showAll)
    this.element = el(
      'header',
      { class: 'top' },
      el(
        'div',
        { class: 'bar' },
        this.#badge,
        el('div', { class: 'names' }, this.#target, this.#figures),
        el(
          'div',
          { class: 'right' },
          this.#generator,
          this.#connection,
          this.controls,
          this.#all,
          themeButton(themeChanged),
        ),
      ),
      this.#happened,
      this.nav,
      this.#progress,
    )
  }

  zoomed(zoomed: boolean): void {
    this.#all.hidden = !zoomed
  }

  update(data: PageData | null, connection: Connection): void {
    this.#connection.textContent = CONNECTION_WORDS[connection]
    this.#connection.dataset.state = connection
    this.#connection.hidden = connection === 'report'
    if (data === null) {
      this.#target.textContent = 'Stampede'
      this.#badge.textContent = '…'
      this.#progress.hidden = true
      return
    }
    const { head, verdict, elapsedMs, totals, kind } = data
    this.#tell(data)
    this.#target.textContent = `${head.verb} ${head.target}`
    const [badge, look] =
      verdict === null
        ? kind === 'sink' && connection === 'over'
          ? ['OVER', 'live']
          : ['LIVE', 'live']
        : verdict.passed
          ? ['PASS', 'pass']
          : ['FAIL', 'fail']
    this.#badge.textContent = badge!
    this.#badge.dataset.look = look!
    document.title = `${badge} ${head.target} · Stampede`
    this.#figures.textContent = figures(data)
    const state = verdict?.state ?? latestState(data)
    this.#generator.hidden = state === null
    this.#generator.dataset.state = state ?? ''
    this.#generator.textContent = `generator ${state}${verdict?.limit ? ` · limit: ${verdict.limit}` : ''}`
    this.#generator.title = verdict?.reason ?? ''
    const share =
      verdict !== null || kind === 'sink'
        ? null
        : head.durationMs !== null
          ? elapsedMs / head.durationMs
          : head.asked !== null
            ? ((totals.accepted ?? 0) + (totals.deferred ?? 0) + (totals.refused ?? 0) + (totals.failed ?? 0)) /
              head.asked
            : null
    this.#progress.hidden = share === null
    if (share !== null) this.#progress.value = Math.min(1, share)
  }

  /** Only what is new is written, so that a screen reader says each thing once. */
  #tell({ watched }: PageData): void {
    const lines = (watched?.events ?? []).map(({ at, text }) => `server: ${text} at ${clock(at * 1000)}`)
    this.#happened.hidden = lines.length === 0
    for (const line of lines.slice(this.#happened.childElementCount)) this.#happened.append(el('li', {}, line))
  }
}

function figures({ kind, totals, elapsedMs, head, thresholds, rows }: PageData): string {
  const rate = elapsedMs > 0 ? ((totals[kind === 'source' ? 'accepted' : 'messages'] ?? 0) * 1000) / elapsedMs : 0
  const parts = [
    `${count(totals[kind === 'source' ? 'accepted' : 'messages'] ?? 0)} ${kind === 'source' ? 'accepted' : 'messages'}`,
    `${number(rate)}/s`,
    head.durationMs !== null && elapsedMs < head.durationMs
      ? `${clock(elapsedMs)} of ${clock(head.durationMs)}`
      : clock(elapsedMs),
  ]
  if (thresholds.length > 0)
    parts.push(`${thresholds.filter(({ ok }) => ok).length} of ${thresholds.length} thresholds hold`)
  const busiest = rows.columns.busiest?.at(-1)
  if (kind === 'sink' && typeof busiest === 'number') parts.push(`busiest worker ${percent(busiest)}`)
  return parts.join(' · ')
}

function latestState({ kind, rows }: PageData): string | null {
  if (kind === 'sink' || rows.at.length === 0) return null
  return ['clear', 'stretched', 'saturated'][rows.columns.state?.at(-1) ?? 0]!
}
