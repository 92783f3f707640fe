/** The page of a search for leaks in the browser: reads the document that stands in it. */
import { aboutPart, Frame } from '../../page/browser/frame.js'
import { PlotView } from '../../page/browser/plot.js'
import type { LeakPageData } from '../model.js'
import { badge } from './badge.js'
import { planPart } from './plan-part.js'
import { leakSpecs } from './specs.js'

const data = JSON.parse(document.getElementById('data')!.textContent) as LeakPageData
const frame = new Frame({ badge: badge(data.word), title: `leaks ${data.target}`, figures: data.about[0]![1] })
for (const plan of data.plans) {
  const plots = leakSpecs(plan).map((spec) => new PlotView(spec, frame.context))
  frame.add(planPart(plan, plots), plots)
}
frame.add(aboutPart('About this search', data.about, data.notes))
document.title = `${data.word}: ${data.target} · Stampede`
