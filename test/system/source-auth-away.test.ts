import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import { missing, need } from '../peer/distribution.js'
import { built, run } from '../peer/run-program.js'

const reason = missing('ip', 'unshare')
/** An address of a namespace that nothing leads into or out of. */
const AWAY = '10.99.0.1'

interface Away {
  readonly code: number
  readonly accepted: number
  readonly errors: readonly { readonly error: string; readonly sample: string; readonly count: number }[]
  readonly authOk: number
  readonly authFailed: number
  readonly commands: number
}

/** Both sides in a namespace of their own, on an address that is not loopback. */
async function away(...options: readonly string[]): Promise<Away> {
  need('ip', 'unshare')
  const peer = built('../test-dist/peer/away.js')
  const inside = `ip link set lo up && ip address add ${AWAY}/32 dev lo && exec "$0" "$@"`
  const ran = await run(
    { name: 'unshare', command: ['/usr/bin/unshare'] },
    ['-n', '/bin/sh', '-c', inside, process.execPath, peer, AWAY, ...options],
    { timeoutMs: 30_000 },
  )
  assert.equal(ran.code, 0, ran.stderr)
  return JSON.parse(ran.stdout) as Away
}

describe('a secret', { skip: reason }, () => {
  it('does not go unencrypted to another machine: nothing at all is said after EHLO', async () => {
    const { accepted, errors, authOk, authFailed, code, commands } = await away('auth=auto:ann:secret')
    assert.deepEqual([code, accepted, authOk, authFailed], [1, 0, 0, 0])
    assert.equal(
      commands,
      errors.reduce((sum, { count }) => sum + count, 0),
    )
    assert.deepEqual(
      [...new Set(errors.map(({ error, sample }) => `${error}: ${sample}`))],
      ['no AUTH mechanism: PLAIN and LOGIN would send the secret unencrypted to another machine'],
    )
  })

  it('does when it was told to', async () => {
    const { accepted, authOk, errors, code } = await away('auth=auto:ann:secret', 'authInClear=true')
    assert.deepEqual([code, accepted, authOk, errors], [0, 3, 3, []])
  })
})
