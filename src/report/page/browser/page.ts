/** The page put together, and kept up to date while its data change. */
import type { PageData, Rows } from '../model.js'
import { el } from './dom.js'
import { type Connection, Header } from './header.js'
import { type PlotContext, PlotView } from './plot.js'
import type { PlotSpec } from './spec.js'
import { find, spectrum, watched } from './specs-more.js'
import { sinkSpecs } from './specs-sink.js'
import { sourceSpecs } from './specs-source.js'
import { blocks, cards } from './tables.js'

/** Sections from top to bottom, and what stands in them. */
const SECTIONS = [
  'Comparison',
  'Verdict',
  'Capacity',
  'Load',
  'Latency',
  'Phases',
  'Commands',
  'Replies and errors',
  'Replies and faults',
  'Connections',
  'Generator',
  'This sink',
  'Server under test',
  'About this run',
] as const

export class Page {
  readonly header: Header
  readonly #plots = new Map<string, PlotView>()
  readonly #sections = new Map<string, { readonly element: HTMLElement; readonly grid: HTMLElement }>()
  readonly #cards = el('div', {})
  readonly #key = el('p', { class: 'shade-key' })
  readonly #main = el('main', { id: 'main', tabindex: '-1' })
  readonly #say = el('p', { class: 'unseen', role: 'status', 'aria-live': 'polite' })
  readonly #context: PlotContext
  #zoom: readonly [number, number] | null = null
  #rows: Rows | null = null
  #data: PageData | null = null

  constructor() {
    this.#context = {
      states: () => this.#rows,
      zoom: () => this.#zoom,
      zoomTo: (range) => this.#zoomTo(range),
      say: (text) => {
        this.#say.textContent = text
      },
    }
    this.header = new Header(
      () => this.#redraw(),
      () => this.#zoomTo(null),
    )
    document.body.append(
      el('a', { class: 'skip', href: '#main' }, 'Skip to the figures'),
      this.header.element,
      this.#main,
      this.#say,
    )
    this.#main.append(this.#cards, this.#key)
    this.header.update(null, 'connecting')
  }

  get data(): PageData | null {
    return this.#data
  }

  get plots(): readonly PlotView[] {
    return [...this.#plots.values()]
  }

  update(data: PageData | null, connection: Connection): void {
    this.#data = data
    this.header.update(data, connection)
    if (data === null) return
    this.#rows = data.kind === 'source' ? data.rows : null
    this.#cards.replaceChildren(cards(data))
    this.#tellShades(data)
    const specs = (data.kind === 'sink' ? sinkSpecs(data) : sourceSpecs(data)).concat(
      [spectrum(data), find(data)].filter((spec): spec is PlotSpec => spec !== null),
      watched(data.watched),
    )
    this.#reconcile(specs)
    this.#putBlocks(data)
    this.#order(specs)
  }

  #tellShades({ rows, kind }: PageData): void {
    const states = kind === 'source' ? (rows.columns.state ?? []) : []
    const parts = ([1, 2] as const).flatMap((state) => {
      const many = states.filter((one) => one === state).length * rows.seconds
      if (many === 0) return []
      const name = state === 1 ? 'stretched' : 'saturated'
      return [el('span', { class: `patch ${name}`, 'aria-hidden': 'true' }), `the generator was ${name} (${many} s) `]
    })
    this.#key.hidden = parts.length === 0
    if (parts.length > 0) this.#key.replaceChildren('Shaded in every plot over time: ', ...parts)
  }

  #reconcile(specs: readonly PlotSpec[]): void {
    const wanted = new Set(specs.map(({ id }) => id))
    for (const [id, view] of this.#plots)
      if (!wanted.has(id)) {
        view.close()
        this.#plots.delete(id)
      }
    for (const spec of specs) {
      const known = this.#plots.get(spec.id)
      if (known !== undefined) {
        known.update(spec)
        continue
      }
      const view = new PlotView(spec, this.#context)
      this.#plots.set(spec.id, view)
      this.#section(spec.section).grid.append(view.element)
    }
  }

  /** Tables are made anew: they are small. One in which somebody stands is left until the next time. */
  #putBlocks(data: PageData): void {
    for (const { id, section, title, body } of blocks(data)) {
      const { grid } = this.#section(section)
      const old = document.getElementById(`block-${id}`)
      if (old?.contains(document.activeElement) || old?.contains(getSelection()?.anchorNode ?? null)) continue
      const wide =
        id === 'comparison' ||
        id === 'latencies' ||
        id === 'words' ||
        id === 'failures' ||
        id === 'about' ||
        id === 'notes'
      const made = el(
        'section',
        { id: `block-${id}`, class: `block${wide ? ' wide' : ''}`, 'aria-labelledby': `block-${id}-title` },
        el('h3', { id: `block-${id}-title` }, title),
        ...body,
      )
      if (old === null) grid.append(made)
      else old.replaceWith(made)
    }
  }

  #section(name: string) {
    const known = this.#sections.get(name)
    if (known !== undefined) return known
    const id = `s-${name.toLowerCase().replace(/\W+/g, '-')}`
    const grid = el('div', { class: `grid${name === 'Phases' || name === 'Commands' ? ' many' : ''}` })
    const element = el(
      'section',
      { id, class: 'part', 'aria-labelledby': `${id}-title` },
      el('h2', { id: `${id}-title` }, name),
      grid,
    )
    const made = { element, grid }
    this.#sections.set(name, made)
    return made
  }

  /** Sections and the plots in them in their order, moved only where they stand wrong; the links to them. */
  #order(specs: readonly PlotSpec[]): void {
    const names = SECTIONS.filter(
      (name) => this.#sections.has(name) && this.#sections.get(name)!.grid.childElementCount > 0,
    )
    let before: Element = this.#key
    for (const name of names) {
      const { element, grid } = this.#sections.get(name)!
      if (before.nextElementSibling !== element) before.after(element)
      before = element
      const figures = specs.filter(({ section }) => section === name).map(({ id }) => this.#plots.get(id)!.element)
      figures.forEach((figure, i) => {
        if (grid.children[i] !== figure) grid.insertBefore(figure, grid.children[i] ?? null)
      })
    }
    for (const name of names) stretch(this.#sections.get(name)!.grid)
    for (const [name, { element }] of this.#sections) if (!(names as readonly string[]).includes(name)) element.remove()
    const links = names.map((name) => el('a', { href: `#${this.#sections.get(name)!.element.id}` }, name))
    if (this.header.nav.textContent !== names.join('')) this.header.nav.replaceChildren(...links)
  }

  #zoomTo(range: readonly [number, number] | null): void {
    this.#zoom = range
    this.header.zoomed(range !== null)
    for (const view of this.#plots.values()) view.zoomed()
  }

  #redraw(): void {
    for (const view of this.#plots.values()) view.redraw()
  }
}

/** In two columns, what would stand alone in its row takes both. */
function stretch(grid: HTMLElement): void {
  if (grid.classList.contains('many')) return
  const children = [...grid.children]
  let column = 0
  children.forEach((child, i) => {
    if (child.classList.contains('wide')) {
      column = 0
      return
    }
    const next = children[i + 1]
    child.classList.toggle('alone', column === 0 && (next === undefined || next.classList.contains('wide')))
    column = 1 - column
  })
}
