import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import { ErrorKind } from '#src/measure/series.js'
import { type LoadOptions, type LoadResult, runLoad } from '../peer/load.js'
import { freePort } from '../peer/port.js'
import { ScriptedServer } from '../peer/scripted-server.js'
import { Unanswering } from '../peer/unanswering.js'
import { type Cell, cells, type Expected, expected, MESSAGES, MODES, type Range, rules } from './expectations.js'

/** Larger than all the socket buffers on the way, so that the client is still writing when the server acts. */
const LARGE = 8 << 20

function options(target: string, cell: Cell): LoadOptions {
  return {
    target,
    ...MODES[cell.mode],
    sessions: 1,
    workers: 1,
    messages: MESSAGES,
    // Eight at once, with servers in this process that flood: on a busy machine a reply may take a second, and several megabytes more.
    timeout: cell.stage === 'body' ? '3s' : '2s',
    helo: 'client.example',
    size: cell.stage === 'body' ? LARGE : 500,
    ...(cell.stage === 'quit' ? { perSession: 1 } : {}),
  }
}

function within(value: number, [low, high]: Range, what: string, context: string): void {
  assert.ok(
    value >= low && value <= high,
    `${what}: ${value}, expected ${low === high ? low : `${low} to ${high}`}\n${context}`,
  )
}

/** Each message has exactly one outcome, and each error one name. */
function judge(result: LoadResult, must: Expected): void {
  const { messages, errors } = result
  const context = JSON.stringify({ messages, errors, replies: result.replies, sessions: result.sessions })
  const sum = messages.accepted + messages.deferred + messages.refused + messages.failed + messages.dropped
  assert.deepEqual(
    [messages.asked, messages.scheduled, sum],
    [MESSAGES, MESSAGES, MESSAGES],
    `outcomes add up to what was asked\n${context}`,
  )
  for (const name of ['accepted', 'deferred', 'refused', 'failed'] as const)
    within(messages[name], must[name], name, context)
  within(
    errors.reduce((total, row) => total + row.count, 0),
    must.errors,
    'errors',
    context,
  )
  for (const row of errors) {
    assert.ok(must.kinds.includes(row.error), `“${row.error}”, expected ${must.kinds.join(' or ')}\n${context}`)
    assert.ok(must.after.includes(row.after), `after ${row.after}, expected ${must.after.join(' or ')}\n${context}`)
  }
}

describe('a fault on the first connection is counted once, under its name, and the run goes on', {
  concurrency: 8,
}, () => {
  for (const cell of cells()) {
    it(`${cell.mode}: ${cell.kind} at ${cell.stage}`, async () => {
      await using server = await ScriptedServer.start({
        extensions: ['PIPELINING', 'CHUNKING'],
        rules: rules(cell),
        keep: 1 << 16,
      })
      const result = await runLoad(options(server.address, cell), 15_000)
      const reached = server.records[0]
      assert.ok(reached !== undefined, `the server was reached: ${JSON.stringify(result)}`)
      if (cell.stage === 'rset')
        assert.ok(reached.commands.includes('RSET') || cell.kind === 'reply before the command', 'RSET was sent')
      judge(result, expected(cell))
      // What the server said yes to is what the client counted, but for a reply that was lost on the way.
      const lost = result.messages.failed
      within(
        result.messages.accepted,
        [server.accepted - lost, server.accepted],
        'accepted, by the server',
        JSON.stringify(result.messages),
      )
      assert.equal(result.sessions.connected, server.records.length)
    })
  }
})

describe('a connection that does not come about', { concurrency: 3 }, () => {
  const cell: Cell = { mode: 'lock-step', stage: 'greeting', kind: 'reset' }

  /** Where nobody was ever reached a run may end before its time; what it tried has failed, each once, under one name. */
  function unreached(result: LoadResult, kind: string, triesEach: number): void {
    const { scheduled, accepted, deferred, refused, failed, dropped } = result.messages
    const context = JSON.stringify(result)
    assert.deepEqual([accepted, deferred, refused, failed + dropped], [0, 0, 0, scheduled], context)
    assert.ok(failed >= 1 && failed <= MESSAGES, context)
    assert.deepEqual(
      result.errors.map((row) => [row.error, row.after]),
      [[kind, 'connect']],
      context,
    )
    assert.deepEqual([result.sessions.connects, result.sessions.connected], [failed * triesEach, 0], context)
  }

  it('is refused', async () => {
    const result = await runLoad(options(`127.0.0.1:${await freePort()}`, cell), 15_000)
    unreached(result, ErrorKind.refused, 1)
  })

  it('is refused as often as it may be tried', async () => {
    const result = await runLoad({ ...options(`127.0.0.1:${await freePort()}`, cell), connectTries: 4 }, 15_000)
    unreached(result, ErrorKind.refused, 4)
  })

  it('is never answered', async () => {
    await using deaf = await Unanswering.start()
    const result = await runLoad({ ...options(`127.0.0.1:${deaf.port}`, cell), connectTimeout: '500ms' }, 15_000)
    unreached(result, ErrorKind.connectTimeout, 1)
  })
})
