import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import fc from 'fast-check'
import { Alarm, Due, Waits } from '#src/worker/sink-waits.js'

describe('waits', () => {
  it('ring in the order of their times, never early, and once', async () => {
    const rung: { readonly delay: number; readonly atMs: number }[] = []
    const delays = [9, 3, 30, 1, 3, 0, 17, 12.5, 2, 25]
    await new Promise<void>((resolve) => {
      const waits = new Waits<number>(({ owner, atMs, place }) => {
        assert.ok(performance.now() >= atMs)
        assert.equal(place, -1)
        rung.push({ delay: owner, atMs })
        if (rung.length === delays.length) resolve()
      })
      for (const delay of delays) waits.set(new Alarm(delay, Due.wait), delay)
    })
    const sorted = (values: readonly number[]) => [...values].sort((a, b) => a - b)
    assert.deepEqual(sorted(rung.map(({ delay }) => delay)), sorted(delays))
    // Setting them takes time, too: a shorter one that was set later may be due later.
    const times = rung.map(({ atMs }) => atMs)
    assert.deepEqual(times, sorted(times))
  })

  it('may be set by what rings', async () => {
    let rung = 0
    await new Promise<void>((resolve) => {
      const waits = new Waits<null>((alarm) => {
        rung++
        if (rung === 5) resolve()
        else waits.set(alarm, rung % 2)
      })
      waits.set(new Alarm(null, Due.drip), 1)
    })
    assert.equal(rung, 5)
  })

  it('do not ring once cleared or stopped, however they were set before', async () => {
    await fc.assert(
      fc.asyncProperty(
        fc.array(fc.tuple(fc.nat(15), fc.option(fc.nat(4))), { minLength: 1, maxLength: 60 }),
        async (steps) => {
          const rung: number[] = []
          let ring = (): void => {}
          const waits = new Waits<number>((alarm) => {
            rung.push(alarm.owner)
            ring()
          })
          const alarms = Array.from({ length: 16 }, (_, i) => new Alarm(i, Due.wait))
          const set = new Set<number>()
          for (const [i, delay] of steps) {
            if (delay === null) waits.clear(alarms[i]!)
            else waits.set(alarms[i]!, delay)
            if (delay === null) set.delete(i)
            else set.add(i)
            assert.equal(waits.size, set.size)
          }
          const times = alarms.map(({ atMs }) => atMs)
          while (rung.length < set.size) {
            await new Promise<void>((resolve) => {
              ring = resolve
            })
          }
          assert.deepEqual(
            [...rung].sort((a, b) => a - b),
            [...set].sort((a, b) => a - b),
          )
          for (let i = 1; i < rung.length; i++) assert.ok(times[rung[i - 1]!]! <= times[rung[i]!]!)
          waits.set(alarms[0]!, 1)
          waits.stop()
          assert.equal(waits.size, 0)
          assert.equal(alarms[0]!.place, -1)
        },
      ),
      { numRuns: 40 },
    )
  })
})
