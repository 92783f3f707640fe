import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import { type SinkHandle, type SinkOptions, sink } from '#src/index.js'
import { RawClient } from '../peer/raw-client.js'

const KiB = 1024
const MiB = 1024 * KiB
const MAIL = 'MAIL FROM:<a@b.test>\r\n'
const RCPT = 'RCPT TO:<c@d.test>\r\n'
const ENVELOPE = MAIL + RCPT

/** So many octets that would be anything but content if they were taken for commands or for an end of data. */
function content(size: number): Buffer {
  return Buffer.alloc(size, 'QUIT\r\n.\r\nRSET\r\n\0\xff\n.\n', 'latin1')
}

function chunk(octets: Buffer, last = false): Buffer {
  return Buffer.concat([Buffer.from(`BDAT ${octets.length}${last ? ' LAST' : ''}\r\n`), octets])
}

function bytes(...parts: (string | Buffer)[]): Buffer {
  return Buffer.concat(parts.map((part) => (typeof part === 'string' ? Buffer.from(part, 'latin1') : part)))
}

const times = (code: string, count: number) => Array.from({ length: count }, () => code).join(' ')

/** Runs `body` with a greeted client that has said EHLO (LHLO), and then asserts what the sink has counted. */
async function conversation(
  options: SinkOptions,
  counted: { messages: number; recipients?: number; rejected?: number },
  body: (client: RawClient, target: SinkHandle) => Promise<void>,
): Promise<void> {
  const target = await sink(options)
  try {
    const client = await RawClient.greeted(target)
    assert.equal(await client.say(options.lmtp ? 'LHLO c\r\n' : 'EHLO c\r\n', 1), '250')
    await body(client, target)
    assert.equal(await client.say('NOOP\r\nQUIT\r\n', 2), '250 221', 'still in step')
    assert.equal(await client.end(), '')
  } finally {
    const { messages, recipients, rejected } = await target.stop()
    const { messages: all } = counted
    assert.deepEqual(
      { messages, recipients, rejected },
      { messages: all, recipients: counted.recipients ?? all, rejected: counted.rejected ?? 0 },
    )
  }
}

describe('chunks over a socket (RFC 3030)', () => {
  it('of every size from 1 octet to 1 MiB, each answered by its own 250', async () => {
    await conversation({}, { messages: 1 }, async (client) => {
      assert.equal(await client.say(ENVELOPE, 2), '250 250')
      const sizes = [
        1,
        2,
        3,
        5,
        100,
        998,
        KiB - 1,
        KiB,
        4 * KiB + 1,
        64 * KiB - 1,
        64 * KiB,
        64 * KiB + 1,
        300_000,
        MiB,
      ]
      for (const size of sizes) assert.equal(await client.say(chunk(content(size)), 1), '250', `${size} octets`)
      assert.equal(await client.say(chunk(content(1), true), 1), '250')
    })
  })

  it('a message of nothing but 1-octet chunks, all in one write', async () => {
    await conversation({}, { messages: 1 }, async (client) => {
      const one = chunk(content(1))
      const many = Buffer.concat(Array.from({ length: 3000 }, () => one))
      assert.equal(await client.say(bytes(ENVELOPE, many, chunk(content(1), true)), 3003), times('250', 3003))
    })
  })

  it('a message of one chunk of 1 MiB, sent whole and in small pieces', async () => {
    await conversation({}, { messages: 2 }, async (client) => {
      const message = bytes(ENVELOPE, chunk(content(MiB), true))
      assert.equal(await client.say(message, 3), '250 250 250')
      await client.sendCut(message, 1447)
      assert.equal(await client.hear(3), '250 250 250')
    })
  })

  it('LAST with 0 octets ends a message, and is a message by itself', async () => {
    await conversation({}, { messages: 3 }, async (client) => {
      assert.equal(await client.say(bytes(ENVELOPE, chunk(content(700)), 'BDAT 0 LAST\r\n'), 4), times('250', 4))
      assert.equal(await client.say(`${ENVELOPE}BDAT 0 LAST\r\n`, 3), times('250', 3))
      assert.equal(await client.say(`${ENVELOPE}BDAT 0\r\nBDAT 0\r\nBDAT 0 LAST\r\n`, 5), times('250', 5))
    })
  })

  it('takes the words in any case, with blanks around them', async () => {
    await conversation({}, { messages: 2 }, async (client) => {
      assert.equal(await client.say(`${ENVELOPE}bdat 3\r\nabcBdAt   2  last \r\nde`, 4), times('250', 4))
      assert.equal(await client.say(`${ENVELOPE}BDAT 000000000003 LAST\r\nabc`, 3), times('250', 3))
    })
  })

  it('knows no lines: a chunk may end inside one, and a command follows its last octet at once', async () => {
    await conversation({}, { messages: 1 }, async (client) => {
      assert.equal(
        await client.say(`${ENVELOPE}BDAT 2\r\n\r\nBDAT 3\r\n.\r\nBDAT 1\r\n\rBDAT 1 LAST\r\n\n`, 6),
        times('250', 6),
      )
    })
  })

  it('16 transactions in one write, between others by DATA', async () => {
    await conversation({}, { messages: 17 + 2 }, async (client) => {
      const one = bytes(ENVELOPE, chunk(content(KiB)), chunk(content(10), true))
      assert.equal(await client.say(Buffer.concat(Array.from({ length: 16 }, () => one)), 64), times('250', 64))
      const data = `${ENVELOPE}DATA\r\nx\r\n.\r\n`
      assert.equal(await client.say(bytes(data, one, data), 12), `250 250 354 250 ${times('250', 4)} 250 250 354 250`)
    })
  })

  it('the same replies however the octets are cut', async () => {
    const said = bytes(ENVELOPE, chunk(content(40)), 'BDAT x\r\n', chunk(content(7), true), 'BDAT 0 LAST\r\n', MAIL)
    const replies = '250 250 250 501 250 503 250'
    await conversation({}, { messages: 12, rejected: 24 }, async (client) => {
      for (let size = 1; size <= 12; size++) {
        await client.sendCut(said, size)
        assert.equal(await client.hear(7), replies, `in pieces of ${size}`)
        assert.equal(await client.say('RSET\r\n', 1), '250')
      }
    })
  })

  it('one reply for each recipient after the last chunk in LMTP, one for each chunk before', async () => {
    await conversation({ lmtp: true }, { messages: 2, recipients: 6 }, async (client) => {
      const three = bytes(MAIL, RCPT, RCPT, RCPT)
      assert.equal(
        await client.say(bytes(three, chunk(content(9)), chunk(content(9)), chunk(content(9), true)), 9),
        times('250', 9),
      )
      assert.equal(await client.say(bytes(three, 'BDAT 0 LAST\r\n'), 7), times('250', 7))
    })
  })
})

describe('chunks that are not as they should be', () => {
  it('behind DATA are content, and DATA behind them is refused without harm', async () => {
    await conversation({}, { messages: 2, rejected: 3 }, async (client) => {
      assert.equal(await client.say(`${ENVELOPE}DATA\r\nBDAT 4 LAST\r\nabcd\r\n.\r\n`, 4), '250 250 354 250')
      // The transaction is over with DATA, so this one has none; its octets are no command all the same.
      assert.equal(await client.say('BDAT 6 LAST\r\nQUIT\r\n', 1), '503')
      assert.equal(await client.say(bytes(ENVELOPE, chunk(content(20))), 3), '250 250 250')
      assert.equal(await client.say('DATA\r\n', 1), '503')
      assert.equal(await client.say(`${RCPT}`, 1), '503', 'no recipient once the content has begun')
      assert.equal(await client.say(chunk(content(20), true), 1), '250')
    })
  })

  it('after RSET in the middle there is no transaction to go on with', async () => {
    await conversation({}, { messages: 1, rejected: 1 }, async (client) => {
      assert.equal(await client.say(bytes(ENVELOPE, chunk(content(20)), 'RSET\r\n'), 4), times('250', 4))
      assert.equal(await client.say(chunk(content(20), true), 1), '503')
      assert.equal(await client.say(bytes(ENVELOPE, chunk(content(20), true)), 3), '250 250 250')
    })
  })

  it('without MAIL or RCPT are read to their end, then refused', async () => {
    await conversation({}, { messages: 0, rejected: 3 }, async (client) => {
      assert.equal(await client.say(chunk(content(100_000)), 1), '503')
      assert.equal(await client.say(bytes(MAIL, chunk(content(100_000), true)), 2), '250 503')
      assert.equal(await client.say('BDAT 0 LAST\r\n', 1), '503')
      assert.equal(await client.say('RSET\r\n', 1), '250')
    })
  })

  const wrong = [
    '',
    ' ',
    ' x',
    ' -1',
    ' +1',
    ' 1x',
    ' 0x10',
    ' 1.5',
    ' 1 FIRST',
    ' 1 LAST x',
    ' 1LAST',
    ' LAST',
    ' LAST 1',
    ' 99999999999999999999',
  ]
  it('with a wrong argument take no octets', async () => {
    await conversation({}, { messages: 1, rejected: wrong.length }, async (client) => {
      assert.equal(await client.say(ENVELOPE, 2), '250 250')
      for (const argument of wrong) {
        assert.equal(await client.say(`BDAT${argument}\r\nNOOP\r\n`, 2), '501 250', `BDAT${argument}`)
      }
      assert.equal(await client.say(chunk(content(5), true), 1), '250')
    })
  })

  it('that announce more than they bring end with the connection, and no message', async () => {
    await conversation({}, { messages: 0 }, async (_client, target) => {
      for (const announced of ['11', '11 LAST', '999999999999999 LAST']) {
        const other = await RawClient.greeted(target)
        assert.equal(await other.say(`${ENVELOPE}BDAT ${announced}\r\n0123456789`, 2), '250 250')
        other.socket.end()
        assert.equal(await other.end(), '')
      }
    })
  })

  it('that announce less than they bring leave commands', async () => {
    await conversation({}, { messages: 1, rejected: 1 }, async (client) => {
      assert.equal(await client.say(`${ENVELOPE}BDAT 4 LAST\r\nabcdefgh\r\n`, 4), '250 250 250 500')
    })
  })

  it('beyond the size limit fail at once, and all the rest of their message with them', async () => {
    await conversation({ maxSize: 1000 }, { messages: 2, rejected: 6 }, async (client) => {
      assert.equal(await client.say(bytes(ENVELOPE, chunk(content(1000), true)), 3), '250 250 250')
      assert.equal(await client.say(bytes(ENVELOPE, chunk(content(1001), true)), 3), '250 250 552')
      const rest = bytes(ENVELOPE, chunk(content(600)), chunk(content(600)), chunk(content(1)), chunk(content(1), true))
      assert.equal(await client.say(rest, 6), '250 250 250 552 503 503')
      // Whatever was declared, what comes is counted.
      const declared = bytes('MAIL FROM:<a@b.test> SIZE=10\r\n', RCPT, chunk(content(1000)), chunk(content(1), true))
      assert.equal(await client.say(declared, 4), '250 250 250 552')
      assert.equal(await client.say('MAIL FROM:<a@b.test> SIZE=1001\r\n', 1), '552')
      assert.equal(await client.say(bytes(ENVELOPE, chunk(content(1), true)), 3), '250 250 250')
    })
  })

  it('where CHUNKING is not announced are unknown, and their octets commands', async () => {
    await conversation({ noChunking: true }, { messages: 1, rejected: 2 }, async (client) => {
      assert.equal(await client.say(`${ENVELOPE}BDAT 6\r\nabcd\r\nDATA\r\n.\r\n`, 6), '250 250 502 500 354 250')
    })
  })
})
