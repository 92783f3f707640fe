/** A verdict in one word, in its colour. */
import type { LeakWord } from '../../../measure/leaks.js'
import { el } from '../../page/browser/dom.js'

const LOOKS: Readonly<Record<LeakWord, string>> = {
  flat: 'pass',
  'warming up': 'pass',
  leaking: 'fail',
  'not enough evidence': 'warn',
}

export function badge(word: LeakWord): HTMLElement {
  return el('span', { class: 'badge', 'data-look': LOOKS[word] }, word.toUpperCase())
}
