/** What a page of ours tells of itself in a browser. */
import type { Page } from 'playwright-core'
import type { PageData } from '#src/report/page/model.js'

/** As `PlotView.state` has it. */
export interface PlotState {
  readonly id: string
  readonly points: number
  readonly lines: readonly { readonly label: string; readonly length: number; readonly known: number }[]
  readonly cursor: number | null
  readonly hover: readonly string[]
  readonly drawn: boolean
}

interface Ours {
  readonly plots: readonly { readonly state: PlotState; readonly timed: boolean }[]
}
declare const stampede: Ours | undefined

/** Every plot of it. */
export async function plotsOf(page: Page): Promise<PlotState[]> {
  return page.evaluate(() => stampede!.plots.map(({ state }) => state))
}

/** Those over time. */
export async function timedPlots(page: Page): Promise<PlotState[]> {
  return page.evaluate(() => stampede!.plots.filter(({ timed }) => timed).map(({ state }) => state))
}

/** Until all plots are drawn. */
export async function drawn(page: Page, least = 1): Promise<void> {
  await page.waitForFunction(
    (many) =>
      (globalThis as { stampede?: Ours }).stampede !== undefined &&
      stampede!.plots.length >= many &&
      stampede!.plots.every(({ state }) => state.drawn),
    least,
  )
}

/** How many different colours each plot's canvas has: one is a blank. */
export async function colours(page: Page): Promise<Record<string, number>> {
  return page.evaluate(`Object.fromEntries([...document.querySelectorAll('figure.plot')].map((figure) => {
    const canvas = figure.querySelector('canvas')
    const { data } = canvas.getContext('2d').getImageData(0, 0, canvas.width, canvas.height)
    return [figure.id, new Set(new Uint32Array(data.buffer)).size]
  }))`)
}

/** What sticks out to the right, in CSS pixels. */
export async function overflow(page: Page): Promise<number> {
  return page.evaluate('document.documentElement.scrollWidth - innerWidth')
}

/** Until the page says so of its connection. */
export async function connection(page: Page, words: string): Promise<void> {
  await page.locator('.connection', { hasText: words }).waitFor()
}

/** What the page holds. */
export async function dataOf(page: Page): Promise<PageData> {
  return page.evaluate('stampede.data')
}
