import assert from 'node:assert/strict'
import { once } from 'node:events'
import { connect, type Socket } from 'node:net'
import { describe, it } from 'node:test'
import { type Script, ScriptedServer } from './scripted-server.js'

/** Everything the server says to these octets, sent in pieces of `cut`, until it closes. */
async function talk(
  script: Script,
  octets: string,
  cut = octets.length,
): Promise<{ said: string; server: ScriptedServer }> {
  const server = await ScriptedServer.start(script)
  const socket = dial(server)
  let said = ''
  socket.on('data', (chunk: Buffer) => {
    said += chunk.toString('latin1')
  })
  await once(socket, 'connect')
  socket.setNoDelay(true)
  for (let at = 0; at < octets.length; at += cut) {
    socket.write(octets.slice(at, at + cut), 'latin1')
    await new Promise((resolve) => setImmediate(resolve))
  }
  await once(socket, 'close')
  await server.close()
  return { said, server }
}

function dial(server: ScriptedServer): Socket {
  return connect(server.port, '127.0.0.1')
}

/** Codes of a transcript's last lines. */
function codes(said: string): string {
  return [...said.matchAll(/^(\d{3}) /gm)].map((m) => m[1]).join(' ')
}

const ENVELOPE = 'MAIL FROM:<a>\r\nRCPT TO:<b>\r\n'
const DATA = `EHLO c\r\n${ENVELOPE}DATA\r\nx\r\n..\r\n.\r\n${ENVELOPE}DATA\r\n.\r\nQUIT\r\n`
const BDAT = `EHLO c\r\n${ENVELOPE}BDAT 3\r\nabcBDAT 4 LAST\r\n.\r\nx${ENVELOPE}BDAT 0 LAST\r\nQUIT\r\n`

describe('the scripted server', { concurrency: 4 }, () => {
  it('takes pipelined messages whole and cut at every octet', async () => {
    for (const cut of [DATA.length, 1, 2, 3, 7]) {
      const { said, server } = await talk({ extensions: ['PIPELINING'] }, DATA, cut)
      assert.equal(codes(said), '220 250 250 250 354 250 250 250 354 250 221')
      assert.deepEqual(
        server.records[0]!.messages.map((m) => m.octets.toString()),
        ['x\r\n..\r\n.\r\n', '.\r\n'],
      )
      assert.equal(server.accepted, 2)
      assert.equal(Buffer.concat(server.records[0]!.reads).toString('latin1'), DATA)
    }
  })

  it('takes BDAT chunks whole and cut at every octet', async () => {
    for (const cut of [BDAT.length, 1, 2, 3, 7]) {
      const { said, server } = await talk({ extensions: ['CHUNKING'] }, BDAT, cut)
      assert.equal(codes(said), '220 250 250 250 250 250 250 250 250 221')
      assert.deepEqual(
        server.records[0]!.messages.map((m) => m.octets.toString()),
        ['abc.\r\nx', ''],
      )
    }
  })

  it('knows BDAT only when it offers CHUNKING', async () => {
    const { said } = await talk({}, `EHLO c\r\n${ENVELOPE}BDAT 0 LAST\r\nQUIT\r\n`)
    assert.equal(codes(said), '220 250 250 250 500 221')
  })

  it('answers each accepted recipient in LMTP', async () => {
    const rules: Script['rules'] = [{ stage: 'rcpt', nth: 2, do: [{ reply: '550 no' }] }]
    const three = 'RCPT TO:<1>\r\nRCPT TO:<2>\r\nRCPT TO:<3>\r\n'
    const { said } = await talk({ protocol: 'lmtp', rules }, `LHLO c\r\nMAIL FROM:<a>\r\n${three}DATA\r\n.\r\nQUIT\r\n`)
    assert.equal(codes(said), '220 250 250 250 550 250 354 250 250 221')
  })

  it('keeps its state after a refusal', async () => {
    const rules: Script['rules'] = [{ stage: 'mail', nth: 1, do: [{ reply: '450 later' }] }]
    const { said, server } = await talk(
      { rules },
      `HELO c\r\n${ENVELOPE}DATA\r\nRSET\r\n${ENVELOPE}DATA\r\n.\r\nQUIT\r\n`,
    )
    assert.equal(codes(said), '220 250 450 503 503 250 250 250 354 250 221')
    assert.equal(server.accepted, 1)
  })

  it('closes, half-closes and resets where told', async () => {
    for (const how of ['close', 'half', 'reset'] as const) {
      await using server = await ScriptedServer.start({ rules: [{ stage: 'mail', do: [how] }] })
      const socket = dial(server)
      const seen: string[] = []
      socket.on('end', () => seen.push('end'))
      socket.on('error', (error: NodeJS.ErrnoException) => seen.push(error.code ?? ''))
      socket.resume()
      socket.write('MAIL FROM:<a>\r\n')
      await once(socket, 'close').catch(() => once(socket, 'close'))
      assert.deepEqual(seen, how === 'reset' ? ['ECONNRESET'] : ['end'])
    }
  })

  it('tells a client’s reset from its end of file', async () => {
    await using server = await ScriptedServer.start()
    for (const leave of ['resetAndDestroy', 'end'] as const) {
      const socket = dial(server)
      await once(socket, 'data')
      socket[leave]()
      await once(socket, 'close')
    }
    await server.quiet()
    assert.deepEqual(
      server.records.map((record) => record.ending),
      ['reset', 'fin'],
    )
  })

  it('stops reading and goes on', async () => {
    await using server = await ScriptedServer.start({ rules: [{ stage: 'body', do: ['stall'] }], keep: 1 << 16 })
    const socket = dial(server)
    socket.resume()
    const size = 16 << 20
    socket.write(`HELO c\r\n${ENVELOPE}DATA\r\n`)
    let drained = false
    socket.write(Buffer.alloc(size, 'x'), () => {
      drained = true
    })
    await server.until(() => (server.records[0]?.octets ?? 0) > 100)
    assert.ok(server.records[0]!.octets < size)
    assert.equal(drained, false)
    server.resume()
    socket.end('\r\n.\r\nQUIT\r\n')
    await once(socket, 'close')
    assert.equal(server.records[0]!.messages[0]!.length, size + 5)
  })

  it('pours a reply without end', async () => {
    await using server = await ScriptedServer.start({ rules: [{ stage: 'greeting', do: [{ endless: '220-a' }] }] })
    const socket = dial(server)
    let octets = 0
    socket.on('data', (chunk: Buffer) => {
      octets += chunk.length
      if (octets > 1 << 20) socket.destroy()
    })
    await once(socket, 'close')
    assert.ok(octets > 1 << 20)
  })

  it('greets nobody before all are there', async () => {
    await using server = await ScriptedServer.start({ barrier: 3 })
    const sockets = [dial(server), dial(server)]
    const early: Buffer[] = []
    for (const socket of sockets) socket.on('data', (chunk: Buffer) => early.push(chunk))
    await server.until(() => server.active === 2)
    assert.equal(early.length, 0)
    const greeted = sockets.map((socket) => once(socket, 'data'))
    const third = dial(server)
    await Promise.all([...greeted, once(third, 'data')])
    for (const socket of [...sockets, third]) socket.destroy()
    assert.equal(server.peak, 3)
  })
})
