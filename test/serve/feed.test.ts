import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import fc from 'fast-check'
import { type FeedEvent, LiveFeed } from '#src/serve/feed.js'

const ids = (events: readonly FeedEvent[]) => events.map(({ id }) => id)

describe('the feed', () => {
  it('keeps what was, in order, for whoever comes later', () => {
    const feed = new LiveFeed()
    feed.push('head', { a: 'line\nbreak' })
    feed.push('second', 1)
    feed.push('second', 2)
    assert.deepEqual(feed.since(0)[0], { id: 1, name: 'head', data: '{"a":"line\\nbreak"}' })
    assert.deepEqual(ids(feed.since(1)), [2, 3])
    assert.deepEqual(ids(feed.since(3)), [])
    assert.deepEqual(ids(feed.since(-5)), [1, 2, 3])
  })

  it('tells each event to those who listen, until they do not', () => {
    const feed = new LiveFeed()
    const heard: number[] = []
    const leave = feed.subscribe(({ id }) => heard.push(id))
    feed.push('second', 1)
    leave()
    feed.push('second', 2)
    assert.deepEqual(heard, [1])
  })

  it('grows coarser the longer ago, and never large; its beginning and its end stay', () => {
    const feed = new LiveFeed({ events: 100 })
    feed.push('head', {})
    for (let i = 0; i < 10_000; i++) {
      feed.push('second', i)
      assert.ok(feed.since(0).length <= 100)
    }
    feed.push('end', {})
    const events = feed.since(0)
    assert.ok(events.length > 50, `${events.length}`)
    assert.equal(events[0]!.name, 'head')
    assert.equal(events.at(-1)!.name, 'end')
    // The newest are whole, and the oldest still reach back into the first tenth.
    assert.deepEqual(
      ids(events.slice(-40)),
      Array.from({ length: 40 }, (_, i) => 10_002 - 39 + i),
    )
    assert.ok(events[1]!.id < 1000)
  })

  it('is bounded by size too', () => {
    const feed = new LiveFeed({ characters: 10_000 })
    for (let i = 0; i < 1000; i++) feed.push('second', 'x'.repeat(i))
    assert.ok(feed.since(0).reduce((sum, { data }) => sum + data.length, 0) <= 10_000)
    assert.equal(feed.since(0).at(-1)!.id, 1000)
    // What can't be given up is not: there is nothing else left.
    const kept = new LiveFeed({ characters: 10 })
    kept.push('head', 'x'.repeat(100))
    kept.push('second', 'x'.repeat(100))
    assert.equal(kept.since(0)[0]!.name, 'head')
  })

  it('gives exactly those after an id, whatever was thinned', () => {
    fc.assert(
      fc.property(
        fc.integer({ min: 4, max: 40 }),
        fc.integer({ min: 0, max: 300 }),
        fc.integer(),
        (limit, count, id) => {
          const feed = new LiveFeed({ events: limit })
          for (let i = 0; i < count; i++) feed.push('second', i)
          assert.deepEqual(
            feed.since(id % 400),
            feed.since(0).filter((event) => event.id > id % 400),
          )
        },
      ),
    )
  })
})
