import assert from 'node:assert/strict'
import { test } from 'node:test'
import fc from 'fast-check'
import type { ErrorRow, ReplyRow } from '#src/measure/figures.js'
import { TableGains, TableRows } from '#src/measure/recording.js'
import { inOrder, type Tables } from '#src/measure/tables.js'

const rows = fc.record({
  count: fc.integer({ min: 1, max: 5 }),
  firstMs: fc.integer({ min: 0, max: 9 }),
  lastMs: fc.integer({ min: 9, max: 99 }),
  sample: fc.constantFrom('', 'a', 'b'),
})
const tables: fc.Arbitrary<Tables> = fc
  .record({
    replies: fc.dictionary(fc.constantFrom('mail 250', 'rcpt 451', 'dot 250', 'other 0'), rows),
    errors: fc.dictionary(fc.constantFrom('timeout data', 'timeout mail', 'connection reset data'), rows),
  })
  .map(({ replies, errors }) =>
    inOrder(
      Object.entries(replies).map(([name, row]): ReplyRow => {
        const [verb, code] = name.split(' ') as [string, string]
        return { verb, code: Number(code), ...row }
      }),
      Object.entries(errors).map(([name, row]): ErrorRow => {
        const at = name.lastIndexOf(' ')
        return { error: name.slice(0, at), after: name.slice(at + 1), ...row }
      }),
    ),
  )

test('tables come back from their gains, however they changed: rows that come, go, grow, and are known better', () => {
  fc.assert(
    fc.property(fc.array(tables, { minLength: 1, maxLength: 6 }), (steps) => {
      const gains = new TableGains()
      const back = new TableRows()
      for (const now of steps) {
        const { lines, ...gained } = gains.take(now)
        for (const line of lines) back.sighted(JSON.parse(JSON.stringify(line)))
        back.gained(gained)
        assert.deepEqual(back.tables, now)
      }
      const none = gains.take(steps.at(-1)!)
      assert.deepEqual(none, { lines: [], replies: [], errors: [] })
    }),
    { numRuns: 300 },
  )
})

test('tables added have the sums, the first of the first times with its sample, and the last of the last', () => {
  const both = new TableRows()
  const reply = { verb: 'rcpt', code: 451 }
  both.add({ replies: [{ ...reply, count: 2, firstMs: 9, lastMs: 90, sample: 'late' }], errors: [] })
  both.add({ replies: [{ ...reply, count: 3, firstMs: 4, lastMs: 50, sample: 'early' }], errors: [] })
  assert.deepEqual(both.tables, {
    replies: [{ ...reply, count: 5, firstMs: 4, lastMs: 90, sample: 'early' }],
    errors: [],
  })
})
