/** One plot on the page: a figure with its name, its lines and their values at the cursor, the curves, what they mean, and the same as a table. */
import uPlot from 'uplot'
import { count, latency } from '../../format.js'
import { bottomOfBin } from '../bins.js'
import type { Rows } from '../model.js'
import { button, el, table } from './dom.js'
import { optionsOf } from './options.js'
import { whenInSight } from './queue.js'
import { heatSummary, type Line, type PlotSpec, place, resting, summary, worded } from './spec.js'

/** What all plots of a page share. */
export interface PlotContext {
  readonly states: () => Rows | null
  /** What the plots of time show of it; null: all. */
  readonly zoom: () => readonly [number, number] | null
  readonly zoomTo: (range: readonly [number, number] | null) => void
  /** Says a text to whoever does not see. */
  readonly say: (text: string) => void
}

const MOST_TABLE_ROWS = 120
/** What the x axis is called at the head of a table. */
const HEADS: Readonly<Record<PlotSpec['xKind'], string>> = {
  time: 'time',
  rate: 'rate',
  oneIn: 'percentile',
  cycle: 'cycle',
}

export class PlotView {
  readonly element: HTMLElement
  readonly #context: PlotContext
  readonly #legend = el('div', { class: 'legend' })
  readonly #canvas: HTMLElement
  readonly #summary: HTMLElement
  readonly #note = el('p', { class: 'note' })
  readonly #words: HTMLElement
  readonly #details = el('details', {}, el('summary', {}, 'As a table'))
  readonly #values = new Map<string, HTMLElement>()
  readonly #place = el('span', { class: 'place' })
  readonly #hidden = new Set<string>()
  readonly #observer: ResizeObserver
  #spec: PlotSpec
  #u: uPlot | null = null

  constructor(spec: PlotSpec, context: PlotContext) {
    this.#spec = spec
    this.#context = context
    const { id, title, words } = spec
    this.#summary = el('p', { class: 'summary', id: `${id}-summary` })
    this.#words = el('p', { class: 'words', id: `${id}-words` }, words)
    this.#canvas = el('div', {
      class: 'canvas',
      tabindex: '0',
      role: 'application',
      'aria-roledescription': 'plot',
      'aria-label': `${title}: arrow keys move the cursor, Home and End go to the ends, Escape leaves${spec.xKind === 'time' ? ', plus and minus zoom, 0 shows all' : ''}`,
      'aria-describedby': `${id}-summary ${id}-words`,
    })
    this.#canvas.addEventListener('keydown', (event) => this.#key(event))
    this.#details.addEventListener('toggle', () => this.#fillTable())
    this.element = el(
      'figure',
      { id, class: `plot${spec.small ? ' small' : ''}${spec.wide ? ' wide' : ''}`, 'aria-labelledby': `${id}-title` },
      el('figcaption', {}, el('h3', { id: `${id}-title` }, title), this.#legend),
      this.#canvas,
      this.#summary,
      this.#words,
      this.#note,
      this.#details,
    )
    this.#observer = new ResizeObserver(() => this.#fit())
    this.#observer.observe(this.#canvas)
    this.#tell()
  }

  get id(): string {
    return this.#spec.id
  }

  get timed(): boolean {
    return this.#spec.xKind === 'time'
  }

  /** For tests and for the curious: what is drawn, and where the cursor is. */
  get state() {
    return {
      id: this.id,
      points: this.#spec.x.length,
      lines: this.#spec.lines.map(({ label, values }) => ({
        label,
        length: values.length,
        known: values.filter((value) => value !== null).length,
      })),
      cursor: this.#u?.cursor.idx ?? null,
      hover: [this.#place, ...this.#values.values()].map((one) => one.textContent ?? ''),
      drawn: this.#u !== null,
    }
  }

  /** What is shown of the x axis. */
  get range(): readonly [number, number] {
    const { min = 0, max = 0 } = this.#u?.scales.x ?? {}
    return [min ?? 0, max ?? 0]
  }

  update(spec: PlotSpec): void {
    const shape = ({ lines, log, small }: PlotSpec) => JSON.stringify([lines.map(({ key }) => key), log, small])
    const same = shape(spec) === shape(this.#spec)
    this.#spec = spec
    this.#tell(same)
    if (this.#u === null) return
    if (!same) return this.#build()
    const zoom = this.timed ? this.#context.zoom() : null
    this.#u.setData(this.#data(), zoom === null)
    if (zoom !== null) this.#u.redraw()
    if (this.#details.open) this.#fillTable()
  }

  /** Colours are others. */
  redraw(): void {
    this.#u?.redraw(false)
  }

  zoomed(): void {
    if (this.#u === null || !this.timed) return
    const [min, max] = this.#context.zoom() ?? [this.#spec.x[0] ?? 0, this.#spec.x.at(-1) ?? 1]
    this.#u.setScale('x', { min, max })
  }

  close(): void {
    this.#observer.disconnect()
    this.#u?.destroy()
    this.element.remove()
  }

  #data(): uPlot.AlignedData {
    const { x, lines } = this.#spec
    return [x as number[], ...lines.map(({ values }) => values as (number | null)[])]
  }

  #height(): number {
    return this.#spec.small ? 150 : this.#spec.heat === undefined ? 240 : 280
  }

  #fit(): void {
    const width = Math.floor(this.#canvas.clientWidth)
    if (width === 0) return
    if (this.#u === null) whenInSight(this.#canvas, () => this.#first())
    else if (this.#u.width !== width) this.#u.setSize({ width, height: this.#height() })
  }

  /** Unless it has been drawn, or is gone. */
  #first(): void {
    if (this.#u === null && this.element.isConnected) this.#build()
  }

  #build(): void {
    this.#u?.destroy()
    const { states, zoomTo } = this.#context
    const options = optionsOf(
      {
        spec: () => this.#spec,
        states: () => (this.timed ? states() : null),
        moved: (u) => this.#moved(u),
        selected: (from, to) => zoomTo([from, to]),
        unzoom: () => zoomTo(null),
      },
      Math.max(200, Math.floor(this.#canvas.clientWidth)),
      this.#height(),
    )
    this.#u = new uPlot(options, this.#data(), this.#canvas)
    this.#spec.lines.forEach(({ key }, i) => {
      if (this.#hidden.has(key)) this.#u!.setSeries(i + 1, { show: false })
    })
    if (this.#context.zoom() !== null) this.zoomed()
  }

  /** Legend and words. */
  #tell(same = false): void {
    const { lines, words, note = '', format } = this.#spec
    if (!same) {
      this.#values.clear()
      this.#legend.replaceChildren(...lines.map((line) => this.#key_(line)), this.#place)
    }
    this.#words.textContent = words
    this.#note.textContent = note
    this.#note.hidden = note === ''
    this.#summary.textContent = this.#spec.heat === undefined ? summary(this.#spec) : heatSummary(this.#spec)
    if ((this.#u?.cursor.idx ?? null) === null)
      for (const line of lines) this.#values.get(line.key)!.textContent = resting(line, format)
    else if (this.#u !== null) this.#moved(this.#u)
  }

  #key_(line: Line): HTMLElement {
    const value = el('span', { class: 'value' }, resting(line, this.#spec.format))
    this.#values.set(line.key, value)
    const swatch = el('span', { class: `swatch${line.dash === undefined ? '' : ' dashed'}`, 'aria-hidden': 'true' })
    swatch.style.setProperty('--swatch', `var(--${line.color})`)
    const made = button('', { 'aria-pressed': String(!this.#hidden.has(line.key)), title: 'Show or hide' }, () => {
      const hide = !this.#hidden.delete(line.key)
      if (hide) this.#hidden.add(line.key)
      made.setAttribute('aria-pressed', String(!hide))
      const at = this.#spec.lines.findIndex(({ key }) => key === line.key)
      this.#u?.setSeries(at + 1, { show: !hide })
    })
    made.append(swatch, el('span', {}, line.label), value)
    return made
  }

  #moved(u: uPlot): void {
    const { lines, format, x, xKind, heat } = this.#spec
    const at = u.cursor.idx ?? null
    this.#place.textContent = at === null ? '' : `${xKind === 'time' ? 'at ' : ''}${place(xKind, x[at]!)}`
    for (const line of lines) {
      const value = at === null ? null : line.values[at]
      const text = at === null ? resting(line, format) : value === null || value === undefined ? '–' : format(value)
      this.#values.get(line.key)!.textContent = heat !== undefined && at !== null ? this.#cell(u, at) : text
    }
  }

  /** The cell of the heat map under the cursor, or its column where the cursor is elsewhere. */
  #cell(u: uPlot, at: number): string {
    const bins = this.#spec.heat!.columns[at] ?? []
    const y = u.cursor.top === undefined || u.cursor.top < 0 ? null : u.posToVal(u.cursor.top, 'y')
    for (let i = 0; y !== null && i < bins.length; i += 2) {
      const [low, high] = [bottomOfBin(bins[i]!), bottomOfBin(bins[i]! + 1)]
      if (low <= y && y < high) return `${count(bins[i + 1]!)} within ${latency(low)} to ${latency(high)}`
    }
    let sum = 0
    for (let i = 1; i < bins.length; i += 2) sum += bins[i]!
    return `${count(sum)} in all`
  }

  #key(event: KeyboardEvent): void {
    const u = this.#u
    const { x } = this.#spec
    if (u === null || x.length === 0 || event.ctrlKey || event.metaKey || event.altKey) return
    const here = u.cursor.idx ?? null
    const step = event.shiftKey ? 10 : 1
    const to: Readonly<Record<string, number>> = {
      ArrowRight: here === null ? 0 : here + step,
      ArrowLeft: here === null ? x.length - 1 : here - step,
      Home: 0,
      End: x.length - 1,
    }
    if (event.key in to) this.#go(u, Math.max(0, Math.min(x.length - 1, to[event.key]!)))
    else if (event.key === 'Escape') move(u, -10, -10)
    else if (this.timed && (event.key === '+' || event.key === '-')) this.#zoom(u, event.key === '+' ? 0.5 : 2)
    else if (this.timed && event.key === '0') this.#context.zoomTo(null)
    else return
    event.preventDefault()
  }

  #go(u: uPlot, index: number): void {
    const { x, lines, format, xKind } = this.#spec
    const height = u.over.clientHeight
    move(u, u.valToPos(x[index]!, 'x'), this.#spec.heat === undefined ? height / 2 : -1)
    const values = lines.map(
      ({ label, values: all }) => `${label} ${all[index] === null ? 'nothing' : format(all[index]!)}`,
    )
    this.#context.say(`${place(xKind, x[index]!)}: ${values.join(', ')}`)
  }

  #zoom(u: uPlot, factor: number): void {
    const { min = 0, max = 1 } = u.scales.x! as { min?: number; max?: number }
    const middle = this.#spec.x[u.cursor.idx ?? -1] ?? (min + max) / 2
    const half = Math.max(1, ((max - min) * factor) / 2)
    const all: [number, number] = [this.#spec.x[0]!, this.#spec.x.at(-1)!]
    const range: [number, number] = [Math.max(all[0], middle - half), Math.min(all[1], middle + half)]
    this.#context.zoomTo(range[0] === all[0] && range[1] === all[1] ? null : range)
  }

  #fillTable(): void {
    this.#details.querySelector('.scroll')?.remove()
    if (!this.#details.open) return
    const { x, xKind, lines, format, title } = this.#spec
    const every = Math.ceil(x.length / MOST_TABLE_ROWS)
    const head = [HEADS[xKind], ...lines.map(({ label }) => label)]
    const rows = x.flatMap((at, i) =>
      i % every === 0 ? [[place(xKind, at), ...lines.map(({ values }) => worded(values[i], format))]] : [],
    )
    this.#details.append(table(every === 1 ? title : `${title}, every ${every}th row`, head, rows))
  }
}

/** Moves the cursor, here and in all that go with it: the last argument is in no declaration of uPlot's. */
function move(u: uPlot, left: number, top: number): void {
  const setCursor = u.setCursor as (place: { left: number; top: number }, fire: boolean, share: boolean) => void
  setCursor({ left, top }, true, true)
}
