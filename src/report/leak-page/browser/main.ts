/** The page of a search for leaks in the browser: reads the document that stands in it. */
import { el } from '../../page/browser/dom.js'
import { PlotView } from '../../page/browser/plot.js'
import { putStyles, themeButton } from '../../page/browser/theme.js'
import type { LeakPageData } from '../model.js'
import { badge } from './badge.js'
import { planPart } from './plan-part.js'
import { leakSpecs } from './specs.js'

putStyles()
const data = JSON.parse(document.getElementById('data')!.textContent) as LeakPageData
const say = el('p', { class: 'unseen', role: 'status', 'aria-live': 'polite' })
const main = el('main', { id: 'main', tabindex: '-1' })
const plots: PlotView[] = []
const context = {
  states: () => null,
  zoom: () => null,
  zoomTo: () => {},
  say: (text: string) => {
    say.textContent = text
  },
}

for (const plan of data.plans) {
  const own = leakSpecs(plan).map((spec) => new PlotView(spec, context))
  plots.push(...own)
  main.append(planPart(plan, own))
}
main.append(aboutPart())
const names = el(
  'div',
  { class: 'names' },
  el('h1', {}, `leaks ${data.target}`),
  el('p', { class: 'figures' }, data.about[0]![1]),
)
const change = themeButton(() => {
  for (const plot of plots) plot.redraw()
})
document.body.append(
  el('a', { class: 'skip', href: '#main' }, 'Skip to the figures'),
  el(
    'header',
    { class: 'top' },
    el('div', { class: 'bar' }, badge(data.word), names, el('div', { class: 'right' }, change)),
  ),
  main,
  say,
)
document.title = `${data.word}: ${data.target} · Stampede`

function aboutPart(): HTMLElement {
  const rows = data.about.flatMap(([name, value]) => [el('dt', {}, name), el('dd', {}, value)])
  const notes = data.notes.map((note) => el('li', {}, note))
  return el(
    'section',
    { class: 'part', 'aria-labelledby': 's-about-title' },
    el('h2', { id: 's-about-title' }, 'About this search'),
    el(
      'div',
      { class: 'block wide' },
      el('dl', { class: 'about' }, ...rows),
      notes.length > 0 ? el('ul', { class: 'list' }, ...notes) : null,
    ),
  )
}

/** For tests and for the console. */
Object.assign(globalThis, { stampede: { plots } })
