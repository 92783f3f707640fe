/** Columns of the heat map put together; used on both sides, as `rows.ts`. */
import { addBins } from './bins.js'
import type { PageHeat } from './model.js'

/** Most columns: more than most screens have room for. */
export const MOST_COLUMNS = 900

/** Adds a column; one that begins where the last one does is added to it. */
export function addHeat(heat: PageHeat, second: number, bins: readonly number[]): void {
  const at = second - (second % heat.seconds)
  const last = heat.at.length - 1
  if (heat.at[last] === at) heat.columns[last] = addBins(heat.columns[last]!, bins)
  else {
    heat.at.push(at)
    heat.columns.push([...bins])
  }
  if (heat.at.length > MOST_COLUMNS) widen(heat)
}

function widen(heat: PageHeat): void {
  const { at, columns } = heat
  const old = at.map((second, i) => [second, columns[i]!] as const)
  heat.seconds *= 2
  at.length = 0
  columns.length = 0
  for (const [second, bins] of old) addHeat(heat, second, bins)
}
