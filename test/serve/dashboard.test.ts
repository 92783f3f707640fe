import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import { type MetricEntry, runMetrics, sinkMetrics } from '#src/serve/catalogue.js'
import { queriesOf, readDashboard } from '../peer/dashboard.js'

const METRICS = new Map<string, MetricEntry>([...runMetrics(), ...sinkMetrics()].map((entry) => [entry.name, entry]))
/** What Prometheus adds to every series. */
const ADDED = ['instance', 'job']
/** Everything in a query that is a name and none of ours. */
const WORDS = ['sum', 'min', 'max', 'by', 'rate', 'increase', 'histogram_quantile']

/** A query as its tokens: names, strings, numbers, ranges, signs. Throws for anything else. */
function tokens(expr: string): string[] {
  const found = expr.match(/[a-zA-Z_]\w*|"[^"]*"|\d+(?:\.\d+)?|\[\d+s\]|!=|=~|!~|[={}(),*/+]|\s+/g) ?? []
  assert.equal(found.join(''), expr, `cannot read ${expr}`)
  return found.filter((token) => token.trim() !== '')
}

interface Use {
  readonly metric: string
  readonly labels: readonly string[]
}

/** The metrics of a query with the labels that it picks them by, and the labels that it groups by. */
function readQuery(expr: string): { uses: Use[]; by: string[] } {
  const all = tokens(expr)
  const uses: Use[] = []
  const by: string[] = []
  for (let i = 0; i < all.length; i++) {
    const token = all[i]!
    if (token === 'by') {
      assert.equal(all[++i], '(', expr)
      while (all[++i] !== ')') if (all[i] !== ',') by.push(all[i]!)
    } else if (/^[a-zA-Z_]/.test(token) && !WORDS.includes(token)) {
      const labels: string[] = []
      if (all[i + 1] === '{') {
        for (i += 2; all[i] !== '}'; i++) {
          if (all[i] === ',') continue
          assert.match(all[i + 2] ?? '', /^"/, expr)
          labels.push(all[i]!)
          i += 2
        }
      }
      uses.push({ metric: token, labels })
    }
  }
  return { uses, by }
}

/** The entry of a metric as it is asked for, and the labels that it has then. */
function entryOf(metric: string): { entry: MetricEntry; labels: string[] } {
  const bare = metric.replace(/_(bucket|sum|count)$/, '')
  const entry = METRICS.get(metric) ?? METRICS.get(bare)
  assert.ok(entry !== undefined, `there is no ${metric}`)
  assert.equal(entry.type === 'histogram', entry.name !== metric, `${metric} is a ${entry.type}`)
  return { entry, labels: [...entry.labels, ...ADDED, ...(metric.endsWith('_bucket') ? ['le'] : [])] }
}

describe('the Grafana dashboard', () => {
  const dashboard = readDashboard()
  const queries = queriesOf(dashboard)

  it('asks for nothing that there is not', () => {
    assert.ok(queries.length > 50)
    for (const { panel, expr, legend } of queries) {
      const { uses, by } = readQuery(expr)
      assert.ok(uses.length > 0, expr)
      for (const { metric, labels } of uses) {
        const known = entryOf(metric).labels
        for (const label of [...labels, ...by]) assert.ok(known.includes(label), `${panel}: ${metric} has no ${label}`)
      }
      const shown = by.length > 0 ? by : expr.startsWith('sum(') ? [] : entryOf(uses[0]!.metric).labels
      for (const [, label = ''] of legend.matchAll(/\{\{(\w+)\}\}/g))
        assert.ok(shown.includes(label), `${panel}: {{${label}}} of ${expr}`)
    }
  })

  it('treats counters as counters: a total, or a rate', () => {
    for (const { panel, expr } of queries.filter(({ panel }) => panel !== 'Accepted')) {
      for (const { metric } of readQuery(expr).uses) {
        const { type } = entryOf(metric).entry
        const rated = new RegExp(`(rate|increase)\\(${metric}\\{[^}]*\\}\\[`).test(expr)
        assert.equal(rated, type !== 'gauge', `${panel}: ${expr}`)
      }
    }
  })

  it('leaves nothing out', () => {
    const used = new Set(
      queries.flatMap(({ expr }) => readQuery(expr).uses.map(({ metric }) => entryOf(metric).entry.name)),
    )
    assert.deepEqual(
      [...METRICS.keys()].filter((name) => !used.has(name)),
      [],
    )
  })

  it('can be imported anywhere: one input for the data source, panels side by side, each with what it shows', () => {
    assert.deepEqual(
      dashboard.__inputs.map(({ name, type, pluginId }) => ({ name, type, pluginId })),
      [{ name: 'DS_PROMETHEUS', type: 'datasource', pluginId: 'prometheus' }],
    )
    const rows = dashboard.panels.filter(({ type }) => type === 'row').map(({ title }) => title)
    assert.deepEqual(rows, [
      'Throughput',
      'Outcomes',
      'Latency',
      'Phases',
      'Sessions',
      'Generator: was it us?',
      'Thresholds',
      'Sink',
      'Watched server',
    ])
    assert.equal(new Set(dashboard.panels.map(({ id }) => id)).size, dashboard.panels.length)
    const taken = new Set<string>()
    for (const { title, type, description, datasource, targets = [], gridPos } of dashboard.panels) {
      assert.equal(new Set(targets.map(({ refId }) => refId)).size, targets.length, title)
      if (type !== 'row') {
        assert.ok((description ?? '').endsWith('.'), title)
        for (const one of [{ datasource }, ...targets])
          assert.match(one.datasource?.uid ?? '', /^\$\{DS_PROMETHEUS\}$/, title)
      }
      for (let x = gridPos.x; x < gridPos.x + gridPos.w; x++) {
        for (let y = gridPos.y; y < gridPos.y + gridPos.h; y++) {
          assert.ok(x < 24 && !taken.has(`${x},${y}`), `${title} stands where another one is`)
          taken.add(`${x},${y}`)
        }
      }
    }
    for (const { definition } of dashboard.templating.list) {
      const [, metric = '', label = ''] = /^label_values\((\w+), (\w+)\)$/.exec(definition) ?? []
      assert.ok(entryOf(metric).labels.includes(label), definition)
    }
  })
})
