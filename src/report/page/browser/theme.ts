/** Light and dark: as the system has it until somebody chooses. */
import uplotCss from 'uplot/dist/uPlot.min.css'
import { button } from './dom.js'
import pageCss from './page.css'

const KEY = 'stampede-theme'

/** Puts the style sheets in. Made sheets are what the page's policy lets through besides the one in its head. */
export function putStyles(): void {
  const sheets = [uplotCss, pageCss].map((text) => {
    const sheet = new CSSStyleSheet()
    sheet.replaceSync(text)
    return sheet
  })
  document.adoptedStyleSheets = sheets
}

/** Looking a colour up costs a style of the whole page, and a plot asks often. */
const known = new Map<string, string>()

/** Whether it is dark now. */
export function isDark(): boolean {
  const chosen = document.documentElement.dataset.theme
  return chosen === undefined ? matchMedia('(prefers-color-scheme: dark)').matches : chosen === 'dark'
}

/** The value of a colour of the style sheet, as `accepted` for `--accepted`. */
export function color(name: string): string {
  let found = known.get(name)
  if (found === undefined) {
    found = getComputedStyle(document.documentElement).getPropertyValue(`--${name}`).trim()
    known.set(name, found)
  }
  return found
}

/** The button that changes it; `changed` is called whenever colours are others. */
export function themeButton(changed: () => void): HTMLButtonElement {
  const root = document.documentElement
  const before = stored()
  if (before !== null) root.dataset.theme = before
  const made = button('', { class: 'theme' }, () => {
    root.dataset.theme = isDark() ? 'light' : 'dark'
    try {
      localStorage.setItem(KEY, root.dataset.theme)
    } catch {
      // Files may not be allowed to remember anything.
    }
    name()
    known.clear()
    changed()
  })
  const name = () => {
    made.textContent = isDark() ? 'Light' : 'Dark'
    made.setAttribute('aria-label', `Change to the ${isDark() ? 'light' : 'dark'} theme`)
  }
  name()
  matchMedia('(prefers-color-scheme: dark)').addEventListener('change', () => {
    name()
    known.clear()
    changed()
  })
  return made
}

function stored(): string | null {
  try {
    const found = localStorage.getItem(KEY)
    return found === 'light' || found === 'dark' ? found : null
  } catch {
    return null
  }
}
