/** Rows of the page put together, and made wider where they are too many. Used on both sides: where the page is made, and in the browser while it is fed. */
import type { Cell, Row, Rows } from './model.js'

/** Most rows that a page holds: an hour in seconds. */
export const MOST_ROWS = 3600

/** How the values of a column stand together in a wider row. */
type Together = 'sum' | 'max' | 'last'

export function newRows(seconds = 1): Rows {
  return { seconds, at: [], ms: [], columns: {} }
}

/** Adds a row; one that begins where the last one does takes its place. A column that is new was 0, or nothing, until now. */
export function addRow(rows: Rows, { at, ms, values }: Row): void {
  const again = rows.at.at(-1) === at
  const index = again ? rows.at.length - 1 : rows.at.length
  rows.at[index] = at
  rows.ms[index] = ms
  for (const name of Object.keys(values)) rows.columns[name] ??= Array.from({ length: index }, () => absent(name))
  for (const [name, column] of Object.entries(rows.columns)) column[index] = values[name] ?? absent(name)
}

/** Without the values that a row has where nothing is told: what goes over the wire every second. */
export function compact({ at, ms, values }: Row): Row {
  const told = Object.entries(values).filter(([name, value]) => value !== absent(name))
  return { at, ms, values: Object.fromEntries(told) }
}

/** So many rows before the last one turn out to have been saturated. */
export function markSaturated(rows: Rows, before: number): void {
  const states = rows.columns.state ?? []
  for (let i = 1; i <= Math.min(before, states.length - 1); i++) states[states.length - 1 - i] = 2
}

/** The same in rows of so many seconds more that there are at most `most`; counts are added, of figures the greatest stands. */
export function widened(rows: Rows, most = MOST_ROWS): Rows {
  let factor = 1
  const span = (rows.at.at(-1) ?? 0) - (rows.at[0] ?? 0) + 1
  while (span / (rows.seconds * factor) > most) factor *= 2
  if (factor === 1) return rows
  const seconds = rows.seconds * factor
  const wide = newRows(seconds)
  for (const name of Object.keys(rows.columns)) wide.columns[name] = []
  rows.at.forEach((second, i) => {
    const at = second - (second % seconds)
    const fresh = wide.at.at(-1) !== at
    if (fresh) {
      wide.at.push(at)
      wide.ms.push(0)
    }
    const last = wide.at.length - 1
    wide.ms[last]! += rows.ms[i]!
    for (const [name, column] of Object.entries(wide.columns)) {
      const value = rows.columns[name]![i]!
      column[last] = fresh ? value : both(togetherOf(name), column[last]!, value)
    }
  })
  return wide
}

/** Columns without anything in them are left out: a page shows no empty plots. */
export function withoutEmpty(rows: Rows): Rows {
  const columns = Object.entries(rows.columns).filter(([, column]) =>
    column.some((value) => value !== null && value !== 0),
  )
  return { ...rows, columns: Object.fromEntries(columns) }
}

/** Latencies, shares and states are figures: they are not added, and where there is none it is not 0. */
export function togetherOf(name: string): Together {
  if (/\.(p\d+|max)$|^(worker\.|busiest|loopDelay|startLag|state|cpu|host\.)/.test(name)) return 'max'
  return /^(active|backlog|draining|rss|pss|threads|processes|fd\.|socket\.|accept\.|memory)/.test(name)
    ? 'last'
    : 'sum'
}

function absent(name: string): Cell {
  return togetherOf(name) === 'max' && name !== 'state' ? null : 0
}

function both(how: Together, a: Cell, b: Cell): Cell {
  if (a === null || b === null) return a ?? b
  return how === 'sum' ? a + b : how === 'max' ? Math.max(a, b) : b
}
