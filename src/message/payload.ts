/** What stands after the headers: the payload layouts of smtp-source, and `-F` files made fit for the wire. */

const DEFAULT_LINES = 4
const LINE = 80

/** The text sent when neither a size nor a file is given: four numbered lines, 76 octets. */
export function defaultPayload(): Buffer {
  let text = ''
  for (let line = 1; line <= DEFAULT_LINES; line++) text += `La de da de da ${line}.\r\n`
  return Buffer.from(text, 'latin1')
}

/**
 * The payload of `-l size`: `size` octets and one CRLF more. Lines are 80 octets on the wire and start with the last digit of their
 * number; what remains at the end is all `X` and carries no number.
 */
export function sizedPayload(size: number): Buffer {
  const bytes = Buffer.alloc(size + 2, 'X')
  for (let line = 1; line * LINE < size; line++) {
    const start = (line - 1) * LINE
    bytes[start] = 48 + (line % 10)
    bytes.write('\r\n', start + LINE - 2, 'latin1')
  }
  bytes.write('\r\n', size, 'latin1')
  return bytes
}

/**
 * A message file as the wire wants it: every line (ended by LF; the last one may lack it) unchanged but for a CRLF at its end, and one empty
 * line more. With `stuff` a dot that is the first octet of a line is doubled (RFC 5321 section 4.5.2); BDAT wants it single.
 * An empty file is the default text.
 */
export function filePayload(file: Uint8Array, stuff: boolean): Buffer {
  if (file.length === 0) return defaultPayload()
  const source = Buffer.from(file.buffer, file.byteOffset, file.byteLength)
  const pieces: Buffer[] = []
  const crlf = Buffer.from('\r\n', 'latin1')
  const dot = Buffer.from('.', 'latin1')
  for (let start = 0; start < source.length; ) {
    const newline = source.indexOf(10, start)
    const end = newline < 0 ? source.length : newline
    if (stuff && source[start] === 46) pieces.push(dot)
    pieces.push(source.subarray(start, end), crlf)
    start = end + 1
  }
  pieces.push(crlf)
  return Buffer.concat(pieces)
}
