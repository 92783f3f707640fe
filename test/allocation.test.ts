import assert from 'node:assert/strict'
import { spawnSync } from 'node:child_process'
import { test } from 'node:test'
import { fileURLToPath } from 'node:url'

/** As allocation-loop.ts prints it. */
interface Measured {
  readonly mode: string
  readonly messages: number
  readonly octetsPerMessage: number
  readonly collections: number
}

test('parser, client, recorder, renderer and composer make nothing per message', () => {
  const loop = fileURLToPath(new URL('allocation-loop.js', import.meta.url))
  const flags = ['--expose-gc', '--min-semi-space-size=64', '--max-semi-space-size=64']
  const { stdout, stderr, status } = spawnSync(process.execPath, [...flags, loop], {
    encoding: 'utf8',
    timeout: 120_000,
  })
  assert.equal(status, 0, stderr)
  const [control, ...rest] = (JSON.parse(stdout) as Measured[]).sort(
    (a, b) => Number(b.mode === 'control') - Number(a.mode === 'control'),
  )
  // The meter works: where every read makes a number, that is seen.
  assert.equal(control!.mode, 'control')
  assert.ok(control!.collections > 0 || control!.octetsPerMessage >= 12, JSON.stringify(control))
  assert.deepEqual(
    rest.map(({ mode }) => mode),
    ['lock-step', 'glued', 'BDAT 16', 'mix lock-step', 'mix glued', 'mix BDAT 16'],
  )
  for (const measured of rest) {
    assert.equal(measured.messages, 1_000_000)
    assert.equal(measured.collections, 0, JSON.stringify(measured))
    // Groups of drawn mails come in more lengths than views are kept of: then each write makes one.
    const most = measured.mode === 'mix BDAT 16' ? 12 : 1
    assert.ok(Math.abs(measured.octetsPerMessage) < most, JSON.stringify(measured))
  }
})
