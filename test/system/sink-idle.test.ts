import assert from 'node:assert/strict'
import { readFileSync } from 'node:fs'
import { describe, it } from 'node:test'
import { runCommand } from '../peer/load.js'
import { RawClient } from '../peer/raw-client.js'
import { SinkProcess } from '../peer/sink-process.js'

const MANY = 10_000
const MAILS = 10
/** How many connect at the same moment: less than any backlog. */
const AT_ONCE = 500
/** Generous: a socket of Node and what hangs on it; a read buffer for each session alone would be several times as much. */
const MOST_KIB_PER_SESSION = 12

const MAIL = 'MAIL FROM:<a@client.test>\r\nRCPT TO:<b@sink.test>\r\nDATA\r\nSubject: x\r\n\r\nhello\r\n.\r\n'
const CODES = '250 250 354 250'

/** Descriptors that this process may open. */
function descriptors(): number {
  return Number(/^Max open files\s+(\d+)/m.exec(readFileSync('/proc/self/limits', 'latin1'))?.[1] ?? 0)
}

/** Calls `work` for each of them, `AT_ONCE` at a time. */
async function inGroups<T, R>(all: readonly T[], work: (one: T) => Promise<R>): Promise<R[]> {
  const results: R[] = []
  for (let at = 0; at < all.length; at += AT_ONCE) {
    results.push(...(await Promise.all(all.slice(at, at + AT_ONCE).map(work))))
  }
  return results
}

describe(`${MANY.toLocaleString('en')} sessions`, () => {
  it('are held while they are idle, take little memory, and are all served then', {
    timeout: 120_000,
  }, async (test) => {
    assert.ok(descriptors() > MANY + 200, `ulimit -n is ${descriptors()}; raise it above ${MANY + 200}`)
    await using sink = await SinkProcess.start(['--workers', '1'])
    // What the first sessions make of code and pools is no session's memory.
    const first = await inGroups(Array.from({ length: AT_ONCE }), () => RawClient.greeted(sink))
    await inGroups(first, (client) => client.say(`EHLO c\r\n${MAIL}QUIT\r\n`, 6))
    for (const client of first) client.destroy()
    const before = sink.rssKiB()

    const clients = await inGroups(Array.from({ length: MANY }), () => RawClient.greeted(sink))
    const hello = await inGroups(clients, (client) => client.say('EHLO c\r\n', 1))
    assert.deepEqual(new Set(hello), new Set(['250']))
    const perSession = (sink.rssKiB() - before) / MANY
    test.diagnostic(`${perSession.toFixed(2)} KiB of the sink's resident memory for each idle session`)
    assert.ok(perSession < MOST_KIB_PER_SESSION, `${perSession} KiB a session`)
    assert.equal(clients.filter((client) => client.socket.readyState !== 'open').length, 0, 'all are still there')

    // One more is served while they wait.
    const other = await RawClient.greeted(sink)
    assert.equal(await other.say(`EHLO c\r\n${MAIL}QUIT\r\n`, 6), `250 ${CODES} 221`)

    const answers = await inGroups(clients, (client) => client.say(`${MAIL.repeat(MAILS)}QUIT\r\n`, 4 * MAILS + 1))
    assert.deepEqual(new Set(answers), new Set([`${`${CODES} `.repeat(MAILS)}221`]))
    for (const client of [...clients, other]) client.destroy()
    const { messages, quits, connections, rejected, timeouts } = await sink.stop()
    const all = MANY + AT_ONCE + 1
    assert.deepEqual(
      { messages, quits, connections, rejected, timeouts },
      { messages: MANY * MAILS + AT_ONCE + 1, quits: all, connections: all, rejected: 0, timeouts: 0 },
    )
  })

  it(`of ${MAILS} mails each, from stampede source into two workers, are all counted`, {
    timeout: 120_000,
  }, async () => {
    await using sink = await SinkProcess.start(['--workers', '2'])
    const result = await runCommand(
      { target: `127.0.0.1:${sink.port}`, sessions: MANY, messages: MANY * MAILS, perSession: MAILS },
      110_000,
    )
    assert.deepEqual([result.code, result.messages.accepted, result.errors], [0, MANY * MAILS, []])
    const { messages, recipients, connections, quits } = await sink.stop()
    assert.deepEqual(
      { messages, recipients, connections, quits },
      { messages: MANY * MAILS, recipients: MANY * MAILS, connections: result.sessions.connected, quits: connections },
    )
  })
})
