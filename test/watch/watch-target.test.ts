import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import fc from 'fast-check'
import { UsageError } from '#src/base/errors.js'
import { parseWatchTarget } from '#src/watch/watch-target.js'

describe('what is to be watched', () => {
  const cases: readonly [string, object][] = [
    ['1234', { kind: 'pid', pid: 1234 }],
    ['pid:25', { kind: 'pid', pid: 25 }],
    [':25', { kind: 'port', port: 25, address: null }],
    ['*:25', { kind: 'port', port: 25, address: null }],
    ['port:2525', { kind: 'port', port: 2525, address: null }],
    ['tcp:2525', { kind: 'port', port: 2525, address: null }],
    ['127.0.0.1:25', { kind: 'port', port: 25, address: '127.0.0.1' }],
    ['localhost:25', { kind: 'port', port: 25, address: '127.0.0.1' }],
    ['[0::1]:25', { kind: 'port', port: 25, address: '::1' }],
    ['unix:/run/lmtp', { kind: 'path', path: '/run/lmtp' }],
    ['smtpd', { kind: 'name', name: 'smtpd' }],
    ['name:1234', { kind: 'name', name: '1234' }],
  ]
  for (const [text, meant] of cases) {
    it(`'${text}' is ${JSON.stringify(meant)}`, () => {
      assert.deepEqual(parseWatchTarget(text, '--watch'), { ...meant, text })
    })
  }

  for (const text of ['', '0', '99999999999', ':0', ':65536', ':', 'mx.test:25', 'unix:lmtp', 'a b', '127.0.0.1:x']) {
    it(`'${text}' is refused with what would be right`, () => {
      assert.throws(
        () => parseWatchTarget(text, '--watch'),
        (error: unknown) => {
          assert.ok(error instanceof UsageError)
          assert.match(error.message, /^--watch '.*' .*; give a process number \(1234\), a port \(:25 .*\.$/s)
          return true
        },
      )
    })
  }

  it('is read or refused, whatever is typed', () => {
    fc.assert(
      fc.property(fc.string(), (text) => {
        try {
          assert.equal(parseWatchTarget(text, '--watch').text, text)
        } catch (error) {
          assert.ok(error instanceof UsageError)
        }
      }),
    )
  })
})
