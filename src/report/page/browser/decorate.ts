/** What is drawn behind and over the curves of a plot: times in which the generator was not clear, limits, marks, and the heat map. */
import type uPlot from 'uplot'
import { bottomOfBin } from '../bins.js'
import type { PageHeat, Rows } from '../model.js'
import type { PlotSpec } from './spec.js'
import { color, isDark } from './theme.js'

/** Behind everything: stretched times tinted, saturated ones hatched as well, so that the difference is no matter of colour alone. */
export function shadeStates(u: uPlot, rows: Rows): void {
  const states = rows.columns.state
  if (states === undefined) return
  const { ctx, bbox } = u
  ctx.save()
  ctx.beginPath()
  ctx.rect(bbox.left, bbox.top, bbox.width, bbox.height)
  ctx.clip()
  for (let from = 0; from < states.length; ) {
    const state = states[from]
    let to = from
    while (to + 1 < states.length && states[to + 1] === state) to++
    if (state === 1 || state === 2) {
      const left = u.valToPos(rows.at[from]! - rows.seconds / 2, 'x', true)
      const right = u.valToPos(rows.at[to]! + rows.seconds / 2, 'x', true)
      ctx.fillStyle = color(state === 1 ? 'shade-stretched' : 'shade-saturated')
      ctx.fillRect(left, bbox.top, Math.max(1, right - left), bbox.height)
      if (state === 2) hatch(ctx, left, bbox.top, Math.max(1, right - left), bbox.height)
    }
    from = to + 1
  }
  ctx.restore()
}

function hatch(ctx: CanvasRenderingContext2D, left: number, top: number, width: number, height: number): void {
  ctx.save()
  ctx.beginPath()
  ctx.rect(left, top, width, height)
  ctx.clip()
  ctx.strokeStyle = color('shade-hatch')
  ctx.lineWidth = 1
  ctx.beginPath()
  // On a grid of its own, so that neighbouring stretches go on in one another.
  const step = 9
  const first = Math.floor((left - height) / step) * step
  for (let x = first; x < left + width; x += step) {
    ctx.moveTo(x, top + height)
    ctx.lineTo(x + height, top)
  }
  ctx.stroke()
  ctx.restore()
}

/** Limits across and marks upright. */
export function drawLimits(u: uPlot, { limits = [], marks = [] }: PlotSpec): void {
  const { ctx, bbox } = u
  const ratio = devicePixelRatio
  ctx.save()
  ctx.beginPath()
  ctx.rect(bbox.left, bbox.top, bbox.width, bbox.height)
  ctx.clip()
  ctx.strokeStyle = color('muted')
  ctx.fillStyle = color('muted')
  ctx.font = `${11 * ratio}px system-ui, sans-serif`
  ctx.lineWidth = ratio
  ctx.setLineDash([4 * ratio, 4 * ratio])
  for (const { value, label } of limits) {
    const y = Math.round(u.valToPos(value, 'y', true))
    stroke(ctx, bbox.left, y, bbox.left + bbox.width, y)
    ctx.textAlign = 'right'
    ctx.fillText(label, bbox.left + bbox.width - 4 * ratio, y - 4 * ratio)
  }
  for (const { x, label } of marks) {
    const at = Math.round(u.valToPos(x, 'x', true))
    stroke(ctx, at, bbox.top, at, bbox.top + bbox.height)
    // Towards the side that has room.
    const rightHalf = at > bbox.left + bbox.width / 2
    ctx.textAlign = rightHalf ? 'right' : 'left'
    ctx.fillText(label, at + (rightHalf ? -5 : 5) * ratio, bbox.top + 12 * ratio)
  }
  ctx.restore()
}

function stroke(ctx: CanvasRenderingContext2D, x: number, y: number, toX: number, toY: number): void {
  ctx.beginPath()
  ctx.moveTo(x, y)
  ctx.lineTo(toX, toY)
  ctx.stroke()
}

/** From few to many, both themes away from their background. */
const HEAT = {
  light: ['#dbe9f6', '#a6cbe6', '#61a3cf', '#2c79b5', '#134f8c', '#082a57'],
  dark: ['#1c2f4a', '#1f4f7d', '#2479a8', '#2fa7b8', '#7fd3a6', '#f3f0a8'],
} as const

/** The colour of so many in a scale up to the most; logarithmic, for a tail is as interesting as the bulk. */
function heatColor(scale: readonly string[], count: number, most: number): string {
  const step = most <= 1 ? scale.length - 1 : Math.floor((Math.log(count) / Math.log(most)) * (scale.length - 1) + 0.5)
  return scale[Math.min(step, scale.length - 1)]!
}

/** Cells of the heat map. */
export function drawHeat(u: uPlot, heat: PageHeat): void {
  const { ctx, bbox } = u
  const most = mostOf(heat)
  const scale = HEAT[isDark() ? 'dark' : 'light']
  ctx.save()
  ctx.beginPath()
  ctx.rect(bbox.left, bbox.top, bbox.width, bbox.height)
  ctx.clip()
  heat.columns.forEach((bins, i) => {
    const left = Math.floor(u.valToPos(heat.at[i]! - heat.seconds / 2, 'x', true))
    const right = Math.floor(u.valToPos(heat.at[i]! + heat.seconds / 2, 'x', true))
    if (right < bbox.left || left > bbox.left + bbox.width) return
    for (let k = 0; k < bins.length; k += 2) {
      const top = Math.floor(u.valToPos(bottomOfBin(bins[k]! + 1), 'y', true))
      const bottom = Math.floor(u.valToPos(bottomOfBin(bins[k]!), 'y', true))
      ctx.fillStyle = heatColor(scale, bins[k + 1]!, most)
      ctx.fillRect(left, top, Math.max(1, right - left), Math.max(1, bottom - top))
    }
  })
  ctx.restore()
}

/** The fullest cell. */
function mostOf(heat: PageHeat): number {
  let most = 0
  for (const bins of heat.columns) for (let k = 1; k < bins.length; k += 2) most = Math.max(most, bins[k]!)
  return most
}
