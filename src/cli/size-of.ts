/** `--size`: one size, or a distribution that each message's size is drawn from; and back to words. */
import { UsageError } from '../base/errors.js'
import { formatSize, parseSize } from '../base/units.js'
import type { SizeDraw } from '../plan/mail-plan.js'
import type { Machine } from './machine.js'
import { readOctets } from './read-file.js'

/** Payloads that a message can have. */
export const SIZE_MAX = 0x7fff_ffff
/** Where a log-normal draw is cut off when nothing is said. */
const LOG_NORMAL_MAX = 100 * 1024 ** 2
/** The 99th percentile of the standard normal distribution. */
const Z99 = 2.3263478740408408

/** Reads `10KiB`, `1KiB..64KiB`, `lognormal:8KiB,1.2`, `lognormal:p50=8KiB,p99=200KiB` or `file:NAME`. Throws UsageError, which begins with `label`. */
export function readSize(text: string, label: string, machine: Pick<Machine, 'readFile'>): number | SizeDraw {
  if (text.startsWith('lognormal:')) return logNormal(text.slice('lognormal:'.length), label)
  if (text.startsWith('file:')) return histogram(text.slice('file:'.length), label, machine)
  if (!text.includes('..')) return parseSize(text, label, { min: 1, max: SIZE_MAX })
  return { kind: 'uniform', ...range(text, label) }
}

function range(text: string, label: string): { readonly from: number; readonly to: number } {
  const [low = '', high = '', ...more] = text.split('..')
  if (more.length > 0)
    throw new UsageError(`${label}: '${text}' is not a range of sizes; give one such as 1KiB..64KiB.`)
  const from = parseSize(low, label, { min: 1, max: SIZE_MAX })
  return { from, to: parseSize(high, label, { min: from, max: SIZE_MAX }) }
}

function logNormal(text: string, label: string): SizeDraw {
  const [first = '', second = '', bounds, ...more] = text.split(',')
  const median = parseSize(first.replace(/^p50=/, ''), label, { min: 1, max: SIZE_MAX })
  const sigma = second.startsWith('p99=')
    ? Math.log(parseSize(second.slice(4), label, { min: median + 1, max: SIZE_MAX }) / median) / Z99
    : /^\d+(\.\d+)?$/.test(second)
      ? Number(second)
      : Number.NaN
  if (!(sigma > 0 && sigma <= 10) || more.length > 0) {
    throw new UsageError(
      `${label}: 'lognormal:${text}' is no distribution; give the median and sigma as lognormal:8KiB,1.2, or two percentiles as lognormal:p50=8KiB,p99=200KiB, and bounds behind a comma.`,
    )
  }
  const { from, to } = bounds === undefined ? { from: 1, to: Math.max(median, LOG_NORMAL_MAX) } : range(bounds, label)
  if (median < from || median > to) {
    throw new UsageError(
      `${label}: the median ${formatSize(median)} lies outside of ${formatSize(from)}..${formatSize(to)}; give bounds around it.`,
    )
  }
  return { kind: 'lognormal', median, sigma, from, to }
}

function histogram(fileName: string, label: string, machine: Pick<Machine, 'readFile'>): SizeDraw {
  const rows = Buffer.from(readOctets(fileName, label, machine))
    .toString('utf8')
    .split(/\r?\n/)
    .map((line, i) => ({ words: line.replace(/#.*/, '').trim().split(/\s+/), where: `${label}: ${fileName}:${i + 1}` }))
    .filter(({ words }) => words[0] !== '')
    .map(({ words: [size = '', count = '', ...more], where }) => {
      if (!/^\d+(\.\d+)?$/.test(count) || more.length > 0) {
        throw new UsageError(`${where}: a line is a size and how often it comes, such as '4KiB 120'.`)
      }
      return { size: parseSize(size, where, { min: 1, max: SIZE_MAX }), count: Number(count) }
    })
  if (!rows.some(({ count }) => count > 0)) {
    throw new UsageError(`${label}: '${fileName}' says of no size that it comes; give lines such as '4KiB 120'.`)
  }
  return { kind: 'histogram', fileName, rows }
}

/** As `readSize` reads it. */
export function formatSizes(draw: SizeDraw): string {
  switch (draw.kind) {
    case 'uniform':
      return `${formatSize(draw.from)}..${formatSize(draw.to)}`
    case 'lognormal': {
      const usual = draw.from === 1 && draw.to === Math.max(draw.median, LOG_NORMAL_MAX)
      const bounds = usual ? '' : `,${formatSize(draw.from)}..${formatSize(draw.to)}`
      return `lognormal:${formatSize(draw.median)},${draw.sigma}${bounds}`
    }
    case 'histogram':
      return `file:${draw.fileName}`
  }
}
