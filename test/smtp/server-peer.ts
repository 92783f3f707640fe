/** A client that knows a Server without a socket: it says octets and reads replies, waits, handshakes and ends. */
import { SINK_COUNTERS } from '#src/measure/series.js'
import { Server, type ServerOptions } from '#src/smtp/server.js'
import { Ending, type Peer, Wait } from '#src/smtp/server-machine.js'
import type { Output } from '#src/smtp/server-output.js'
import type { Presence } from '#src/smtp/server-presence.js'
import { Mode, type ServerSession } from '#src/smtp/server-session.js'

export const PLAIN: Presence = { protocol: 'smtp', hostname: 'sink.example', maxSize: null, without: [] }
export const LMTP: Presence = { ...PLAIN, protocol: 'lmtp' }
export const MAIL = 'MAIL FROM:<a@b>\r\n'
export const RCPT = 'RCPT TO:<c@d>\r\n'

const CLIENT: Peer = { address: '192.0.2.1', family: 4 }

/** Collects replies through a buffer that is barely large enough, so that it overflows often. */
class Collector implements Output {
  view = new DataView(new ArrayBuffer(1024))
  readonly size = 1024
  length = 0
  text = ''

  flush(): void {
    this.text += Buffer.from(this.view.buffer, 0, this.length).toString('latin1')
    this.length = 0
    // Whoever owns it may put another one in its place.
    this.view = new DataView(new ArrayBuffer(1024))
  }
}

export class ServerPeer {
  readonly counters = new Float64Array(SINK_COUNTERS.length)
  readonly server: Server
  readonly session: ServerSession
  readonly out = new Collector()
  /** Told about the end already. */
  ended = false

  constructor(options: Partial<ServerOptions> = {}) {
    this.server = new Server({ presence: PLAIN, counters: this.counters, ...options })
    this.session = this.server.open(this.server.wantsPeer ? CLIENT : null)
  }

  greet(): string {
    this.server.greet(this.session, this.out)
    this.wait()
    return this.read()
  }

  /**
   * The replies to these octets, with `{5 ms}` where it was waited for something, `{tls}` where a handshake took place, which swallows the octets
   * that were said before it, and `{reset}`, `{silent}` or `{polite}` at the end.
   */
  say(octets: string): string {
    const end = octets.length
    // Room for scratch, in which an end of content lies that must not be seen.
    const bytes = Buffer.from(`${octets}\r\n.\r\n`, 'latin1')
    for (let at = 0; at < end; ) {
      at = this.server.consume(this.session, bytes, at, end, this.out)
      if (this.session.wait === Wait.tls) at = end
      this.wait()
    }
    return this.read()
  }

  /** Waits as long as it has to be waited. */
  wait(): void {
    const { session, out } = this
    while (session.wait !== Wait.none) {
      out.flush()
      if (session.wait === Wait.tls) {
        out.text += '{tls}'
        this.server.secured(session)
      } else {
        out.text += `{${session.waitMs} ms}`
        this.server.resume(session, out)
      }
    }
  }

  read(): string {
    const { session, out } = this
    out.flush()
    let { text } = out
    out.text = ''
    if (session.mode === Mode.closed && !this.ended) {
      this.ended = true
      if (session.ending !== Ending.polite) text += session.ending === Ending.reset ? '{reset}' : '{silent}'
    }
    return text
  }

  /** The codes of the replies. */
  codes(octets: string): string {
    return this.say(octets)
      .split('\r\n')
      .filter((line) => line !== '' && line[3] === ' ')
      .map((line) => line.slice(0, 3))
      .join(' ')
  }
}
