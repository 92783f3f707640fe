/** Enough for the replies to any ordinary read; a socket whose client does not read its replies holds one for as long. */
export const BYTES = 16 * 1024
/** Views are kept for lengths below this; a longer write carries so many replies that one object more is nothing. */
const PARTS = 1024

/** Reply bytes with a view for every usual length that was ever sent, so that a write makes no object. */
export class ReplyBuffer {
  bytes = Buffer.allocUnsafeSlow(BYTES)
  view = new DataView(this.bytes.buffer)
  parts: (Buffer | undefined)[] = new Array(PARTS).fill(undefined)

  part(length: number): Buffer {
    let part = length < PARTS ? this.parts[length] : undefined
    if (part === undefined) {
      part = this.bytes.subarray(0, length)
      if (length < PARTS) this.parts[length] = part
    }
    return part
  }
}
