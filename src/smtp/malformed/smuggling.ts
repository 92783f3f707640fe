/**
 * Sequences that some server takes for the end of the content though they are not <CRLF>.<CRLF> (RFC 5321 section 4.1.1.4). Behind each stands a whole
 * transaction: a server that answers it has let a message be smuggled in.
 */
import { type CaseRow, DATA, MAIL, probe, RCPT } from './case.js'

/** Name by sequence; CR and LF as `r` and `n`, NUL as `0`. */
const SEQUENCES: readonly (readonly [name: string, sequence: string])[] = [
  ['smuggle-n.n', '\n.\n'],
  ['smuggle-n.rn', '\n.\r\n'],
  ['smuggle-n.r', '\n.\r'],
  ['smuggle-r.n', '\r.\n'],
  ['smuggle-r.r', '\r.\r'],
  ['smuggle-r.rn', '\r.\r\n'],
  ['smuggle-rn.n', '\r\n.\n'],
  ['smuggle-rn.r', '\r\n.\r'],
  ['smuggle-rn.rrn', '\r\n.\r\r\n'],
  ['smuggle-rrn.rrn', '\r\r\n.\r\r\n'],
  ['smuggle-nn.nn', '\n\n.\n\n'],
  ['smuggle-rn0.rn', '\r\n\0.\r\n'],
  ['smuggle-rn.0rn', '\r\n.\0\r\n'],
  ['smuggle-rn.blank-rn', '\r\n. \r\n'],
  ['smuggle-rn..rn', '\r\n..\r\n'],
]

const SMUGGLED =
  'MAIL FROM:<{from}>\r\nRCPT TO:<{to}>\r\nDATA\r\nSubject: smuggled\r\n\r\nThis was the content of another message.\r\n.\r\n'

export const SMUGGLING_CASES: readonly CaseRow[] = SEQUENCES.map(([name, sequence]) => ({
  name,
  what: `a transaction behind ${spelled(sequence)} in the content`,
  section: 'RFC 5321 4.1.1.4',
  steps: [MAIL, RCPT, DATA, probe(`Subject: outer\r\n\r\nThe only message.${sequence}${SMUGGLED}`)],
  right: ['2xx', '4xx', '5xx'],
  wrongWord: 'smuggled',
}))

function spelled(sequence: string): string {
  const words: Readonly<Record<string, string>> = { '\r': '<CR>', '\n': '<LF>', '\0': '<NUL>', ' ': '<SP>' }
  return sequence.replace(/[\r\n\0 ]/g, (octet) => words[octet]!)
}
