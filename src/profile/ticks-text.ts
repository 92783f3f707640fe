/** The report of `npm run prof`: ticks by module, by function, and bottom up. */
import { count, percent } from '../report/format.js'
import { functionsOf, modulesOf, type Tree, totalOf } from './tree.js'
import { bottomUp, type Caller } from './v8-log.js'

const FUNCTIONS = 25
const BOTTOM_UP = 10
const DEPTH = 5
/** Callers below this part of their function are left out. */
const LEAST = 0.05

/** `isolates`: how many logs there were, and their ticks in all and while idle. */
export function ticksText(
  root: Tree,
  { isolates, ticks, idle }: { readonly isolates: number; readonly ticks: number; readonly idle: number },
): string {
  const total = totalOf(root)
  const share = (value: number, of: number) => percent(of > 0 ? value / of : 0)
  const row = (value: number, of: number, text: string) =>
    `${count(value).padStart(8)} ${share(value, of).padStart(7)}  ${text}`
  const functions = functionsOf(root)
  const lines = [
    `${count(ticks)} ticks of ${isolates} isolate${isolates === 1 ? '' : 's'}, ${count(idle)} of them idle and left out; one a millisecond of time on the wall`,
    '',
    '   ticks   share  module',
    ...modulesOf(functions).map(({ module, selfUs }) => row(selfUs, total, module)),
    '',
    '   ticks   share  function',
    ...functions
      .filter(({ selfUs }) => selfUs > 0)
      .slice(0, FUNCTIONS)
      .map(({ name, place, selfUs }) => row(selfUs, total, `${name}${place === '' ? '' : `  ${place}`}`)),
    '',
    `Bottom up: who called the first ${BOTTOM_UP}; callers below ${percent(LEAST)} are left out`,
    '   ticks   share  function',
  ]
  const visit = ({ frame, ticks: own, callers }: Caller, of: number, depth: number) => {
    lines.push(row(own, of, `${'  '.repeat(depth)}${frame.name}${frame.place === '' ? '' : `  ${frame.place}`}`))
    for (const caller of callers) if (caller.ticks >= LEAST * own) visit(caller, own, depth + 1)
  }
  for (const one of bottomUp(root, BOTTOM_UP, DEPTH)) {
    visit(one, total, 0)
    lines.push('')
  }
  return `${lines.join('\n').trimEnd()}\n`
}
