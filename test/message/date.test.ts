import assert from 'node:assert/strict'
import { spawnSync } from 'node:child_process'
import { test } from 'node:test'
import { formatDate } from '#src/message/date.js'

/** Dates as processes in other zones write them. */
function inZone(zone: string, ...cases: readonly (readonly [when: string, name: string])[]): string[] {
  const module = import.meta.resolve('#src/message/date.js')
  const script = `
    const { formatDate } = await import(${JSON.stringify(module)})
    console.log(JSON.stringify(${JSON.stringify(cases)}.map(([when, name]) => formatDate(new Date(when), name))))`
  const { stdout, stderr } = spawnSync(process.execPath, ['--input-type=module', '-e', script], {
    encoding: 'utf8',
    env: { ...process.env, TZ: zone },
    timeout: 30_000,
  })
  assert.notEqual(stdout, '', stderr)
  return JSON.parse(stdout) as string[]
}

test('UTC', () => {
  assert.deepEqual(
    inZone('UTC', ['2026-11-22T13:23:21Z', 'UTC'], ['2026-11-01T13:23:21Z', 'UTC'], ['2024-02-29T00:00:00Z', 'UTC']),
    [
      'Sun, 22 Nov 2026 13:23:21 +0000 (UTC)',
      'Sun, 01 Nov 2026 13:23:21 +0000 (UTC)',
      'Thu, 29 Feb 2024 00:00:00 +0000 (UTC)',
    ],
  )
})

test('each day and month by its English name', () => {
  const cases = Array.from(
    { length: 12 },
    (_, i) => [`2026-${String(i + 1).padStart(2, '0')}-0${(i % 9) + 1}T05:06:07Z`, 'UTC'] as const,
  )
  for (const [i, text] of inZone('UTC', ...cases).entries()) {
    const when = new Date(cases[i]![0])
    const name = (part: 'weekday' | 'month') => when.toLocaleString('en-US', { [part]: 'short', timeZone: 'UTC' })
    assert.equal(text, `${name('weekday')}, 0${(i % 9) + 1} ${name('month')} 2026 05:06:07 +0000 (UTC)`)
  }
})

test('offsets east and west, with half hours, summer and winter', () => {
  assert.deepEqual(inZone('Asia/Kolkata', ['2026-11-22T20:23:21Z', 'IST']), ['Mon, 23 Nov 2026 01:53:21 +0530 (IST)'])
  assert.deepEqual(inZone('America/St_Johns', ['2026-11-22T13:23:21Z', 'NST'], ['2026-07-01T01:00:00Z', 'NDT']), [
    'Sun, 22 Nov 2026 09:53:21 -0330 (NST)',
    'Tue, 30 Jun 2026 22:30:00 -0230 (NDT)',
  ])
  assert.deepEqual(inZone('America/New_York', ['2026-01-01T04:59:59Z', 'EST']), [
    'Wed, 31 Dec 2025 23:59:59 -0500 (EST)',
  ])
  assert.deepEqual(inZone('Pacific/Kiritimati', ['2026-01-01T00:00:00Z', '+14']), [
    'Thu, 01 Jan 2026 14:00:00 +1400 (+14)',
  ])
})

test('less than an hour west of UTC keeps its minus sign', () => {
  // No zone of today is there; a local time that says it is.
  const when = Object.assign(new Date(2026, 10, 21, 23, 30), { getTimezoneOffset: () => 30 })
  assert.equal(formatDate(when, 'NST'), 'Sat, 21 Nov 2026 23:30:00 -0030 (NST)')
})

test('in this process, too', () => {
  assert.match(
    formatDate(new Date(), 'ZONE'),
    /^[A-Z][a-z]{2}, \d\d [A-Z][a-z]{2} \d{4} \d\d:\d\d:\d\d [+-]\d{4} \(ZONE\)$/,
  )
})
