import assert from 'node:assert/strict'
import { test } from 'node:test'
import { bytes, clock, count, latency, number, percent, seconds, significant } from '#src/report/format.js'

function table<T>(format: (value: T) => string, cases: readonly (readonly [T, string])[]): void {
  for (const [value, expected] of cases) assert.equal(format(value), expected, `${format.name}(${value})`)
}

test('counts and numbers', () => {
  table(count, [
    [0, '0'],
    [999, '999'],
    [299_563, '299,563'],
    [4997.6, '4,998'],
  ])
  table(number, [
    [9.84, '9.84'],
    [99.96, '100'],
    [4991.05, '4,991'],
    [0, '0'],
  ])
  table(significant, [
    [3.1, '3.1'],
    [21.44, '21.4'],
    [0.05149, '0.0515'],
    [1234, '1230'],
    [1e-9, '0'],
  ])
})

test('latencies: three digits, ms, then s', () => {
  table(latency, [
    [0, '0 ms'],
    [1, '0.001 ms'],
    [52, '0.052 ms'],
    [3103, '3.1 ms'],
    [21_439, '21.4 ms'],
    [999_499, '999 ms'],
    [999_500, '1,000 ms'],
    [1_234_567, '1,235 ms'],
    [9_999_499, '9,999 ms'],
    [9_999_500, '10 s'],
    [61_250_000, '61.3 s'],
    [3_600_000_000, '3600 s'],
  ])
})

test('times of the run', () => {
  table(seconds, [
    [0, '0 ms'],
    [999.4, '999 ms'],
    [999.5, '1.00 s'],
    [4213, '4.21 s'],
    [9994, '9.99 s'],
    [9995, '10.0 s'],
    [60_020, '60.0 s'],
  ])
  table(clock, [
    [0, '00:00'],
    [41_999, '00:41'],
    [60_000, '01:00'],
    [3_599_999, '59:59'],
    [3_723_000, '1:02:03'],
  ])
})

test('bytes and shares', () => {
  table(bytes, [
    [0, '0 B'],
    [999, '999 B'],
    [999.5, '1 kB'],
    [999_600, '1 MB'],
    [41_200_000, '41.2 MB'],
    [1_280_000_000, '1.28 GB'],
    [5e18, '5000 PB'],
  ])
  table(percent, [
    [0, '0%'],
    [0.00008, '0.008%'],
    [0.0123, '1.23%'],
    [0.414, '41%'],
    [1, '100%'],
  ])
})
