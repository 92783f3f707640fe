/** The plots of a plan: the level of each resource that moved, after each cycle, and what the verdict makes of it. */
import { bytes } from '../../format.js'
import type { Line, PlotSpec } from '../../page/browser/spec.js'
import { whole } from '../../page/browser/spec.js'
import type { LeakPagePlan, LeakPlot } from '../model.js'

const WORDS: Readonly<Record<LeakPlot['word'], string>> = {
  leaking:
    'It grows with what is done, for certain, and does not slow down. The dashed line is what the growth is laid to.',
  'warming up': 'It grew, and then stayed or grows less with every cycle: a cache, a pool, a heap that finds its size.',
  flat: 'It scatters, and does not grow.',
  'not enough evidence': 'Whether it goes on growing cannot be told from these cycles.',
}

export function leakSpecs({ name, plots, level, warming }: LeakPagePlan): PlotSpec[] {
  return plots.map(({ resource, word, levels, line, says }, i) => {
    const drawn: Line[] = [
      { key: 'level', label: level, color: 'sent', values: levels, rest: 'last', points: true },
      ...(line === null
        ? []
        : [{ key: 'line', label: says, color: word === 'leaking' ? 'refused' : 'asked', values: line, dash: [6, 4] }]),
    ]
    return {
      id: `${name}-${resource.replaceAll(' ', '-')}`,
      section: name,
      title: `${resource}: ${word}`,
      words: WORDS[word],
      xKind: 'cycle',
      x: levels.map((_, cycle) => cycle + 1),
      lines: drawn,
      format: resource === 'memory' ? bytes : whole,
      cut: true,
      // Nothing stands beside the last of an odd number.
      wide: i === plots.length - 1 && i % 2 === 0,
      ...(warming > 0 && { marks: [{ x: warming + 0.5, label: 'counted from here' }] }),
    }
  })
}
