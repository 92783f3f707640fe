import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import { TransactionGlance } from '#src/smtp/transaction-glance.js'

/** Position of the content and its octets, or null; with others before and behind. */
function glance(transaction: string, before = '', behind = ''): [number, number] | null {
  const finder = new TransactionGlance()
  const buffer = Buffer.from(before + transaction + behind, 'latin1')
  const at = finder.find(buffer, before.length, before.length + transaction.length)
  return at < 0 ? null : [at - before.length, finder.octets]
}

const LINES = 'MAIL FROM:<a@b>\r\nRCPT TO:<c@d>\r\nBDAT 5 LAST\r\n'

describe('a glance at a transaction', () => {
  it('finds where its content begins and how long it is', () => {
    assert.deepEqual(glance(`${LINES}hello`), [LINES.length, 5])
    assert.deepEqual(glance(`${LINES}helloMAIL`), [LINES.length, 5])
    assert.deepEqual(glance(`${LINES}hello`, 'QUIT', 'MAIL'), [LINES.length, 5])
    assert.deepEqual(glance('MAIL FROM:<a>\r\nRCPT TO:<b>\r\nBDAT 0 LAST\r\n'), [41, 0])
    for (let octets = 1; octets < 70; octets++) {
      const lines = `MAIL FROM:<${'m'.repeat(octets)}>\r\nRCPT TO:<${'r'.repeat(70 - octets)}>\r\nBDAT ${octets} LAST\r\n`
      assert.deepEqual(glance(lines + 'x'.repeat(octets)), [lines.length, octets])
    }
  })

  it('sees the end of what has come, whatever lies behind', () => {
    for (const mail of ['a@b', 'a'.repeat(60)]) {
      const whole = `${LINES.replace('a@b', mail)}hello`
      for (let cut = 0; cut < whole.length; cut++) {
        assert.equal(glance(whole.slice(0, cut)), null)
        assert.equal(glance(whole.slice(0, cut), '', whole.slice(cut)), null)
      }
    }
  })

  it('knows no line longer than a command may be', () => {
    const path = (length: number) => `MAIL FROM:<${'a'.repeat(length - 14)}>\r\nRCPT TO:<b>\r\nBDAT 0 LAST\r\n`
    assert.deepEqual(glance(path(2048)), [2048 + 26, 0])
    assert.equal(glance(path(2049)), null)
  })

  it('leaves what is written in another way to others', () => {
    for (const other of [
      LINES.toLowerCase(),
      LINES.replace('MAIL ', 'MAIL  '),
      LINES.replace('FROM:', 'FROMX'),
      LINES.replace('<a@b>', '<>'),
      LINES.replace('<a@b>', 'a@b'),
      LINES.replace('<a@b>', '<a@b> SIZE=5'),
      LINES.replace('<a@b>', `<${'a'.repeat(40)} b>`),
      LINES.replace('<a@b>', '<a@b>\n'),
      LINES.replace('RCPT', 'RSET\r\nRCPT'),
      LINES.replace('RCPT', 'RCPT TO:<e@f>\r\nRCPT'),
      LINES.replace('TO:', 'TO;'),
      LINES.replace('<c@d>', '<c@d> NOTIFY=NEVER'),
      LINES.replace('<c@d>\r', '<c@d>'),
      LINES.replace('BDAT', 'BLAT'),
      LINES.replace('BDAT ', 'BDAT\t'),
      LINES.replace(' LAST', ''),
      LINES.replace('LAST', 'LASH'),
      LINES.replace('LAST\r\n', 'LAST\n\n'),
      LINES.replace('BDAT 5', 'BDAT '),
      LINES.replace('BDAT 5', 'BDAT 5,'),
      LINES.replace('BDAT 5', 'BDAT 0000000005'),
    ]) {
      assert.equal(glance(`${other}hello, and more than enough`), null, other)
    }
  })
})
