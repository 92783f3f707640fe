import assert from 'node:assert/strict'
import type { RunResult } from '#src/index.js'

/** Every message that was due has exactly one end. */
export function addsUp({ messages, sessions }: RunResult): void {
  const { scheduled, accepted, deferred, refused, failed, dropped } = messages
  assert.equal(scheduled, accepted + deferred + refused + failed + dropped, JSON.stringify(messages))
  assert.equal(sessions.connected, sessions.done + sessions.lost, JSON.stringify(sessions))
}
