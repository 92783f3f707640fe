/** Elements from code. Whatever a user, a target or a server had a hand in comes here as a text, never as markup. */

type Attributes = Readonly<Record<string, string | boolean | null>>
type Child = Node | string | null

/** An element with attributes (true: present, null or false: left out) and children; strings are texts. */
export function el<Name extends keyof HTMLElementTagNameMap>(
  name: Name,
  attributes: Attributes = {},
  ...children: readonly Child[]
): HTMLElementTagNameMap[Name] {
  const element = document.createElement(name)
  for (const [key, value] of Object.entries(attributes))
    if (value !== null && value !== false) element.setAttribute(key, value === true ? '' : value)
  element.append(...children.filter((child): child is Node | string => child !== null))
  return element
}

/** A button. */
export function button(text: string, attributes: Attributes, onClick: () => void): HTMLButtonElement {
  const made = el('button', { type: 'button', ...attributes }, text)
  made.addEventListener('click', onClick)
  return made
}

/** A table with a head; `numbers` says which columns are figures. */
export function table(
  caption: string,
  head: readonly string[],
  rows: readonly (readonly (string | Node)[])[],
  numbers: (column: number) => boolean = (column) => column > 0,
): HTMLElement {
  const cell = (name: 'th' | 'td', column: number, child: string | Node) => {
    const made = el(name, { class: numbers(column) ? 'n' : null, scope: name === 'th' ? 'col' : null }, child)
    return made
  }
  return el(
    'div',
    { class: 'scroll', tabindex: '0', role: 'region', 'aria-label': caption },
    el(
      'table',
      {},
      el('caption', { class: 'quiet-caption' }, caption),
      el('thead', {}, el('tr', {}, ...head.map((text, i) => cell('th', i, text)))),
      el('tbody', {}, ...rows.map((row) => el('tr', {}, ...row.map((child, i) => cell('td', i, child))))),
    ),
  )
}
