import assert from 'node:assert/strict'
import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { describe, it } from 'node:test'
import { libc } from '#src/net/libc.js'
import { Syslog, stamp } from '#src/net/syslog.js'
import { LogSocket } from '../peer/log-socket.js'

describe('syslog', () => {
  it('writes the time as RFC 3164 has it', () => {
    assert.equal(stamp(new Date(2026, 10, 2, 3, 4, 5)), 'Nov  2 03:04:05')
    assert.equal(stamp(new Date(2026, 0, 22, 13, 14, 15)), 'Jan 22 13:14:15')
  })

  it('needs the C library', () => {
    assert.throws(() => new Syslog('x', '/dev/log', null), { name: 'RunError', message: /koffi/ })
  })

  if (libc() === null) return
  it('tells a logger, one that comes late and one that was started anew, and does not mind when there is none', () => {
    const directory = mkdtempSync(join(tmpdir(), 'stampede-log-'))
    const path = join(directory, 'log')
    const syslog = new Syslog('smtp-sink', path)
    try {
      syslog.write('lost')
      for (const line of ['RCPT TO:<b\xe9>', 'once more']) {
        const logger = new LogSocket(path)
        try {
          syslog.write(line)
          const [told, ...more] = logger.lines()
          assert.match(
            told!,
            new RegExp(`^<22>[A-Z][a-z]{2} [ \\d]\\d \\d\\d:\\d\\d:\\d\\d smtp-sink\\[${process.pid}\\]: ${line}$`),
          )
          assert.deepEqual(more, [])
        } finally {
          logger.close()
        }
        syslog.write('lost')
      }
    } finally {
      syslog.close()
      rmSync(directory, { recursive: true, force: true })
    }
  })
})
