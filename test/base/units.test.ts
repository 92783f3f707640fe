import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import fc from 'fast-check'
import { UsageError } from '#src/base/errors.js'
import {
  formatCount,
  formatDuration,
  formatRate,
  formatShare,
  formatSize,
  parseCount,
  parseDuration,
  parseRate,
  parseShare,
  parseSize,
} from '#src/base/units.js'

type Parse = (text: string) => number

function reads(parse: Parse, table: Readonly<Record<string, number>>): void {
  for (const [text, value] of Object.entries(table)) assert.equal(parse(text), value, text)
}

function refuses(parse: Parse, texts: readonly string[], sentence: RegExp): void {
  for (const text of texts) {
    assert.throws(
      () => parse(text),
      (error) => error instanceof UsageError && sentence.test(error.message) && error.message.startsWith('--x: '),
      text,
    )
  }
}

describe('units', () => {
  it('counts', () => {
    const parse: Parse = (text) => parseCount(text, '--x')
    reads(parse, {
      5: 5,
      '10k': 10_000,
      '10K': 10_000,
      '2M': 2_000_000,
      '1G': 1e9,
      '1.5k': 1500,
      '0.29k': 290,
      '007': 7,
    })
    refuses(
      parse,
      ['', 'x', '5x', '1e3', '-1', '+1', ' 1', '1 ', '1.5', '1.2345k', '5Ki', '0x10', '1,000', 'k', '1 k'],
      /is not a count; give a whole number such as 5, 10k or 2M\.$/,
    )
    refuses(parse, ['0', '0k'], /0k? is too small; give at least 1\.$/)
    refuses(parse, ['99999999999999999999'], /too large/)
    assert.equal(parseCount('0', '--x', { min: 0 }), 0)
    assert.throws(() => parseCount('11', '--x', { max: 10 }), /^UsageError: --x: 11 is too large; give at most 10\.$/)
  })

  it('sizes in octets', () => {
    const parse: Parse = (text) => parseSize(text, '--x')
    reads(parse, {
      0: 0,
      1024: 1024,
      '1KiB': 1024,
      '1Ki': 1024,
      '64k': 64_000,
      '64kB': 64_000,
      '5MB': 5e6,
      '5MiB': 5 * 1024 ** 2,
      '1GiB': 1024 ** 3,
      '1G': 1e9,
      '7B': 7,
      '0.5KiB': 512,
    })
    refuses(
      parse,
      ['', 'B', '1.5', '1kb', '1 KiB', '-1', '5x', '1TiB', '1KiBB'],
      /is not a size; give octets such as 1024, 64k, 5MB or 10KiB\.$/,
    )
  })

  it('times in milliseconds', () => {
    const parse: Parse = (text) => parseDuration(text, '--x')
    reads(parse, {
      '30s': 30_000,
      '500ms': 500,
      '2m': 120_000,
      '1h': 3_600_000,
      '1d': 86_400_000,
      '1m30s': 90_000,
      '0.5s': 500,
      '1.5m': 90_000,
      0: 0,
      '0s': 0,
      '0.3s': 300,
    })
    refuses(parse, ['5', '1.5'], /lacks its unit; give one such as 500ms, 30s, 2m or 1h\.$/)
    refuses(parse, ['', 's', '5x', '5 s', '-5s', '1s 2', '5S', 's5', '1e3s'], /is not a time/)
    refuses(parse, ['400d'], /too large/)
    assert.equal(parseDuration('2', '-w', { bareUnit: 's' }), 2000)
    assert.equal(parseDuration('250', '-w', { bareUnit: 'ms' }), 250)
    assert.throws(() => parseDuration('x', '-w', { bareUnit: 's' }), /give one such as 2 \(seconds\), 500ms/)
    assert.throws(() => parseDuration('0s', '-w', { min: 1 }), /^UsageError: -w: 0s is too small; give at least 1ms\.$/)
  })

  it('rates per second', () => {
    const parse: Parse = (text) => parseRate(text, '--x')
    reads(parse, {
      '5k/s': 5000,
      500: 500,
      '500/s': 500,
      '300/m': 5,
      '3600/h': 1,
      '0.5/s': 0.5,
      '1/m': 1 / 60,
      '2M/h': 2e6 / 3600,
    })
    refuses(
      parse,
      ['', '0', '0/s', 'x', '5x', '5/x', '5/s/s', '-5', '/s', '0..5k/s:60s', '1e3', '5/ms', '10G/s'],
      /is not a rate; give messages per time such as 500\/s, 5k\/s or 300\/m\.$/,
    )
  })

  it('shares of the whole', () => {
    const parse: Parse = (text) => parseShare(text, '--x')
    reads(parse, { 0: 0, 1: 1, '0.25': 0.25, '.5': 0.5, '2%': 0.02, '100%': 1, '0.5%': 0.005, '1.0': 1 })
    refuses(
      parse,
      ['', '1.1', '101%', '-0.1', 'half', '1/2', '5', '1e-3', '50 %', '.'],
      /is no share; give a number from 0 to 1, or a percentage such as 2%\.$/,
    )
    assert.deepEqual([0, 0.05, 1, 1e-7].map(formatShare), ['0', '0.05', '1', '0.00000010000000000000'])
    fc.assert(
      fc.property(fc.double({ min: 0, max: 1, noNaN: true }), (value) => {
        const back = parse(formatShare(value))
        return Math.abs(back - value) < 1e-15
      }),
      { numRuns: 300 },
    )
  })

  it('formats to what reads the same', () => {
    assert.deepEqual([5, 1234, 1000, 10_000, 300_000, 1e6, 1_500_000].map(formatCount), [
      '5',
      '1234',
      '1000',
      '10k',
      '300k',
      '1M',
      '1500k',
    ])
    assert.deepEqual([1000, 1024, 10_240, 5 * 1024 ** 2, 1023].map(formatSize), [
      '1000',
      '1KiB',
      '10KiB',
      '5MiB',
      '1023',
    ])
    assert.deepEqual([0, 250, 1500, 1000, 60_000, 90_000, 300_000, 7_200_000].map(formatDuration), [
      '0s',
      '250ms',
      '1500ms',
      '1s',
      '60s',
      '90s',
      '5m',
      '2h',
    ])
    assert.deepEqual([5000, 0.5, 1 / 60, 500, 1 / 3600].map(formatRate), ['5000/s', '30/m', '1/m', '500/s', '1/h'])
    const back = (format: (value: number) => string, parse: Parse) => (value: number) => parse(format(value)) === value
    fc.assert(
      fc.property(
        fc.integer({ min: 1, max: 2 ** 50 }),
        back(formatCount, (t) => parseCount(t, '-x')),
      ),
      { numRuns: 300 },
    )
    fc.assert(
      fc.property(
        fc.integer({ min: 0, max: 2 ** 50 }),
        back(formatSize, (t) => parseSize(t, '-x')),
      ),
      { numRuns: 300 },
    )
    fc.assert(
      fc.property(
        fc.integer({ min: 0, max: 365 * 86_400_000 }),
        back(formatDuration, (t) => parseDuration(t, '-x')),
      ),
      { numRuns: 300 },
    )
    fc.assert(
      fc.property(
        fc.double({ min: 1e-4, max: 1e6, noNaN: true }),
        back(formatRate, (t) => parseRate(t, '-x')),
      ),
      { numRuns: 300 },
    )
    fc.assert(
      fc.property(fc.integer({ min: 1, max: 1000 }), fc.constantFrom('s', 'm', 'h'), (n, unit) =>
        back(formatRate, (t) => parseRate(t, '-x'))(parseRate(`${n * 1000}/${unit}`, '-x')),
      ),
      { numRuns: 200 },
    )
  })

  it('never take what is not theirs', () => {
    fc.assert(
      fc.property(fc.string({ maxLength: 8 }), (text) => {
        for (const parse of [parseCount, parseSize, parseDuration, parseRate, parseShare]) {
          let value: number
          try {
            value = parse(text, '--x')
          } catch (error) {
            assert.ok(error instanceof UsageError)
            continue
          }
          assert.ok(Number.isFinite(value) && value >= 0, text)
        }
      }),
      { numRuns: 500 },
    )
  })
})
