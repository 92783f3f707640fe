import assert from 'node:assert/strict'
import { test } from 'node:test'
import { type Endpoint, ResolveError, resolveTarget } from '#src/net/endpoint.js'
import type { Target } from '#src/plan/plan.js'

function inet(host: string, port = 2525): Target {
  return { kind: 'inet', host, port, text: `${host}:${port}` }
}

test('a unix path is its own endpoint', async () => {
  const endpoint = await resolveTarget({ kind: 'unix', path: '/run/x', text: 'unix:/run/x' }, 0)
  assert.deepEqual(endpoint, { kind: 'unix', path: '/run/x' })
})

test('addresses are not looked up', async () => {
  for (const [host, family] of [
    ['127.0.0.1', 4],
    ['203.0.113.7', 4],
    ['::1', 6],
    ['2001:db8::25', 6],
    ['fe80::1%lo', 6],
  ] as const) {
    const wanted: Endpoint = { kind: 'tcp', address: host, port: 2525, family }
    assert.deepEqual(await resolveTarget(inet(host), 0), wanted)
    assert.deepEqual(await resolveTarget(inet(host), family), wanted)
  }
})

test('an address of the other family is refused', async () => {
  for (const [host, family] of [
    ['127.0.0.1', 6],
    ['::1', 4],
  ] as const) {
    await assert.rejects(resolveTarget(inet(host), family), (error: unknown) => {
      assert.ok(error instanceof ResolveError)
      assert.equal(error.name, 'ResolveError')
      assert.equal(error.text, 'Address family for hostname not supported')
      return true
    })
  }
})

test('localhost is this machine, in the family asked for', async () => {
  const endpoint = await resolveTarget(inet('localhost', 25), 4)
  assert.deepEqual(endpoint, { kind: 'tcp', address: '127.0.0.1', port: 25, family: 4 })
  const any = await resolveTarget(inet('localhost', 25), 0)
  assert.ok(any.kind === 'tcp' && (any.address === '127.0.0.1' || any.address === '::1'))
})

test('what is no name fails in the words of the resolver, and stays on this machine', async () => {
  // No resolver is asked for a name with a space in it.
  await assert.rejects(resolveTarget(inet('no such host'), 0), (error: unknown) => {
    assert.ok(error instanceof ResolveError)
    assert.match(error.text, /^(Name or service not known|Temporary failure in name resolution)$/)
    return true
  })
})
