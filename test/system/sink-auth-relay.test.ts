import assert from 'node:assert/strict'
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { describe, it } from 'node:test'
import { type SinkHandle, sink } from '#src/index.js'
import { missing, need } from '../peer/distribution.js'
import { Postfix } from '../peer/postfix.js'
import { ORIGINAL, run } from '../peer/run-program.js'

const PROGRAMS = ['postfix', 'postconf', 'smtp-source', 'cyrus-sasl'] as const
const MESSAGES = 40
/** A sink each, with one mechanism and one user. */
const WAYS = [
  ['plain', 'ann', 'se:cret x'],
  ['login', 'ann', 'se:cret x'],
  ['cram-md5', 'ann', 'se:cret x'],
  ['scram-sha-256', 'ann', 'se:cret x'],
  ['scram-sha-256', 'b,o=b', 'пароль'],
] as const

describe('a real Postfix logs in to the sink', { skip: missing(...PROGRAMS) }, () => {
  it('by Cyrus SASL, with each mechanism', { timeout: 90_000 }, async () => {
    need(...PROGRAMS)
    const directory = mkdtempSync(join(tmpdir(), 'stampede-auth-relay-'))
    const sinks: SinkHandle[] = []
    let postfix: Postfix | undefined
    try {
      for (const [i, [auth, user, secret]] of WAYS.entries()) {
        const authUsers = join(directory, `${i}`)
        writeFileSync(authUsers, `${user}:${secret}\n`)
        sinks.push(await sink({ auth, authUsers, authRequired: true, workers: 1 }))
      }
      const inline = (entry: (port: number, i: number) => string) =>
        `inline:{${sinks.map(({ port }, i) => `{${entry(port, i)}}`).join(' ')}}`
      postfix = await Postfix.start({
        main: {
          transport_maps: inline((port, i) => `way${i}.test=smtp:[127.0.0.1]:${port}`),
          smtp_sasl_auth_enable: 'yes',
          smtp_sasl_password_maps: inline((port, i) => `[127.0.0.1]:${port}=${WAYS[i]![1]}:${WAYS[i]![2]}`),
          smtp_sasl_security_options: 'noanonymous',
        },
      })
      for (const i of WAYS.keys()) {
        const args = ['-d', '-s', '2', '-m', `${MESSAGES}`, '-t', `b@way${i}.test`, postfix.address]
        const ran = await run(ORIGINAL, args, { timeoutMs: 30_000 })
        assert.deepEqual({ code: ran.code, stderr: ran.stderr }, { code: 0, stderr: '' })
      }
      const all = MESSAGES * WAYS.length
      const { sent, removed, warnings } = await postfix.settled(all, 30_000)
      assert.deepEqual([sent, removed, warnings], [all, all, []])
      for (const [i, target] of sinks.entries()) {
        const { messages, authOk, authFailed } = target.totals()
        assert.deepEqual([messages, authFailed], [MESSAGES, 0], WAYS[i]!.join(' '))
        assert.ok(authOk > 0, WAYS[i]!.join(' '))
      }
    } finally {
      await postfix?.stop()
      for (const target of sinks) await target.stop()
      rmSync(directory, { recursive: true, force: true })
    }
  })
})
