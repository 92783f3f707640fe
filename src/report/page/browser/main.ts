/** The page in the browser: a report shows what is embedded in it, a live page what it is fed. */
import type { PageData } from '../model.js'
import { Controls } from './control.js'
import { follow } from './live.js'
import { Page } from './page.js'
import { putStyles } from './theme.js'

putStyles()
const data = JSON.parse(document.getElementById('data')!.textContent) as PageData | null
const page = new Page()
if (data === null) {
  const controls = new Controls(page.header.controls)
  follow((now, connection) => {
    controls.update(now, connection === 'over')
    page.update(now, connection)
  })
} else page.update(data, 'report')

/** For tests and for the console. */
Object.assign(globalThis, { stampede: page })
