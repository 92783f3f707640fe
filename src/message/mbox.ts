/** Reads an mbox (RFC 4155): messages behind lines that begin with `From `, and lines of theirs that looked so quoted by `>`. */

const FROM = Buffer.from('From ', 'latin1')
const LF = 10

export function looksLikeMbox(octets: Uint8Array): boolean {
  return FROM.equals(octets.subarray(0, FROM.length))
}

/**
 * The messages of an mbox, with line ends as they were. A `From ` line separates at the beginning and after an empty line;
 * the empty line before it belongs to the mbox. One `>` is taken from every line of one or more and `From ` (the "mboxrd" way).
 */
export function splitMbox(octets: Uint8Array): Buffer[] {
  const text = Buffer.from(octets.buffer, octets.byteOffset, octets.byteLength)
  const messages: Buffer[] = []
  let pieces: Buffer[] | null = null
  let afterEmpty = true
  for (let at = 0; at < text.length; ) {
    const newline = text.indexOf(LF, at)
    const end = newline < 0 ? text.length : newline + 1
    if (afterEmpty && begins(text, at)) {
      if (pieces !== null) messages.push(joined(pieces))
      pieces = []
    } else if (pieces !== null) {
      pieces.push(text.subarray(isQuoted(text, at) ? at + 1 : at, end))
    }
    afterEmpty = isEmpty(text, at, end)
    at = end
  }
  if (pieces !== null) messages.push(joined(pieces))
  return messages
}

/** The lines without the empty one that the mbox put behind them. */
function joined(lines: Buffer[]): Buffer {
  const last = lines.at(-1)
  if (last !== undefined && isEmpty(last, 0, last.length)) lines.pop()
  return Buffer.concat(lines)
}

function isEmpty(text: Buffer, at: number, end: number): boolean {
  return text[at] === LF || (text[at] === 13 && text[at + 1] === LF && end === at + 2)
}

function begins(text: Buffer, at: number): boolean {
  return text.compare(FROM, 0, FROM.length, at, Math.min(text.length, at + FROM.length)) === 0
}

function isQuoted(text: Buffer, at: number): boolean {
  let from = at
  while (text[from] === 62) from++
  return from > at && begins(text, from)
}
