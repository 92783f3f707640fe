import assert from 'node:assert/strict'
import { before, describe, it } from 'node:test'
import type { SinkClient } from '../door/sink-client.js'
import { ORIGINAL_SINK, SINK_DOOR, SinkRun, type SinkSubject } from '../door/sink-subject.js'
import { missing, need } from '../peer/distribution.js'
import { CLASSIC_VECTORS, type ClassicStep, type ClassicVector } from '../smtp/classic-vectors.js'

/** Timers have a grain. */
const GRAIN_MS = 20
/** A client that hears nothing has waited this long for it. */
const SILENCE_MS = 150

/**
 * Says a step's words and hears its answer, not before it is due; the original's clock may shorten a delay by up to a second. `since`: nothing was
 * said before it that delays this answer. `hasty`: where no answer is to come the next step does not wait to see that.
 */
async function take(
  client: SinkClient,
  step: ClassicStep,
  { since, original, hasty }: { readonly since: number; readonly original: boolean; readonly hasty: boolean },
): Promise<void> {
  if (step.send !== '') client.send(step.send)
  if (step.expect === '') {
    if (!hasty) await client.silence(SILENCE_MS)
    return
  }
  await client.hearsExactly(step.expect)
  if (step.seconds === undefined) return
  const least = (original ? step.seconds - 1 : step.seconds) * 1000 - GRAIN_MS
  const ms = performance.now() - since
  assert.ok(ms >= least, `${ms} ms instead of ${step.seconds} s`)
}

async function play({ program, original }: SinkSubject, vector: ClassicVector): Promise<void> {
  // The counters tell what the machine's own do.
  const argv = vector.argv.includes('-c') ? vector.argv : ['-c', ...vector.argv]
  const sink = await SinkRun.start(program, { argv })
  try {
    const client = await sink.connect()
    const { steps, end } = vector
    const timed = steps.some(({ seconds }) => seconds !== undefined)
    // When it was taken is not known to the client, so a late greeting is not timed.
    const greeting = { send: '', expect: vector.greeting.expect }
    await take(client, greeting, { since: performance.now(), original, hasty: steps.length === 0 })
    // What delays an answer may have been said a step before it, and all steps but the delayed ones take no time.
    let since = performance.now()
    for (const [i, step] of steps.entries()) {
      const last = i === steps.length - 1
      if (last && end === 'shut') {
        client.send(step.send)
        client.half()
        await client.hearsExactly(step.expect)
      } else {
        await take(client, step, { since, original, hasty: timed || (last && end !== 'open') })
      }
      if (step.seconds !== undefined) since = performance.now()
    }
    if (end === 'open') client.leave()
    else await client.sentAway()
    const counters = `sess=1 quit=${vector.quits} mesg=${vector.messages}\r`
    if (end === 'exit') assert.equal((await sink.end()).code, 0)
    else await sink.counted(counters)
    const { stderr } = await sink.stop()
    assert.equal(stderr, vector.warning === null ? '' : `P: warning: ${vector.warning}\n`)
  } finally {
    await sink.close()
  }
}

const SUBJECTS: readonly SinkSubject[] = [
  { program: SINK_DOOR, original: false },
  { program: ORIGINAL_SINK, original: true },
]
const reason = missing('smtp-sink')

for (const subject of SUBJECTS) {
  describe(`conversations with ${subject.program.name}, by a socket`, { concurrency: 6, skip: reason }, () => {
    before(() => need('smtp-sink'))
    for (const vector of CLASSIC_VECTORS.filter(({ differs }) => differs === null || !subject.original)) {
      it(`${vector.id}: ${vector.argv.join(' ') || 'no option'}`, () => play(subject, vector))
    }
  })
}
