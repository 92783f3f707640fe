import assert from 'node:assert/strict'
import { test } from 'node:test'
import fc from 'fast-check'
import { lengthOf, type Part, Stencil } from '#src/message/stencil.js'

const UINT32_MAX = 0xffff_ffff

function naive(parts: readonly Part[], values: Float64Array): string {
  return parts
    .map((part) =>
      typeof part === 'string' ? part : values[part.value]!.toString(part.radix).padStart(part.digits, '0'),
    )
    .join('')
}

function lay(parts: readonly Part[], values: Float64Array, start = 0): Stencil {
  return new Stencil(parts, values, Buffer.alloc(start + lengthOf(parts, values)), start)
}

function shown(stencil: Stencil): string {
  return stencil.buffer.toString('latin1', stencil.start, stencil.end)
}

const DECIMAL: Part = { value: 0, radix: 10, digits: 1 }

test('text and numbers, at any place', () => {
  const parts: Part[] = ['a<', DECIMAL, '>\xff', { value: 1, radix: 16, digits: 4 }, '']
  const stencil = lay(parts, Float64Array.of(42, 0xbeef), 7)
  assert.equal(shown(stencil), 'a<42>\xffbeef')
  assert.equal(stencil.end, 7 + 10)
})

test('a number of another width does not fit: 9 to 10, 99 to 100, and back', () => {
  for (let power = 10; power <= 1e9; power *= 10) {
    const values = Float64Array.of(power - 1)
    const narrow = lay(['x', DECIMAL, 'y'], values)
    assert.equal(narrow.fill(values), true)
    values[0] = power
    assert.equal(narrow.fill(values), false, `${power - 1} to ${power}`)
    const wide = lay(['x', DECIMAL, 'y'], values)
    assert.equal(shown(wide), `x${power}y`)
    values[0] = power - 1
    assert.equal(wide.fill(values), false, `${power} to ${power - 1}`)
    values[0] = power + 1
    assert.equal(wide.fill(values), true)
    assert.equal(shown(wide), `x${power + 1}y`)
  }
})

test('fields with a least width are filled up with zeros and grow beyond it', () => {
  const parts: Part[] = [{ value: 0, radix: 16, digits: 4 }]
  const values = Float64Array.of(0)
  const stencil = lay(parts, values)
  for (const [value, text] of [
    [0, '0000'],
    [0xf, '000f'],
    [0x10, '0010'],
    [0xffff, 'ffff'],
  ] as const) {
    values[0] = value
    assert.equal(stencil.fill(values), true)
    assert.equal(shown(stencil), text)
  }
  values[0] = 0x10000
  assert.equal(stencil.fill(values), false)
  assert.equal(shown(lay(parts, values)), '10000')
})

test('the greatest numbers', () => {
  for (const value of [0x7fff_ffff, 0x8000_0000, 0xffff_fffe, UINT32_MAX]) {
    const values = Float64Array.of(value)
    assert.equal(shown(lay([DECIMAL], values)), String(value))
    assert.equal(shown(lay([{ value: 0, radix: 16, digits: 1 }], values)), value.toString(16))
  }
})

test('nothing outside its place is touched', () => {
  const values = Float64Array.of(77)
  const buffer = Buffer.alloc(9, '#')
  new Stencil(['<', DECIMAL, '>'], values, buffer, 3)
  assert.equal(buffer.toString(), '###<77>##')
})

const partsArb = fc.array(
  fc.oneof(
    fc.string({ unit: fc.nat(255).map((n) => String.fromCharCode(n)), maxLength: 6 }),
    fc.record({
      value: fc.nat(2),
      radix: fc.constantFrom(10 as const, 16 as const),
      digits: fc.integer({ min: 1, max: 8 }),
    }),
  ),
  { maxLength: 8 },
)
const valuesArb = fc.tuple(
  ...Array.from({ length: 3 }, () => fc.oneof(fc.nat(200), fc.integer({ min: 0, max: UINT32_MAX }))),
)

test('any text with any numbers, and when they change: right, or refused exactly when a width changes', () => {
  fc.assert(
    fc.property(partsArb, valuesArb, valuesArb, (parts, first, second) => {
      const values = Float64Array.from(first)
      const stencil = lay(parts, values)
      assert.equal(lengthOf(parts, values), naive(parts, values).length)
      assert.equal(shown(stencil), naive(parts, values))
      values.set(second)
      const widths = (list: readonly number[]) =>
        parts.map((part) => (typeof part === 'string' ? 0 : naive([part], Float64Array.from(list)).length)).join()
      const fits = widths(first) === widths(second)
      assert.equal(stencil.fill(values), fits)
      if (fits) assert.equal(shown(stencil), naive(parts, values))
    }),
    { numRuns: 1000, seed: 12 },
  )
})
