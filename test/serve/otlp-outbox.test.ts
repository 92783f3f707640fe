import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import { Outbox } from '#src/serve/otlp-outbox.js'

/** A wire whose sendings end when they are told to. */
class Wire {
  readonly batches: number[][] = []
  readonly #ends: ((trouble: string | null) => void)[] = []

  readonly send = (items: readonly number[]): Promise<string | null> => {
    this.batches.push([...items])
    return new Promise((resolve) => this.#ends.push(resolve))
  }

  async end(trouble: string | null): Promise<void> {
    this.#ends.shift()!(trouble)
    await new Promise((resolve) => setImmediate(resolve))
  }
}

function outbox(wire: Pick<Wire, 'send'>, room: number, batch: number): Outbox<number> {
  return new Outbox({ room, batch, everyMs: 3_600_000, withinMs: 1000, send: wire.send })
}

describe('an outbox', () => {
  it('sends full batches one after the other, in order, and counts what found no room', async () => {
    const wire = new Wire()
    const box = outbox(wire, 4, 2)
    box.push([1])
    assert.deepEqual(wire.batches, [])
    box.push([2, 3])
    assert.deepEqual(wire.batches, [[1, 2]])
    box.push([4, 5, 6, 7, 8])
    assert.equal(box.dropped, 2)
    await wire.end(null)
    assert.deepEqual(wire.batches, [
      [1, 2],
      [3, 4],
    ])
    await wire.end('HTTP 500')
    await wire.end(null)
    assert.deepEqual([box.sent, box.failed, box.dropped, box.trouble], [4, 2, 2, 'HTTP 500'])
    await box.close(0)
    assert.deepEqual(wire.batches.flat(), [1, 2, 3, 4, 5, 6])
  })

  it('sends the rest when it is closed, and takes nothing then', async () => {
    const batches: number[] = []
    const send = async (items: readonly number[]) => {
      batches.push(items.length)
      return null
    }
    const box = outbox({ send }, 10, 4)
    box.push([1, 2, 3])
    await box.close(10_000)
    box.push([4])
    assert.deepEqual([box.sent, box.failed, box.dropped, batches], [3, 0, 1, [3]])
  })

  it('gives up after a batch that failed at the end, and what never left has failed too', async () => {
    let asked = 0
    const send = async () => {
      asked++
      return 'ECONNREFUSED'
    }
    const box = outbox({ send }, 10, 4)
    box.push([1, 2, 3])
    await box.close(10_000)
    assert.equal(asked, 1)
    const full = new Wire()
    const stuck = outbox(full, 10, 2)
    stuck.push([1, 2, 3, 4, 5])
    await stuck.close(20)
    assert.deepEqual([stuck.sent, stuck.failed, stuck.trouble], [0, 5, 'no answer in time'])
    // What comes after that is too late to count.
    await full.end(null)
    assert.deepEqual([stuck.sent, stuck.failed], [0, 5])
  })
})
