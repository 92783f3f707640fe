/** One flame graph with its search box, legend and the line that says what is under the pointer. */
import flamegraph, { type FlameGraph, type Rectangle } from 'd3-flame-graph'
import { select } from 'd3-selection'
import type { FlameNode, Section } from '../shape.js'
import type { Kind } from '../tree.js'
import { element } from './element.js'
import { cost, percent } from './figures.js'
import { colorOf, KIND_NAMES } from './kinds.js'

const CELL_PX = 19
/** Narrower ones are neither seen nor hit. */
const LEAST_PX = 0.5
const ZOOM_MS = 250
const HINT = 'Click a frame to zoom in, its caller to zoom out. Width is CPU; what stands on a frame is what it called.'

export function chart(section: Section, messages: number): HTMLElement {
  const drawing = element('div', { class: 'flame' })
  const details = element('p', { class: 'details', text: HINT })
  const found = element('output', { class: 'found' })
  const search = element('input')
  search.type = 'search'
  search.placeholder = 'Search functions and files'
  search.setAttribute('aria-label', `Search ${section.title}`)
  const reset = element('button', { text: 'Whole graph' })
  reset.type = 'button'

  let graph: FlameGraph<FlameNode> | null = null
  let width = 0
  const draw = () => {
    const now = Math.floor(drawing.clientWidth)
    if (now === width || now === 0) return
    width = now
    drawing.replaceChildren()
    graph = make(section, messages, width, found)
    // A copy: the library writes into what it is given.
    select(drawing).datum(structuredClone(section.flame)).call(graph)
    // Where it is higher than its box, what matters stands at the bottom.
    drawing.scrollTop = drawing.scrollHeight
    if (search.value !== '') graph.search(search.value)
  }
  search.addEventListener('input', () => {
    if (search.value.trim() === '') {
      graph?.clear()
      found.textContent = ''
    } else graph?.search(search.value.trim())
  })
  reset.addEventListener('click', () => {
    search.value = ''
    found.textContent = ''
    graph?.clear()
    graph?.resetZoom()
  })
  drawing.addEventListener('mouseover', (event) => {
    const frame = (event.target as Element).closest('g.frame')
    details.textContent = frame?.querySelector('title')?.textContent ?? HINT
  })
  drawing.addEventListener('mouseleave', () => {
    details.textContent = HINT
  })
  new ResizeObserver(draw).observe(drawing)
  return element('div', { class: 'graph' }, [
    element('div', { class: 'controls' }, [search, found, reset, legend(section)]),
    drawing,
    details,
  ])
}

function make(section: Section, messages: number, width: number, found: HTMLElement): FlameGraph<FlameNode> {
  return flamegraph<FlameNode>()
    .width(width)
    .cellHeight(CELL_PX)
    .minFrameSize(LEAST_PX)
    .transitionDuration(matchMedia('(prefers-reduced-motion: reduce)').matches ? 0 : ZOOM_MS)
    .title('')
    .setColorMapper((one) => (one.highlight ? 'var(--found)' : colorOf(one.data.kind, one.data.name)))
    .setLabelHandler((one) => labelOf(one.data, section, messages))
    .setSearchMatch((one, term) => matches(one, term))
    .setSearchHandler((hits, sum, total) => {
      found.textContent = `${hits.length} found, ${cost(sum, messages)}, ${percent(total > 0 ? sum / total : 0)}`
    })
}

/** Letters as they are, of either case; not a pattern. */
function matches({ data }: Rectangle<FlameNode>, term: string): boolean {
  return `${data.name} ${data.place}`.toLowerCase().includes(term.toLowerCase())
}

function labelOf({ name, place, value }: FlameNode, { totalUs }: Section, messages: number): string {
  const where = place === '' ? '' : `  ${place}`
  return `${name}${where}  ·  ${cost(value, messages)}${messages > 0 ? ' a message' : ''}, ${percent(totalUs > 0 ? value / totalUs : 0)}`
}

/** Only kinds that are there. */
function legend({ modules }: Section): HTMLElement {
  const there = new Set<Kind>(modules.map(({ kind }) => kind))
  const entries = Object.entries(KIND_NAMES)
    .filter(([kind]) => there.has(kind as Kind))
    .map(([kind, text]) => {
      const swatch = element('i')
      swatch.style.background = `var(--${kind}-1)`
      return element('span', {}, [swatch, element('span', { text })])
    })
  return element('div', { class: 'legend' }, entries)
}
