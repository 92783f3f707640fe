import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import { planOfSink } from '#src/cli/library.js'
import { type SinkOptions, sink } from '#src/index.js'
import { startSink } from '#src/run/sink.js'
import { RawClient, type Where } from '../peer/raw-client.js'

/**
 * Ends of data that some server somewhere has taken for one. The first four are the classic ones of SMTP smuggling; the others are
 * what a search for them in pieces could trip over.
 */
const FALSE_ENDS = [
  '\n.\n',
  '\r.\r',
  '\r\n.\n',
  '\n.\r\n',
  '\r.\r\n',
  '\r\n.\r',
  '\r\n.\r\r\n',
  '\r\n.\n\r\n',
  '\r\n..\r\n',
  '\r\n.\0\r\n',
  '\r\n\0.\r\n',
  '\r\n .\r\n',
  '\r\n. \r\n',
  '\n\r.\r\n',
  '\r\r\n.\n',
  '\n\n.\n\n',
  '\r\n.\x85',
]

const ENVELOPE = 'MAIL FROM:<a@b.test>\r\nRCPT TO:<c@d.test>\r\n'
const SMUGGLED = `${ENVELOPE}DATA\r\nsmuggled`
const END = '\r\n.\r\n'

/** A message whose content holds `falseEnd` with a second message behind it. */
const contentWith = (falseEnd: string) => `Subject: x\r\n\r\nfirst${falseEnd}${SMUGGLED}`

async function withSink(options: SinkOptions, body: (where: Where) => Promise<void>): Promise<number> {
  const target = await sink(options)
  try {
    await body(target)
  } finally {
    await target.stop()
  }
  return target.totals().messages
}

describe('SMTP smuggling', () => {
  for (const falseEnd of FALSE_ENDS) {
    const shown = JSON.stringify(falseEnd)
    it(`${shown} ends no message, cut anywhere`, async () => {
      const content = contentWith(falseEnd)
      const first = content.indexOf(falseEnd)
      const cuts = Array.from({ length: falseEnd.length + 1 }, (_, i) => first + i)
      const messages = await withSink({}, async (where) => {
        const client = await RawClient.greeted(where)
        for (const cut of cuts) {
          assert.equal(await client.say(`${ENVELOPE}DATA\r\n`, 3), '250 250 354')
          await client.sendCut(Buffer.from(content.slice(0, cut), 'latin1'), cut)
          await client.sendCut(Buffer.from(content.slice(cut) + END, 'latin1'), content.length)
          // Had the content ended early, there would be the replies to the smuggled envelope.
          assert.equal(await client.say('NOOP\r\n', 2), '250 250')
        }
        // As the first thing behind DATA, where a line begins.
        assert.equal(await client.say(`${ENVELOPE}DATA\r\n`, 3), '250 250 354')
        const start = falseEnd.replace(/^[\r\n]+/, '')
        if (start !== '.\r\n') assert.equal(await client.say(`${start}x${END}NOOP\r\n`, 2), '250 250')
        else assert.equal(await client.say(`x${END}NOOP\r\n`, 2), '250 250')
        assert.equal(await client.say('QUIT\r\n', 1), '221')
        assert.equal(await client.end(), '', 'no reply more')
      })
      assert.equal(messages, cuts.length + 1)
    })
  }

  it('the true end does, cut anywhere, and right behind DATA', async () => {
    const messages = await withSink({}, async (where) => {
      const client = await RawClient.greeted(where)
      const content = `first${END}${SMUGGLED}${END}`
      for (let cut = 1; cut < content.length; cut++) {
        assert.equal(await client.say(`${ENVELOPE}DATA\r\n`, 3), '250 250 354')
        await client.sendCut(Buffer.from(content.slice(0, cut), 'latin1'), cut)
        assert.equal(await client.say(content.slice(cut), 5), '250 250 250 354 250', `cut at ${cut}`)
      }
      assert.equal(await client.say(`${ENVELOPE}DATA\r\n.\r\nQUIT\r\n`, 5), '250 250 354 250 221')
    })
    assert.equal(messages, 2 * (`first${END}${SMUGGLED}${END}`.length - 1) + 1)
  })

  it('a bare LF or CR ends no command either: what is glued by one is a single unknown command', async () => {
    await withSink({}, async (where) => {
      const client = await RawClient.greeted(where)
      assert.equal(await client.say('NOOP\nNOOP\r\nNOOP\rNOOP\r\nNOOP\r\n', 3), '500 500 250')
      assert.equal(await client.say('VRFY\nQUIT\r\nQUIT\r\n', 2), '500 221')
      assert.equal(await client.end(), '')
    })
  })
})

describe('a sink that is lenient on purpose', () => {
  // What it takes for an end, cut anywhere: then the rest is commands, and the smuggled message is one.
  for (const falseEnd of ['\n.\n', '\r.\r', '\r\n.\n', '\n.\r\n']) {
    it(`${JSON.stringify(falseEnd)} ends a message, and the smuggled one is accepted`, async () => {
      const content = contentWith(falseEnd)
      const first = content.indexOf(falseEnd)
      const target = await startSink({ ...planOfSink({}), lenientEod: true })
      try {
        const client = await RawClient.greeted(target)
        for (let cut = first; cut <= first + falseEnd.length; cut++) {
          assert.equal(await client.say(`${ENVELOPE}DATA\r\n`, 3), '250 250 354')
          await client.sendCut(Buffer.from(content.slice(0, cut), 'latin1'), cut)
          await client.sendCut(Buffer.from(content.slice(cut) + END, 'latin1'), content.length)
          assert.equal(await client.hear(5), '250 250 250 354 250')
        }
        assert.equal(await client.say('QUIT\r\n', 1), '221')
      } finally {
        await target.stop()
      }
      assert.equal(target.totals().messages, 2 * (falseEnd.length + 1))
    })
  }

  it('takes the true end too, and not everything that looks like one', async () => {
    const target = await startSink({ ...planOfSink({}), lenientEod: true })
    try {
      const client = await RawClient.greeted(target)
      const content = `a${END}`
      assert.equal(await client.say(`${ENVELOPE}DATA\r\n${content}`, 4), '250 250 354 250')
      assert.equal(
        await client.say(`${ENVELOPE}DATA\r\nx\n..\nx\n.x\nx.\n\r\n .\r\n${content}NOOP\r\n`, 5),
        '250 250 354 250 250',
      )
      assert.equal(await client.say('QUIT\r\n', 1), '221')
      assert.equal(await client.end(), '')
    } finally {
      await target.stop()
    }
    assert.equal(target.totals().messages, 2)
  })
})
