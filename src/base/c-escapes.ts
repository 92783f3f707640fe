/** The backslashes of C in an argument, as `smtp-sink -S` reads them. */

const LETTERS: Readonly<Record<string, string>> = {
  a: '\x07',
  b: '\b',
  f: '\f',
  n: '\n',
  r: '\r',
  t: '\t',
  v: '\v',
}

/**
 * The octets that `text` stands for: `\a \b \f \n \r \t \v`, a backslash and one to three octal digits, `\\`; any other `\c` is `c`, and a
 * backslash at the end is nothing. What comes after a NUL is cut off with it. Other characters are UTF-8, unless `encoding` says
 * that each is an octet.
 */
export function unescapeC(text: string, encoding: 'utf8' | 'latin1' = 'utf8'): Uint8Array {
  const octets = Buffer.from(text, encoding)
    .toString('latin1')
    .replace(/\\(?:([0-7]{1,3})|(.)|$)/gs, (_, octal: string | undefined, letter: string | undefined) => {
      if (octal !== undefined) return String.fromCharCode(Number.parseInt(octal, 8) & 0xff)
      return letter === undefined ? '' : (LETTERS[letter] ?? letter)
    })
  const nul = octets.indexOf('\0')
  return new Uint8Array(Buffer.from(nul < 0 ? octets : octets.slice(0, nul), 'latin1'))
}
