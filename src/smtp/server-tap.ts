/** The text of an envelope, for a content tap; made only when there is one. */
import { skipBlanks } from './command-parser.js'
import type { Envelope } from './content-tap.js'

/** Octets of recipients kept for one message: some ten thousand. Without a tap they are only counted. */
const ENVELOPE_LIMIT = 1024 * 1024

/** `FROM:` and `TO:`. */
export const FROM_LENGTH = 5
export const TO_LENGTH = 3

export class GrowingEnvelope implements Envelope {
  readonly mail: string
  readonly rcpt: string[] = []
  readonly helo: string | null
  readonly protocol: 'SMTP' | 'ESMTP' | 'LMTP'
  readonly peer: string
  octets = 0

  constructor(mail: string, helo: string | null, protocol: 'SMTP' | 'ESMTP' | 'LMTP', peer: string) {
    this.mail = mail
    this.helo = helo
    this.protocol = protocol
    this.peer = peer
  }

  /** Whether a recipient of so many octets still fits. */
  holds(octets: number): boolean {
    return this.octets + octets <= ENVELOPE_LIMIT
  }

  add(recipient: string): void {
    // A short text costs more than its octets.
    this.octets += recipient.length + 64
    this.rcpt.push(recipient)
  }
}

/** The argument of MAIL or RCPT behind the `prefix` octets of its keyword. */
export function pathText(buffer: Buffer, at: number, stop: number, prefix: number): string {
  return buffer.toString('latin1', skipBlanks(buffer, at + prefix, stop), stop)
}
