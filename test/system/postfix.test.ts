import assert from 'node:assert/strict'
import { after, before, describe, it } from 'node:test'
import { missing, need } from '../peer/distribution.js'
import { runCommand } from '../peer/load.js'
import { Postfix } from '../peer/postfix.js'
import { ORIGINAL, run } from '../peer/run-program.js'

const reason = missing('postfix', 'postconf', 'smtp-source')
const MANY = 10_000

describe('a real Postfix loses none', { skip: reason }, () => {
  let postfix: Postfix | undefined
  let through = 0

  before(async () => {
    need('postfix', 'postconf', 'smtp-source')
    postfix = await Postfix.start()
  })
  after(() => postfix?.stop())

  /** By its log, exactly these came in since the last look, and each went out to discard and left the queue. */
  async function settled(messages: number): Promise<void> {
    through += messages
    const count = await postfix!.settled(through, 120_000)
    assert.deepEqual(
      { ...count, warnings: [] },
      { received: through, queued: through, sent: through, removed: through, warnings: [] },
    )
    assert.deepEqual(
      count.warnings.filter((line) => /: (error|fatal|panic): |lost connection/.test(line)),
      [],
    )
  }

  it('of 1,000 from the distribution’s smtp-source, which shows that the instance and its count are right', async () => {
    const ran = await run(ORIGINAL, ['-d', '-s', '20', '-m', '1000', postfix!.address], { timeoutMs: 60_000 })
    assert.deepEqual({ code: ran.code, stderr: ran.stderr }, { code: 0, stderr: '' })
    await settled(1000)
  })

  const ways = [
    { name: 'pipelined', options: { pipelining: 'require', chunking: 'off' } },
    { name: 'with CHUNKING', options: { chunking: 'require', depth: 4 } },
  ]
  for (const { name, options } of ways) {
    it(`of ${MANY.toLocaleString('en')} ${name}`, async () => {
      const load = {
        target: postfix!.address,
        sessions: 20,
        messages: MANY,
        from: 'a@stampede.test',
        to: 'b@stampede.test',
        ...options,
      }
      const result = await runCommand(load, 180_000)
      assert.equal(result.code, 0)
      assert.equal(result.messages.accepted, MANY)
      assert.deepEqual(result.errors, [])
      await settled(MANY)
    })
  }
})
