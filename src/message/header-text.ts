/** Header fields of people's own: read, made 7-bit (RFC 2047) and folded (RFC 5322 section 2.2.3). */

/** Lines should not be longer (RFC 5322 section 2.1.1), without their end. */
const LINE_GOAL = 78
/** Lines must not be longer. */
export const LINE_LIMIT = 998
/** UTF-8 octets in one encoded word: with its frame it stays below the 75 characters of RFC 2047 section 2. */
const WORD_OCTETS = 45

/** One field as given, ready for the header block; or what is wrong with it, as the end of a sentence. */
export type HeaderLine = { readonly line: string } | { readonly problem: string }

/** Reads `Name: value`. */
export function headerLine(text: string): HeaderLine {
  if (/[\r\n\0]/.test(text)) return { problem: 'must be one line' }
  const [, name, value] = /^([!-9;-~]+):[ \t]*(.*)$/s.exec(text) ?? []
  if (name === undefined) return { problem: 'is no header field' }
  const line = foldedLine(`${name}: ${encodedText(value!.trimEnd())}`.trimEnd())
  return line === null ? { problem: `has a word that no line can hold (over ${LINE_LIMIT} octets)` } : { line }
}

/**
 * The text in ASCII: from the first word that is not to the last one it becomes encoded words; the rest stays readable. ASCII comes back
 * as it is.
 */
export function encodedText(text: string): string {
  if (isAscii(text)) return text
  const words = text.split(' ')
  const first = words.findIndex((word) => !isAscii(word))
  const end = words.findLastIndex((word) => !isAscii(word)) + 1
  const encoded: string[] = []
  let piece = ''
  for (const character of words.slice(first, end).join(' ')) {
    if (Buffer.byteLength(piece + character) > WORD_OCTETS) {
      encoded.push(encodedWord(piece))
      piece = ''
    }
    piece += character
  }
  encoded.push(encodedWord(piece))
  return [...words.slice(0, first), ...encoded, ...words.slice(end)].join(' ')
}

/** The line with line ends before blanks where it is long; null when a word leaves no place for one. */
export function foldedLine(line: string): string | null {
  const lines: string[] = []
  let current = ''
  // A blank belongs to the word behind it, so that what is folded is the same text when it is unfolded.
  for (const piece of line.match(/[ \t]*[^ \t]+|[ \t]+$/g) ?? []) {
    // No line end straight after the name: a first line without a value is not understood everywhere.
    const named = lines.length === 0 && /^[^ \t]+:$/.test(current)
    if (current !== '' && !named && current.length + piece.length > LINE_GOAL && /^[ \t]/.test(piece)) {
      lines.push(current)
      current = ''
    }
    current += piece
  }
  lines.push(current)
  return lines.some((one) => one.length > LINE_LIMIT) ? null : lines.join('\r\n')
}

export function isAscii(text: string): boolean {
  return /^[\x00-\x7f]*$/.test(text)
}

function encodedWord(text: string): string {
  return `=?UTF-8?B?${Buffer.from(text, 'utf8').toString('base64')}?=`
}
