/** How a plot is drawn: a PlotSpec in the words of uPlot. */
import uPlot from 'uplot'
import { clock } from '../../format.js'
import { bottomOfBin } from '../bins.js'
import type { PageHeat, Rows } from '../model.js'
import { drawHeat, drawLimits, shadeStates } from './decorate.js'
import { type PlotSpec, percentileName, perSecond } from './spec.js'
import { color } from './theme.js'

/** Steps of the time axis in seconds. */
const TIME_STEPS = [1, 2, 5, 10, 15, 30, 60, 120, 300, 600, 900, 1800, 3600, 7200, 14_400, 28_800, 86_400]
const CYCLE_STEPS = [1, 2, 5, 10, 20, 50, 100, 200, 500]
/** An axis that is cut shows at least this share of the highest value: scatter should not look like mountains. */
const CUT_LEAST = 0.05
const FONT = '11px system-ui, -apple-system, "Segoe UI", sans-serif'

export interface DrawContext {
  readonly spec: () => PlotSpec
  /** Where the generator's states are; null: nothing is shaded. */
  readonly states: () => Rows | null
  readonly moved: (u: uPlot) => void
  readonly selected: (from: number, to: number) => void
  readonly unzoom: () => void
}

/** All time plots move their cursors together. */
const SYNC = 'time'

export function optionsOf(context: DrawContext, width: number, height: number): uPlot.Options {
  const spec = context.spec()
  const timed = spec.xKind === 'time'
  return {
    width,
    height,
    padding: [12, 20, 0, 0],
    legend: { show: false },
    cursor: {
      x: true,
      y: false,
      points: { size: 7 },
      move: snapped,
      drag: { x: timed, y: false, setScale: false, dist: 5 },
      ...(timed && {
        // Of what a pointer does only its moves are shared; a stretch that is marked is taken up by `selected`.
        sync: {
          key: SYNC,
          scales: ['x', null],
          filters: { pub: (type: string) => /^mouse(move|leave|enter)$/.test(type), sub: () => true },
        },
      }),
      bind: {
        dblclick: () => () => {
          context.unzoom()
          return null
        },
      },
    },
    scales: {
      x: timed
        ? { time: false, range: (_, min, max) => timeRange(min, max) }
        : spec.xKind === 'oneIn'
          ? { time: false, distr: 3, log: 10, range: (_, _min, max) => [1, Math.max(100, max ?? 1)] }
          : { time: false, range: (_, min, max) => padded(min, max) },
      y: spec.log
        ? { distr: 3, log: 10, range: (_, min, max) => logRange(context.spec().heat, min, max) }
        : { range: (_, min, max) => valueRange(context.spec(), min, max) },
    },
    axes: [
      {
        ...axisLook(),
        size: 30,
        space: timed ? 64 : 56,
        ...(timed && { incrs: TIME_STEPS }),
        ...(spec.xKind === 'cycle' && { incrs: CYCLE_STEPS }),
        ...(spec.xKind === 'oneIn' && {
          splits: (u: uPlot) => decades(u.scales.x!.max ?? 1, u.bbox.width / devicePixelRatio),
          filter: (_: uPlot, splits: number[]) => splits,
        }),
        values: (_, splits) => splits.map((x) => (x === null ? '' : axisWord(spec, x))),
      },
      {
        ...axisLook(),
        // As wide as its longest word.
        size: (_, values) => 16 + 6.4 * Math.max(3, ...(values ?? []).map((one) => one?.length ?? 0)),
        space: spec.small ? 26 : 34,
        values: (_, splits) => splits.map((y) => (y === null || y === undefined ? '' : spec.format(y))),
      },
    ],
    series: [{}, ...spec.lines.map((line) => lineLook(line, spec))],
    hooks: {
      drawClear: [
        (u) => {
          const states = context.states()
          if (states !== null) shadeStates(u, states)
        },
      ],
      drawAxes: [
        (u) => {
          const { heat } = context.spec()
          if (heat !== undefined) drawHeat(u, heat)
        },
      ],
      draw: [(u) => drawLimits(u, context.spec())],
      setCursor: [context.moved],
      setSelect: [
        (u) => {
          if (u.select.width < 2) return
          const from = u.posToVal(u.select.left, 'x')
          const to = u.posToVal(u.select.left + u.select.width, 'x')
          u.setSelect({ left: 0, top: 0, width: 0, height: 0 }, false)
          context.selected(from, to)
        },
      ],
    },
  }
}

/** The cursor stands on points, never between them. */
function snapped(u: uPlot, left: number, top: number): [number, number] {
  const x = left < 0 ? undefined : u.data[0][u.posToIdx(left)]
  return x === undefined ? [left, top] : [u.valToPos(x, 'x'), top]
}

function axisLook(): Partial<uPlot.Axis> {
  return {
    stroke: () => color('muted'),
    font: FONT,
    grid: { stroke: () => color('grid'), width: 1 },
    ticks: { stroke: () => color('grid'), width: 1, size: 4 },
  }
}

function lineLook(line: PlotSpec['lines'][number], { heat, small }: PlotSpec): uPlot.Series {
  return {
    label: line.label,
    stroke: () => (heat === undefined ? color(line.color) : 'transparent'),
    width: line.width ?? (small ? 1.25 : 1.75),
    ...(line.dash !== undefined && { dash: [...line.dash] }),
    ...(line.fill === true && { fill: () => `${color(line.color)}22` }),
    points: line.points
      ? { show: true, size: 8, fill: () => color(line.color) }
      : { show: true, size: 4, filter: alone },
    spanGaps: false,
  }
}

/** A second alone between two that are missing would be no line at all. */
function alone(u: uPlot, series: number): number[] {
  const values = u.data[series]!
  const missing = (i: number) => values[i] === null || values[i] === undefined
  return Array.from(values.keys()).filter((i) => !missing(i) && missing(i - 1) && missing(i + 1))
}

function axisWord({ xKind }: PlotSpec, x: number): string {
  if (xKind === 'time') return clock(x * 1000)
  if (xKind === 'cycle') return String(x)
  return xKind === 'oneIn' ? (x <= 1 ? '0%' : percentileName(x).replace(/^p(.*)$/, '$1%')) : perSecond(x)
}

/** 0 %, 50 %, 90 %, 99 % …: as many as there is room for. */
function decades(most: number, width: number): number[] {
  const each = width / Math.log10(most)
  const step = Math.max(1, Math.ceil(68 / each))
  const splits = [1]
  if (each * Math.log10(2) > 34 && each * Math.log10(5) > 34) splits.push(2)
  for (let power = step; 10 ** power <= most * 1.0001; power += step) splits.push(10 ** power)
  return splits
}

function timeRange(min: number | null, max: number | null): [number, number] {
  const from = min ?? 0
  return [from, Math.max(max ?? 0, from + 1)]
}

function padded(min: number | null, max: number | null): [number, number] {
  const [from, to] = [min ?? 0, max ?? 1]
  const more = (to - from || to || 1) * 0.08
  return [Math.max(0, from - more), to + more]
}

function valueRange(spec: PlotSpec, min: number | null, max: number | null): [number, number] {
  if (spec.cut !== true || min === null || max === null) return [0, spec.most ?? top(spec, max)]
  const more = (Math.max(max - min, CUT_LEAST * max) - (max - min)) / 2 + 0.08 * (max - min)
  return [Math.max(0, min - more), max + (more || 1)]
}

/** Room above the highest value and above the limits that are near. */
function top({ limits = [] }: PlotSpec, max: number | null): number {
  const high = max ?? 0
  const near = limits.filter(({ value }) => value <= high * 2.5).map(({ value }) => value)
  return Math.max(high, ...near) * 1.12 || 1
}

function logRange(heat: PageHeat | undefined, min: number | null, max: number | null): [number, number] {
  let [low, high] = [min, max]
  if (heat !== undefined) {
    const bins = heat.columns.flatMap((column) => column.filter((_, i) => i % 2 === 0))
    if (bins.length > 0) {
      low = bottomOfBin(bins.reduce((a, b) => Math.min(a, b)))
      high = bottomOfBin(bins.reduce((a, b) => Math.max(a, b)) + 1)
    }
  }
  if (low === null || high === null || high <= 0) return [100, 100_000]
  const [from, to] = uPlot.rangeLog(Math.max(1, low), Math.max(2, high), 10, false)
  return [from ?? 1, Math.max(to ?? 10, (from ?? 1) * 10)]
}
