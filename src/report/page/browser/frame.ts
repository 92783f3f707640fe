/** The frame of a page that stands still: its head, the sections under it, and what it says of itself at the end. */
import { button, el } from './dom.js'
import type { PlotContext, PlotView } from './plot.js'
import { putStyles, themeButton } from './theme.js'

export interface FrameHead {
  readonly badge: HTMLElement
  readonly title: string
  /** The line under the title. */
  readonly figures: string
  /** What all that follows is to be read in the light of. */
  readonly happened?: readonly string[]
}

export class Frame {
  /** What its plots share. */
  readonly context: PlotContext
  readonly plots: PlotView[] = []
  readonly #main = el('main', { id: 'main', tabindex: '-1' })
  #zoom: readonly [number, number] | null = null

  constructor({ badge, title, figures, happened = [] }: FrameHead) {
    putStyles()
    const say = el('p', { class: 'unseen', role: 'status', 'aria-live': 'polite' })
    const all = button('Show all times', { class: 'all', hidden: true }, () => this.context.zoomTo(null))
    this.context = {
      states: () => null,
      zoom: () => this.#zoom,
      zoomTo: (range) => {
        this.#zoom = range
        all.hidden = range === null
        for (const plot of this.plots) plot.zoomed()
      },
      say: (text) => {
        say.textContent = text
      },
    }
    const change = themeButton(() => {
      for (const plot of this.plots) plot.redraw()
    })
    const names = el('div', { class: 'names' }, el('h1', {}, title), el('p', { class: 'figures' }, figures))
    const told = happened.map((line) => el('li', {}, line))
    document.body.append(
      el('a', { class: 'skip', href: '#main' }, 'Skip to the figures'),
      el(
        'header',
        { class: 'top' },
        el('div', { class: 'bar' }, badge, names, el('div', { class: 'right' }, all, change)),
        told.length > 0 ? el('ul', { class: 'happened', role: 'alert' }, ...told) : null,
      ),
      this.#main,
      say,
    )
    /** For tests and for the console. */
    Object.assign(globalThis, { stampede: { plots: this.plots } })
  }

  /** One section more; `plots` are those that stand in it. */
  add(section: HTMLElement, plots: readonly PlotView[] = []): void {
    this.plots.push(...plots)
    this.#main.append(section)
  }
}

/** A section with a name. */
export function part(id: string, title: string, ...children: readonly (Node | null)[]): HTMLElement {
  return el(
    'section',
    { id: `s-${id}`, class: 'part', 'aria-labelledby': `s-${id}-title` },
    el('h2', { id: `s-${id}-title` }, title),
    ...children,
  )
}

/** What was done, line by line, and what is to be said of it. */
export function aboutPart(
  title: string,
  about: readonly (readonly [string, string])[],
  notes: readonly string[],
): HTMLElement {
  const rows = about.flatMap(([name, value]) => [el('dt', {}, name), el('dd', {}, value)])
  const said = notes.map((note) => el('li', {}, note))
  return part(
    'about',
    title,
    el(
      'div',
      { class: 'block wide' },
      el('dl', { class: 'about' }, ...rows),
      said.length > 0 ? el('ul', { class: 'list' }, ...said) : null,
    ),
  )
}
