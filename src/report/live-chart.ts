/** Values of the last seconds as columns of block characters. */
import type { Line, Style } from './live-paint.js'

/** Eighths of a character cell. */
const LEVELS = ' ▁▂▃▄▅▆▇█'
/** What is shown at most; where there is room, each of them wider. */
export const CHART_SECONDS = 60

export interface ChartOptions {
  readonly width: number
  readonly height: number
  readonly style: Style
  /** What stands beside the top, in words; shown from three rows on. */
  readonly top: (value: number) => string
  /** Width of what stands on the left. */
  readonly margin: number
}

/** How many seconds fit. */
export function chartSeconds(width: number): number {
  return Math.min(CHART_SECONDS, Math.max(0, width))
}

/** The newest values as far as they fit, from zero to the greatest among them, the topmost row first. A value that is not zero always shows. */
export function chart(values: readonly number[], { width, height, style, top, margin }: ChartOptions): Line[] {
  const seconds = chartSeconds(width)
  const wide = seconds === 0 ? 1 : Math.max(1, Math.floor(width / seconds))
  const shown = seconds === 0 ? [] : values.slice(-seconds)
  const most = shown.reduce((most, value) => Math.max(most, value), 0)
  const eighths = shown.map((value) =>
    value > 0 ? Math.max(1, Math.min(height * 8, Math.round((value / most) * height * 8))) : 0,
  )
  const axis = height >= 3
  return Array.from({ length: height }, (_, row) => {
    const below = (height - 1 - row) * 8
    const cells = eighths
      .map((filled) => LEVELS[Math.max(0, Math.min(8, filled - below))]!.repeat(wide))
      .join('')
      .trimEnd()
    const word = !axis ? '' : row === 0 && most > 0 ? top(most) : row === height - 1 ? '0' : ''
    const label = axis ? `${word.padStart(margin - 2)} ┤` : ' '.repeat(margin)
    return [
      { text: label, style: 'dim' },
      { text: cells, style },
    ]
  })
}
