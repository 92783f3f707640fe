import assert from 'node:assert/strict'
import { createHash, randomBytes, X509Certificate } from 'node:crypto'
import { once } from 'node:events'
import net from 'node:net'
import { Duplex } from 'node:stream'
import { after, before, describe, it } from 'node:test'
import tls from 'node:tls'
import { generate } from 'selfsigned'
import { acceptInto } from '#src/net/accepted.js'
import { quickCertificate } from '#src/net/quick-certificate.js'
import { type Handshake, ServerTls, type TlsIdentity } from '#src/net/server-tls.js'
import type { SinkTlsPlan } from '#src/plan/sink-plan.js'

const PLAN: SinkTlsPlan = {
  mode: 'starttls',
  identity: null,
  minVersion: null,
  maxVersion: null,
  ciphers: null,
  clientCa: null,
}

interface Setup {
  readonly plan?: Partial<SinkTlsPlan>
  readonly wrap?: boolean
  readonly bufferSize?: number
  readonly timeoutMs?: number
  /** What a read through TLS answers; true unless given. */
  readonly more?: (octets: Buffer, socket: net.Socket) => boolean
}

let identity: TlsIdentity

before(async () => {
  identity = { ...(await quickCertificate('mx.example')), ticketKeys: randomBytes(48) }
})

/** A server that secures a connection at once, or when a line STARTTLS has come; what is read through TLS is written down and sent back. */
class Receiver {
  readonly server = net.createServer()
  readonly sockets: net.Socket[] = []
  readonly handshakes: Handshake[] = []
  readonly errors: Error[] = []
  secured = 0
  heard = ''
  #closed = 0
  #wake = (): void => {}

  static async start(setup: Setup = {}): Promise<Receiver> {
    const receiver = new Receiver()
    await receiver.#listen(setup)
    return receiver
  }

  get port(): number {
    return (this.server.address() as net.AddressInfo).port
  }

  async #listen({ plan, wrap = true, bufferSize = 65536, timeoutMs = 10_000, more }: Setup): Promise<void> {
    const buffer = Buffer.alloc(bufferSize)
    const receiver = this
    const full: SinkTlsPlan = { ...PLAN, ...plan }
    function onRead(this: net.Socket, length: number, read: Buffer): boolean {
      assert.equal(read, buffer)
      const octets = Buffer.from(read.subarray(0, length))
      if (this instanceof tls.TLSSocket) {
        receiver.heard += octets.toString('latin1')
        receiver.#wake()
        if (more !== undefined) return more(octets, this)
        this.write(octets)
        return true
      }
      // As the sink does it: what came behind the command is forgotten.
      if (!octets.toString('latin1').startsWith('STARTTLS\r\n')) return true
      this.write('220 go\r\n')
      receiver.#secure(tlsOfThread, this)
      return true
    }
    const tlsOfThread = new ServerTls({
      plan: full,
      identity,
      handshakeTimeoutMs: timeoutMs,
      buffer,
      onRead,
      onHandshake: (handshake) => this.handshakes.push(handshake),
    })
    const onSocket = (socket: net.Socket): void => {
      this.sockets.push(socket)
      socket.on('error', () => {})
      if (full.mode === 'implicit') this.#secure(tlsOfThread, socket)
    }
    this.server.listen(0, '127.0.0.1')
    await once(this.server, 'listening')
    acceptInto(this.server, buffer, onRead, onSocket, wrap)
  }

  #secure(security: ServerTls, plain: net.Socket): void {
    const socket = security.secure(plain, (secured) => {
      assert.equal(secured, socket)
      this.secured++
    })
    this.sockets.push(socket)
    socket.on('error', () => {})
    socket.on('close', () => {
      this.#closed++
      this.#wake()
    })
  }

  /** Waits until so many TLS sockets have closed. */
  async closed(count: number): Promise<void> {
    while (this.#closed < count) await this.#next()
  }

  async hears(length: number): Promise<void> {
    while (this.heard.length < length) await this.#next()
  }

  #next(): Promise<void> {
    return new Promise((resolve) => {
      this.#wake = resolve
    })
  }

  async close(): Promise<void> {
    for (const socket of this.sockets) socket.destroy()
    this.server.close()
    await once(this.server, 'close')
  }
}

const open: { destroy(): unknown }[] = []
const receivers: Receiver[] = []
after(async () => {
  for (const one of open) one.destroy()
  for (const one of receivers) await one.close()
})

async function receive(setup?: Setup): Promise<Receiver> {
  const receiver = await Receiver.start(setup)
  receivers.push(receiver)
  return receiver
}

async function plainClient({ port }: Receiver): Promise<net.Socket> {
  const socket = net.connect(port, '127.0.0.1')
  socket.on('error', () => {})
  open.push(socket)
  await once(socket, 'connect')
  return socket
}

/** A client in a TLS session; rejects when the handshake fails. */
async function tlsClient(receiver: Receiver, options: tls.ConnectionOptions = {}): Promise<tls.TLSSocket> {
  const plain = await plainClient(receiver)
  return upgrade(plain, options)
}

async function upgrade(socket: net.Socket, options: tls.ConnectionOptions = {}): Promise<tls.TLSSocket> {
  const client = tls.connect({ socket, ca: identity.cert, servername: 'mx.example', ...options })
  open.push(client)
  await once(client, 'secureConnect')
  client.on('error', () => {})
  return client
}

async function startTls(receiver: Receiver, behind = ''): Promise<tls.TLSSocket> {
  const plain = await plainClient(receiver)
  plain.write(`STARTTLS\r\n${behind}`)
  const [reply] = (await once(plain, 'data')) as [Buffer]
  assert.equal(reply.toString(), '220 go\r\n')
  return upgrade(plain)
}

async function echo(client: tls.TLSSocket, text: string): Promise<string> {
  client.write(text)
  let heard = ''
  while (heard.length < text.length) heard += ((await once(client, 'data')) as [Buffer])[0].toString('latin1')
  return heard
}

describe('the quick certificate', () => {
  it('is for the host, localhost and the loopback addresses, P-256, valid now, with its own key', async () => {
    const { cert, key } = await quickCertificate('mx.example')
    const certificate = new X509Certificate(cert)
    for (const name of ['mx.example', 'localhost']) assert.equal(certificate.checkHost(name), name)
    for (const address of ['127.0.0.1', '::1']) assert.equal(certificate.checkIP(address), address)
    assert.equal(certificate.publicKey.asymmetricKeyDetails?.namedCurve, 'prime256v1')
    assert.ok(certificate.verify(certificate.publicKey))
    assert.ok(Date.parse(certificate.validFrom) < Date.now() && Date.parse(certificate.validTo) > Date.now())
    assert.doesNotThrow(() => tls.createSecureContext({ cert, key }))
  })

  for (const [hostname, subject] of [
    ['[192.0.2.1]', 'CN=localhost'],
    ['[IPv6:2001:db8::1]', 'CN=localhost'],
    ['', 'CN=localhost'],
    ['bl anks, and=signs', 'CN=localhost'],
    [`${'long.'.repeat(20)}example`, 'CN=localhost'],
    ['smtp-sink', 'CN=smtp-sink'],
  ] as const) {
    it(`can be made for '${hostname}'`, async () => {
      const certificate = new X509Certificate((await quickCertificate(hostname)).cert)
      assert.equal(certificate.subject, subject)
      assert.equal(certificate.checkHost('localhost'), 'localhost')
      if (hostname === '[192.0.2.1]') assert.equal(certificate.checkIP('192.0.2.1'), '192.0.2.1')
      if (hostname.startsWith('long.')) assert.equal(certificate.checkHost(hostname), hostname)
    })
  }
})

describe('TLS on accepted connections', () => {
  for (const wrap of [true, false]) {
    describe(wrap ? 'that read into the shared buffer' : "that read by 'data' events", () => {
      it('forgets what came behind STARTTLS in its segment, and reads what comes through TLS', async () => {
        const receiver = await receive({ wrap })
        const client = await startTls(receiver, 'NOOP\r\n')
        assert.equal(await echo(client, 'EHLO c\r\n'), 'EHLO c\r\n')
        assert.equal(receiver.heard, 'EHLO c\r\n')
        assert.equal(receiver.secured, 1)
        assert.deepEqual(receiver.handshakes, ['full'])
        client.end()
        await receiver.closed(1)
        assert.deepEqual(receiver.handshakes, ['full'])
      })

      it('begins with it', async () => {
        const receiver = await receive({ wrap, plan: { mode: 'implicit' } })
        const client = await tlsClient(receiver)
        assert.equal(await echo(client, 'x'), 'x')
        assert.equal(client.authorized, true)
      })

      it('keeps the order when reading stops and goes on, with a buffer smaller than a record', async () => {
        const sent = randomBytes(300_000)
        const hash = createHash('sha256')
        let length = 0
        const receiver = await receive({
          wrap,
          bufferSize: 1000,
          plan: { mode: 'implicit' },
          more: (octets, socket) => {
            hash.update(octets)
            length += octets.length
            if (length % 3 === 0) return true
            setImmediate(() => socket.resume())
            return false
          },
        })
        const client = await tlsClient(receiver)
        client.write(sent)
        await receiver.hears(sent.length)
        assert.equal(length, sent.length)
        assert.equal(hash.digest('hex'), createHash('sha256').update(sent).digest('hex'))
      })
    })
  }

  it('reads nothing while it is stopped', async () => {
    let reads = 0
    const receiver = await receive({ plan: { mode: 'implicit' }, more: () => ++reads < 0 })
    const client = await tlsClient(receiver)
    client.write('a')
    await receiver.hears(1)
    client.write(Buffer.alloc(200_000))
    for (let turn = 0; turn < 50; turn++) await new Promise((resolve) => setImmediate(resolve))
    assert.equal(reads, 1)
    const socket = receiver.sockets.find((one) => one instanceof tls.TLSSocket)!
    socket.resume()
    await receiver.hears(2)
    assert.ok(reads > 1)
  })

  for (const version of ['TLSv1.2', 'TLSv1.3'] as const) {
    it(`speaks ${version} when told so, and resumes a session that another thread began`, async () => {
      const plan = { mode: 'implicit', minVersion: version, maxVersion: version } as const
      const [first, second] = [await receive({ plan }), await receive({ plan })]
      const client = await tlsClient(first)
      assert.equal(client.getProtocol(), version)
      let session = client.getSession()
      client.on('session', (newer) => {
        session = newer
      })
      // TLS 1.3 tickets come behind the handshake, and with the first read at the latest.
      assert.equal(await echo(client, 'x'), 'x')
      const again = await tlsClient(second, { session: session! })
      assert.equal(await echo(again, 'y'), 'y')
      assert.equal(again.isSessionReused(), true)
      assert.deepEqual([first.handshakes, second.handshakes], [['full'], ['resumed']])
      const other = version === 'TLSv1.2' ? 'TLSv1.3' : 'TLSv1.2'
      await assert.rejects(tlsClient(second, { minVersion: other, maxVersion: other }))
      await second.closed(1)
      assert.deepEqual(second.handshakes, ['resumed', 'failed'])
    })
  }

  it('offers the ciphers it was told', async () => {
    const receiver = await receive({
      plan: { mode: 'implicit', maxVersion: 'TLSv1.2', ciphers: 'ECDHE-ECDSA-AES256-GCM-SHA384' },
    })
    const client = await tlsClient(receiver)
    assert.equal(client.getCipher().name, 'ECDHE-ECDSA-AES256-GCM-SHA384')
    await assert.rejects(tlsClient(receiver, { ciphers: 'ECDHE-ECDSA-AES128-GCM-SHA256' }))
    await receiver.closed(1)
    assert.deepEqual(receiver.handshakes, ['full', 'failed'])
    await assert.rejects(receive({ plan: { ciphers: 'NONESUCH' } }), /no cipher match/)
  })

  describe('that asks for client certificates', () => {
    const version = ['TLSv1.2', 'TLSv1.3'] as const
    let ca: { cert: string; private: string }
    let good: { cert: string; private: string }
    let bad: { cert: string; private: string }

    before(async () => {
      const authority = {
        keyType: 'ec' as const,
        algorithm: 'sha256',
        extensions: [{ name: 'basicConstraints' as const, cA: true }],
      }
      const leaf = {
        keyType: 'ec' as const,
        algorithm: 'sha256',
        extensions: [{ name: 'extKeyUsage' as const, clientAuth: true }],
      }
      ca = await generate([{ name: 'commonName', value: 'CA' }], authority)
      const other = await generate([{ name: 'commonName', value: 'another' }], authority)
      const sign = (by: typeof ca) =>
        generate([{ name: 'commonName', value: 'client' }], {
          ...leaf,
          ca: { key: by.private, cert: by.cert },
        })
      good = await sign(ca)
      bad = await sign(other)
    })

    for (const maxVersion of version) {
      it(`takes one that is signed as it should be, and no other, with ${maxVersion}`, async () => {
        const receiver = await receive({ plan: { mode: 'implicit', clientCa: ca.cert, maxVersion } })
        const client = await tlsClient(receiver, { cert: good.cert, key: good.private })
        let session = client.getSession()
        client.on('session', (newer) => {
          session = newer
        })
        assert.equal(await echo(client, 'x'), 'x')
        const again = await tlsClient(receiver, { cert: good.cert, key: good.private, session: session! })
        assert.equal(await echo(again, 'x'), 'x')
        assert.deepEqual(receiver.handshakes, ['full', 'resumed'])
        // With TLS 1.3 the client is through before the server has looked; it then loses the connection.
        for (const given of [{}, { cert: bad.cert, key: bad.private }]) {
          await tlsClient(receiver, given)
            .then((socket) => once(socket.resume(), 'close'))
            .catch(() => {})
        }
        await receiver.closed(2)
        assert.deepEqual(receiver.handshakes, ['full', 'resumed', 'failed', 'failed'])
        assert.equal(receiver.secured, 2)
        assert.equal(receiver.heard, 'xx')
      })
    }
  })

  it('counts a handshake of garbage, and one that is broken off, once each', async () => {
    const receiver = await receive({ plan: { mode: 'implicit' } })
    const garbage = await plainClient(receiver)
    garbage.write('EHLO client.example\r\n')
    await receiver.closed(1)
    const broken = await plainClient(receiver)
    // The head of a handshake record whose body never comes.
    broken.write(Buffer.of(22, 3, 1, 2, 0, 1))
    broken.end()
    await receiver.closed(2)
    const reset = await plainClient(receiver)
    reset.write(Buffer.of(22))
    reset.resetAndDestroy()
    await receiver.closed(3)
    assert.deepEqual(receiver.handshakes, ['failed', 'failed', 'failed'])
    assert.equal(receiver.secured, 0)
  })

  it('ends a handshake that does not end by itself', async () => {
    const receiver = await receive({ timeoutMs: 60 })
    const client = await plainClient(receiver)
    client.write('STARTTLS\r\n')
    client.resume()
    await Promise.all([once(client, 'close'), receiver.closed(1)])
    assert.deepEqual(receiver.handshakes, ['failed'])
  })

  it('closes a session whose records are no records any more', async () => {
    const receiver = await receive({ plan: { mode: 'implicit' } })
    const plain = await plainClient(receiver)
    // Not a socket to Node, so that the one below can still be written to.
    const client = await upgrade(Duplex.from({ readable: plain, writable: plain }) as net.Socket)
    assert.equal(await echo(client, 'x'), 'x')
    // The head of an application record, and a tag that cannot be right.
    plain.write(Buffer.concat([Buffer.of(23, 3, 3, 0, 32), Buffer.alloc(32)]))
    await receiver.closed(1)
    assert.deepEqual(receiver.handshakes, ['full'])
    assert.equal(receiver.heard, 'x')
  })

  it('does not begin on a connection that has gone', async () => {
    const receiver = await receive()
    const client = await plainClient(receiver)
    while (receiver.sockets.length === 0) await new Promise((resolve) => setImmediate(resolve))
    const [plain] = receiver.sockets
    plain!.destroy()
    const security = new ServerTls({
      plan: PLAN,
      identity,
      handshakeTimeoutMs: 1000,
      buffer: Buffer.alloc(10),
      onRead: () => true,
      onHandshake: () => assert.fail('no handshake began'),
    })
    assert.throws(() => security.secure(plain!, () => {}), /gone/)
    client.destroy()
  })
})
