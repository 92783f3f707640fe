import assert from 'node:assert/strict'
import { it } from 'node:test'
import { whereLine } from '#src/cli/metrics.js'

it('where to look is one line, with the token behind a # where there is a page', () => {
  const endpoint = { url: 'http://127.0.0.1:9090', token: 'c0ffee' }
  assert.equal(whereLine(endpoint, false), 'metrics on http://127.0.0.1:9090/metrics, token c0ffee')
  assert.equal(
    whereLine(endpoint, true),
    'metrics on http://127.0.0.1:9090/metrics, live page on http://127.0.0.1:9090/#token=c0ffee',
  )
})
