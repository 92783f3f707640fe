/**
 * What a malformed conversation is: octets in steps, and which answers are right by which section of which RFC. Pure data; who
 * speaks it is elsewhere.
 */

/** One step of a conversation. Octets are Latin-1 text with `{from}`, `{to}` and `{helo}` for the names of the run. */
export type CaseStep =
  /** Proper SMTP on the way to the point: one reply, whose first digit is `want`, or the case is not reached. */
  | { readonly kind: 'set-up'; readonly octets: string; readonly want: '2' | '3' }
  /** What the case is about, in one write; goes on after so many replies. */
  | { readonly kind: 'probe'; readonly octets: string; readonly replies: number }
  /** A TLS handshake; any certificate will do. */
  | { readonly kind: 'tls' }
  /** FIN, and whatever the server still says until it closes. */
  | { readonly kind: 'end' }

/** One case of the catalogue. */
export interface MalformedCase {
  /** Lower case with hyphens; what `--malformed` and `--case` take. */
  readonly name: string
  readonly what: string
  /** Where it is said what a server does then. */
  readonly section: string
  /** EHLO keywords, each with the parameter that it must have if any (`AUTH PLAIN`); without them the case is not tried. */
  readonly needs: readonly string[]
  /** What goes before the steps: nothing at all, the greeting, EHLO too, or STARTTLS and EHLO as well. */
  readonly opening: 'silent' | 'greeted' | 'hello' | 'tls'
  readonly steps: readonly CaseStep[]
  /** Codes that the RFC asks for, or allows on equal terms; see `matches`. */
  readonly right: readonly string[]
  /** Codes of a server that accepts what it need not, or refuses what it might take. */
  readonly tolerant: readonly string[]
  /** The session is to go on afterwards: a healthy message follows on the same connection. */
  readonly goesOn: boolean
  /** The server may close the connection unasked. */
  readonly mayClose: boolean
  /** What an answer that is neither right nor tolerant is called, besides wrong. */
  readonly wrongWord: string | null
}

/** A case as it is written down: what is left out is the usual. */
export type CaseRow = Pick<MalformedCase, 'name' | 'what' | 'section' | 'steps' | 'right'> & Partial<MalformedCase>

/** Completes a row: after EHLO, nothing needed, nothing tolerated, and the session goes on. */
export function defineCase(row: CaseRow): MalformedCase {
  return {
    needs: [],
    opening: 'hello',
    tolerant: [],
    goesOn: true,
    mayClose: false,
    wrongWord: null,
    ...row,
  }
}

/** Octets of the case's point, and how many replies are due. */
export function probe(octets: string, replies = 1): CaseStep {
  return { kind: 'probe', octets, replies }
}

/** MAIL, answered 2xx. */
export const MAIL: CaseStep = { kind: 'set-up', octets: 'MAIL FROM:<{from}>\r\n', want: '2' }
/** RCPT, answered 2xx. */
export const RCPT: CaseStep = { kind: 'set-up', octets: 'RCPT TO:<{to}>\r\n', want: '2' }
/** DATA, answered 354. */
export const DATA: CaseStep = { kind: 'set-up', octets: 'DATA\r\n', want: '3' }

/** Names that stand in octets. */
export interface CaseWords {
  readonly from: string
  readonly to: string
  readonly helo: string
}

/** The octets of a step for a run. */
export function octetsOf(text: string, words: CaseWords): Buffer {
  return Buffer.from(
    text.replace(/\{(from|to|helo)\}/g, (_, word: keyof CaseWords) => words[word]),
    'latin1',
  )
}

/** Whether what a server announced covers what a case needs. `offered` are the lines of its EHLO reply, without codes. */
export function isOffered(needs: readonly string[], offered: readonly string[]): boolean {
  const said = offered.map((line) => line.toUpperCase().split(/[ =]+/))
  return needs.every((need) => {
    const [keyword, ...parameters] = need.split(' ')
    return said.some((words) => words[0] === keyword && parameters.every((one) => words.includes(one)))
  })
}
