/** The tables below a flame graph. */
import type { Section } from '../shape.js'
import type { FunctionRow, Kind } from '../tree.js'
import { element } from './element.js'
import { cost, costUnit, percent } from './figures.js'

const FIRST_ROWS = 25

/** By function; a click on a head sorts by it. */
export function functionTable({ functions, totalUs }: Section, messages: number): HTMLElement {
  const body = element('tbody')
  const more = element('button', { class: 'more' })
  more.type = 'button'
  let by: 'selfUs' | 'totalUs' = 'selfUs'
  let shown = FIRST_ROWS
  const fill = () => {
    const rows = [...functions].sort((a, b) => b[by] - a[by]).slice(0, shown)
    body.replaceChildren(...rows.map((row) => functionRow(row, totalUs, messages)))
    more.hidden = shown >= functions.length
    more.textContent = `All ${functions.length} functions`
    self.setAttribute('aria-sort', by === 'selfUs' ? 'descending' : 'none')
    total.setAttribute('aria-sort', by === 'totalUs' ? 'descending' : 'none')
  }
  const sorter = (text: string, order: typeof by) => {
    const button = element('button', { text })
    button.type = 'button'
    button.addEventListener('click', () => {
      by = order
      fill()
    })
    return element('th', { class: 'number' }, [button])
  }
  const self = sorter(`itself, ${costUnit(messages)}`, 'selfUs')
  const total = sorter('with calls', 'totalUs')
  more.addEventListener('click', () => {
    shown = functions.length
    fill()
  })
  fill()
  const head = element('tr', {}, [
    element('th', { text: 'function' }),
    self,
    element('th', { class: 'number', text: 'share' }),
    total,
    element('th', { text: 'where' }),
  ])
  return element('div', { class: 'functions' }, [
    element('h3', { text: 'By function' }),
    element('div', { class: 'scroll' }, [element('table', {}, [element('thead', {}, [head]), body])]),
    more,
  ])
}

function functionRow(
  { name, kind, module, place, selfUs, totalUs: all }: FunctionRow,
  totalUs: number,
  messages: number,
): HTMLElement {
  return element('tr', {}, [
    named(name, kind),
    element('td', { class: 'number', text: cost(selfUs, messages) }),
    element('td', { class: 'number', text: percent(totalUs > 0 ? selfUs / totalUs : 0) }),
    element('td', { class: 'number', text: cost(all, messages) }),
    element('td', { class: 'place', text: place === '' ? module : place }),
  ])
}

export function moduleTable({ modules, totalUs }: Section, messages: number): HTMLElement {
  const head = element('tr', {}, [
    element('th', { text: 'module' }),
    element('th', { class: 'number', text: costUnit(messages) }),
    element('th', { class: 'number', text: 'share' }),
  ])
  const rows = modules.map(({ module, kind, selfUs }) =>
    element('tr', {}, [
      named(module, kind),
      element('td', { class: 'number', text: cost(selfUs, messages) }),
      element('td', { class: 'number', text: percent(totalUs > 0 ? selfUs / totalUs : 0) }),
    ]),
  )
  const sum = element('tr', { class: 'sum' }, [
    element('td', { text: 'together' }),
    element('td', { class: 'number', text: cost(totalUs, messages) }),
    element('td'),
  ])
  return element('div', { class: 'modules' }, [
    element('h3', { text: 'By module' }),
    element('table', {}, [element('thead', {}, [head]), element('tbody', {}, [...rows, sum])]),
  ])
}

function named(text: string, kind: Kind): HTMLElement {
  const swatch = element('i')
  swatch.style.background = `var(--${kind}-1)`
  return element('td', {}, [swatch, element('span', { text })])
}
