/**
 * node test-dist/fuzz/long.js [--minutes 10] [--seed N] [--at-once 100] [--warm-up SHARE] [-- OPTIONS OF stampede sink]
 *
 * Conversations by chance, batch after batch, against `stampede sink` in a process of its own. After each batch a healthy client must be
 * served; at the end the sink must end as it should with every connection closed, and its memory must not have grown: the median of the last
 * fifth of the time lies within 10 % of the median of the first fifth after the warm-up. Exit status 1 when something is not so.
 */
import { parseArgs } from 'node:util'
import { SinkProcess } from '../peer/sink-process.js'
import { conversation } from './conversation.js'
import { fault, healthy, play } from './player.js'
import { Random } from './random.js'

/** The memory after the warm-up may grow by this share of it. */
const GROWTH = 0.1

const { values, positionals } = parseArgs({
  allowPositionals: true,
  options: {
    minutes: { type: 'string', default: '10' },
    seed: { type: 'string', default: `${Date.now() % 1_000_000_007}` },
    'at-once': { type: 'string', default: '100' },
    'warm-up': { type: 'string', default: '0.2' },
  },
})
const minutes = Number(values.minutes)
const seed = Number(values.seed)
const atOnce = Number(values['at-once'])
const warmUp = Number(values['warm-up'])
if (!(minutes > 0) || !Number.isInteger(seed) || !(atOnce > 0) || !(warmUp > 0 && warmUp < 0.5)) {
  console.error(
    'usage: node test-dist/fuzz/long.js [--minutes N] [--seed N] [--at-once N] [--warm-up SHARE] [-- OPTIONS]',
  )
  process.exit(2)
}

function median(values: readonly number[]): number {
  return [...values].sort((a, b) => a - b)[values.length >> 1] ?? Number.NaN
}

/** One batch; the number of conversations whose every octet was looked at. */
async function batch(sink: SinkProcess, random: Random, kind: { lmtp: boolean; chunking: boolean }): Promise<number> {
  let leave = (): void => {}
  const gone = new Promise<void>((resolve) => {
    leave = resolve
  })
  const all = Array.from({ length: atOnce }, () => conversation(random))
  const heard = await Promise.all(all.map((one) => play(sink.port, one, gone)))
  await healthy(sink.port, kind)
  leave()
  let whole = 0
  for (const [i, one] of heard.entries()) {
    if (!one.whole) continue
    whole++
    const wrong = fault(all[i]!, one.said)
    if (wrong !== null)
      throw new Error(`${wrong} after ${JSON.stringify(all[i]!.octets.toString('latin1').slice(0, 5000))}`)
  }
  return whole
}

async function main(): Promise<boolean> {
  const lifeMs = minutes * 60_000
  const sink = await SinkProcess.start(positionals, lifeMs + 120_000)
  const random = new Random(seed)
  const kind = { lmtp: positionals.includes('--lmtp'), chunking: !positionals.includes('--no-chunking') }
  const began = performance.now()
  const samples: { readonly atMs: number; readonly rssKiB: number }[] = []
  const counts = { batches: 0, conversations: 0, heard: 0 }
  let told = 0
  console.log(`seed ${seed}, ${minutes} minutes, ${atOnce} at once, stampede sink ${positionals.join(' ')}`)
  for (;;) {
    const atMs = performance.now() - began
    samples.push({ atMs, rssKiB: sink.rssKiB() })
    if (atMs - told >= 10_000) {
      told = atMs
      const { batches, conversations, heard } = counts
      console.log(
        `${(atMs / 1000).toFixed(0).padStart(5)} s  ${batches} batches, ${conversations} conversations (${heard} heard to the end), RSS ${samples.at(-1)!.rssKiB} KiB`,
      )
    }
    if (atMs >= lifeMs) break
    counts.heard += await batch(sink, random, kind)
    counts.batches++
    counts.conversations += atOnce
  }
  const rss = (from: number, to: number) =>
    median(samples.filter(({ atMs }) => atMs >= from * lifeMs && atMs < to * lifeMs).map(({ rssKiB }) => rssKiB))
  const [early, late] = [rss(warmUp, warmUp + 0.2), rss(0.8, 1)]
  const totals = await sink.stop()
  const growth = late / early - 1
  const flat = growth <= GROWTH
  const closed = totals.closed === totals.connections && totals.active === 0
  console.log(
    JSON.stringify({
      seed,
      ...counts,
      rssEarlyKiB: early,
      rssLateKiB: late,
      growth: Number(growth.toFixed(4)),
      connections: totals.connections,
      closed: totals.closed,
      messages: totals.messages,
      rejected: totals.rejected,
      notes: totals.notes,
    }),
  )
  if (!flat) console.error(`its memory grew by ${(growth * 100).toFixed(1)} %`)
  if (!closed) console.error('it kept connections')
  return flat && closed && totals.notes.length === 0
}

process.exitCode = (await main()) ? 0 : 1
