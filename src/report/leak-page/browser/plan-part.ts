/** One plan of a search: its verdict, a table of all resources, and the plots of those that moved. */
import { el, table } from '../../page/browser/dom.js'
import type { PlotView } from '../../page/browser/plot.js'
import type { LeakPagePlan } from '../model.js'
import { badge } from './badge.js'

const HEAD = ['resource', 'verdict', 'from', 'to', 'what goes with it, and its 99 % interval']

export function planPart(plan: LeakPagePlan, plots: readonly PlotView[]): HTMLElement {
  const id = `s-${plan.name}`
  const notes = plan.notes.map((note) => el('li', {}, note))
  return el(
    'section',
    { id, class: 'part', 'aria-labelledby': `${id}-title` },
    el('h2', { id: `${id}-title` }, badge(plan.word), ` ${plan.headline}`),
    el('p', { class: 'words' }, `${plan.sentence}; ${plan.extent}`),
    el(
      'div',
      { class: 'grid' },
      el(
        'div',
        { class: 'block wide' },
        table(`${plan.name}: what each resource came to`, HEAD, plan.rows, (column) => column === 2 || column === 3),
        notes.length > 0 ? el('ul', { class: 'list' }, ...notes) : null,
      ),
      ...plots.map(({ element }) => element),
    ),
  )
}
