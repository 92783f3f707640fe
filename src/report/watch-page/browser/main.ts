/** The page of a watch in the browser: reads the result that stands in it. */
import { planPart } from '../../leak-page/browser/plan-part.js'
import { leakSpecs } from '../../leak-page/browser/specs.js'
import { el, table } from '../../page/browser/dom.js'
import { aboutPart, Frame, part } from '../../page/browser/frame.js'
import { PlotView } from '../../page/browser/plot.js'
import { watched } from '../../page/browser/specs-more.js'
import type { WatchPageData } from '../model.js'

const data = JSON.parse(document.getElementById('data')!.textContent) as WatchPageData
const word = data.passed ? 'PASS' : 'FAIL'
const frame = new Frame({
  badge: el('span', { class: 'badge', 'data-look': word.toLowerCase() }, word),
  title: `watch ${data.title}`,
  figures: data.sums.join(' · '),
  happened: data.happened,
})

for (const plan of data.leaks) {
  const plots = leakSpecs(plan).map((spec) => new PlotView(spec, frame.context))
  frame.add(planPart(plan, plots), plots)
}
const plots = watched(data.watched).map((spec) => new PlotView(spec, frame.context))
frame.add(
  part(
    'server',
    'The server',
    el(
      'div',
      { class: 'grid' },
      data.figures.length === 0
        ? null
        : el(
            'div',
            { class: 'block wide' },
            table('How each figure went', ['', 'first', 'settled', 'most', 'last'], data.figures),
          ),
      ...plots.map(({ element }) => element),
    ),
  ),
  plots,
)
frame.add(aboutPart('About this watch', data.about, data.notes))
document.title = `${word}: ${data.title} · Stampede`
