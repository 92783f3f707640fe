/** The page of a profile: reads the document that stands in it and draws. Everything that comes from the document is set as text. */
import type { ProfileDocument } from '../shape.js'
import { chart } from './chart.js'
import { element } from './element.js'
import { heading } from './heading.js'
import style from './style.css'
import { functionTable, moduleTable } from './tables.js'

// A made sheet is what the page's policy lets through besides the one in its head.
const sheet = new CSSStyleSheet()
sheet.replaceSync(style)
document.adoptedStyleSheets = [sheet]

const profile = JSON.parse(document.getElementById('data')!.textContent!) as ProfileDocument
const main = element('main', {}, [heading(profile)])
document.body.append(main)
for (const section of profile.sections) {
  const methods = section.method.map((text) => element('li', { text }))
  const tables = element('div', { class: 'tables' }, [
    functionTable(section, profile.messages),
    moduleTable(section, profile.messages),
  ])
  const part = element('section', {}, [
    element('h2', { text: section.title }),
    chart(section, profile.messages),
    tables,
    element('details', { class: 'method' }, [
      element('summary', { text: 'What these figures are' }),
      element('ul', {}, methods),
    ]),
  ])
  main.append(part)
}
