import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import { type SinkHandle, type SinkOptions, sink } from '#src/index.js'
import { eventually } from '../peer/kernel.js'
import { type Conversation, conversation } from './conversation.js'
import { fault, healthy, mayBeCut, play } from './player.js'
import { Random } from './random.js'

const SEED = Number(process.env.STAMPEDE_FUZZ_SEED ?? 20261122)
const BATCHES = 8
const AT_ONCE = 40

const KINDS: [string, SinkOptions][] = [
  ['SMTP', {}],
  ['SMTP on two workers, with a size limit', { workers: 2, maxSize: 5000 }],
  ['LMTP', { lmtp: true }],
  ['without CHUNKING', { noChunking: true }],
  ['with TLS and AUTH', { tls: 'starttls', auth: 'all' }],
  ['inside TLS', { tls: 'implicit', auth: 'all' }],
]

async function withSink(options: SinkOptions, body: (target: SinkHandle) => Promise<void>): Promise<void> {
  const target = await sink(options)
  try {
    await body(target)
  } finally {
    await target.stop()
  }
}

/** The sink has let go of every connection. */
async function letGo(target: SinkHandle): Promise<void> {
  await eventually('all connections are closed', () => target.totals().active === 0)
  const { connections, closed, notes } = target.totals()
  assert.equal(closed, connections)
  assert.deepEqual(notes, [])
}

describe(`conversations by chance, seed ${SEED} (STAMPEDE_FUZZ_SEED)`, () => {
  for (const [name, options] of KINDS) {
    it(`${name}: nothing but replies is said, nobody is kept, and the next client is served`, {
      timeout: 60_000,
    }, async () => {
      const random = new Random(SEED)
      const secure = options.tls === 'implicit'
      await withSink(options, async (target) => {
        for (let batch = 0; batch < BATCHES; batch++) {
          let leave = (): void => {}
          const gone = new Promise<void>((resolve) => {
            leave = resolve
          })
          const all = Array.from({ length: AT_ONCE }, () => conversation(random))
          // One in four speaks no TLS where it should.
          const talk = (one: Conversation, i: number) => play(target.port, one, gone, secure && i % 4 !== 0)
          const heard = await Promise.all(all.map(talk))
          await healthy(target.port, { lmtp: options.lmtp === true, chunking: options.noChunking !== true, secure })
          for (const [i, { said, whole }] of heard.entries()) {
            if (whole && !(secure && i % 4 === 0))
              assert.equal(fault(all[i]!, said), null, `batch ${batch}, conversation ${i}`)
          }
          leave()
          await letGo(target)
        }
      })
    })
  }

  it('what is said does not depend on how it is cut', { timeout: 60_000 }, async () => {
    const random = new Random(SEED + 1)
    await withSink({ maxSize: 5000 }, async (target) => {
      const never = new Promise(() => {})
      let compared = 0
      for (let batch = 0; batch < BATCHES; batch++) {
        const all = Array.from({ length: AT_ONCE }, () => conversation(random))
        const asOne = (one: Conversation): Conversation => ({
          ...one,
          cuts: [one.octets.length],
          end: 'half',
          deaf: false,
        })
        const cut = (one: Conversation): Conversation => ({
          ...asOne(one),
          cuts: [1 + random.below(1 + one.octets.length / 50), 1 + random.below(one.octets.length)],
        })
        const first = await Promise.all(all.map((one) => play(target.port, asOne(one), never)))
        const second = await Promise.all(all.map((one) => play(target.port, cut(one), never)))
        for (const [i, one] of first.entries()) {
          const other = second[i]!
          if (!one.whole || !other.whole) continue
          compared++
          const cutShort = mayBeCut(all[i]!, one.said) || mayBeCut(all[i]!, other.said)
          const length = cutShort ? Math.min(one.said.length, other.said.length) : Number.POSITIVE_INFINITY
          assert.equal(
            other.said.slice(0, length),
            one.said.slice(0, length),
            JSON.stringify(all[i]!.octets.toString('latin1').slice(0, 3000)),
          )
        }
      }
      assert.ok(compared > (BATCHES * AT_ONCE) / 2, `${compared} compared`)
      await letGo(target)
    })
  })
})
