// The comparison with the committed figures, pure.

/** `3%` or `0.03`; null for what is neither. */
export function parseGate(text) {
  const match = /^(\d+(?:\.\d+)?)(%?)$/.exec(text)
  if (match === null) return null
  const gate = Number(match[1]) / (match[2] === '%' ? 100 : 1)
  return gate > 0 && gate < 1 ? gate : null
}

/** The middle of several runs, and how far they lie apart as a part of it. */
export function settle(values) {
  const sorted = [...values].sort((a, b) => a - b)
  const half = sorted.length >> 1
  const median = sorted.length % 2 === 1 ? sorted[half] : (sorted[half - 1] + sorted[half]) / 2
  return { median, spread: median > 0 ? (sorted.at(-1) - sorted[0]) / median : 0 }
}

/** Each row with what it was before and how it changed; `rose` where it is ours and rose by more than the gate. */
export function compareRows(rows, before, gate) {
  return rows.map((row) => {
    const old = before?.rows.find(({ name }) => name === row.name)?.median ?? null
    const change = old === null ? null : row.median / old - 1
    return { ...row, before: old, change, rose: row.ours && change !== null && change > gate }
  })
}

const grouped = (value) => String(Math.round(value)).replace(/\B(?=(\d{3})+$)/g, ',')
const points = (share) => `${share >= 0 ? '+' : ''}${(share * 100).toFixed(1)} %`

/** As Markdown. */
export function table(rows) {
  const head = [
    '| what | user instructions a message | spread of the runs | by the clock, taken off | malloc and free, beside | before | change |',
    '|---|--:|--:|--:|--:|--:|--:|',
  ]
  const lines = rows.map(({ name, median, spread, byClock, allocator, before, change, rose }) =>
    [
      '',
      ` ${name} `,
      ` ${grouped(median)} `,
      ` ${(spread * 100).toFixed(2)} % `,
      ` ${(byClock * 100).toFixed(1)} % `,
      ` ${allocator === 0 ? '' : grouped(allocator)} `,
      ` ${before === null ? '' : grouped(before)} `,
      ` ${change === null ? '' : points(change)}${rose ? ' **rose**' : ''} `,
      '',
    ].join('|'),
  )
  return [...head, ...lines].join('\n')
}
