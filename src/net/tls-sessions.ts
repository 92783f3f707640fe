/** TLS sessions that may be resumed, of one server and one thread, and which handshake resumes one. */

/** More than these are not kept, and not even taken from OpenSSL. */
const KEPT = 64

export class TlsSessions {
  private readonly share: number | null
  /** Not used yet, the newest last: a TLS 1.3 ticket is to be used once (RFC 8446 section C.4). */
  private readonly unused: Buffer[] = []
  /** What is offered when there is nothing else: servers of TLS 1.2 give one session for many connections. */
  private last: Buffer | null = null
  private handshakes = 0
  private offered = 0

  /** `share` of the handshakes resume a session; null: all that can. */
  constructor(share: number | null) {
    this.share = share
  }

  /** Whether another session is of use. */
  get wanted(): boolean {
    return this.share !== 0 && this.unused.length < KEPT
  }

  /** What a handshake that now begins offers; null: nothing. A share that could not be kept to is caught up with. */
  next(): Buffer | null {
    this.handshakes++
    if (this.share !== null && this.offered >= this.share * this.handshakes) return null
    const session = this.unused.pop() ?? this.last
    if (session === null) return null
    this.last = session
    this.offered++
    return session
  }

  /** The server did not take it. */
  refused(session: Buffer): void {
    this.offered--
    if (this.last === session) this.last = null
  }

  keep(session: Buffer): void {
    if (this.wanted) this.unused.push(withoutCertificate(session))
  }
}

/** `[3] EXPLICIT Certificate` in OpenSSL's SSL_SESSION. */
const PEER = 0xa3

/**
 * An SSL_SESSION in DER without the server's certificate. It is not needed to resume, and reading its key takes OpenSSL 3 a fifth of
 * the CPU of a resumed handshake. What is not understood is left as it is.
 */
export function withoutCertificate(session: Buffer): Buffer {
  const outer = elementAt(session, 0)
  if (outer === null || session[0] !== 0x30 || outer.end !== session.length) return session
  for (let at = outer.start; at < session.length; ) {
    const element = elementAt(session, at)
    if (element === null) return session
    if (session[at] === PEER) {
      const rest = Buffer.concat([session.subarray(outer.start, at), session.subarray(element.end)])
      return Buffer.concat([sequenceHead(rest.length), rest])
    }
    at = element.end
  }
  return session
}

/** Where the contents of the element at `at` begin and end; null: not in this buffer. */
function elementAt(der: Buffer, at: number): { readonly start: number; readonly end: number } | null {
  let start = at + 2
  let length = der[at + 1] ?? 0
  if (length > 0x7f) {
    const octets = length & 0x7f
    if (octets === 0 || octets > 4 || start + octets > der.length) return null
    length = der.readUIntBE(start, octets)
    start += octets
  }
  const end = start + length
  return start <= der.length && end <= der.length ? { start, end } : null
}

function sequenceHead(length: number): Buffer {
  const octets: number[] = []
  for (let rest = length; rest > 0; rest >>>= 8) octets.unshift(rest & 0xff)
  return Buffer.from(length < 0x80 ? [0x30, length] : [0x30, 0x80 | octets.length, ...octets])
}
