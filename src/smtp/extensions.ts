/** What a server announced in answer to EHLO or LHLO (RFC 5321 section 4.1.1.1), as bits. Only what was offered may be used. */
export const Extension = {
  pipelining: 1,
  chunking: 2,
  eightBitMime: 4,
  size: 8,
  smtpUtf8: 16,
  enhancedStatusCodes: 32,
  startTls: 64,
  auth: 128,
  dsn: 256,
  /** Mechanisms behind AUTH. */
  authScramSha256: 512,
  authCramMd5: 1024,
  authXoauth2: 2048,
  authPlain: 4096,
  authLogin: 8192,
} as const

const KEYWORDS: ReadonlyMap<string, number> = new Map([
  ['PIPELINING', Extension.pipelining],
  ['CHUNKING', Extension.chunking],
  ['8BITMIME', Extension.eightBitMime],
  ['SIZE', Extension.size],
  ['SMTPUTF8', Extension.smtpUtf8],
  ['ENHANCEDSTATUSCODES', Extension.enhancedStatusCodes],
  ['STARTTLS', Extension.startTls],
  ['AUTH', Extension.auth],
  ['DSN', Extension.dsn],
])

const MECHANISMS: ReadonlyMap<string, number> = new Map([
  ['SCRAM-SHA-256', Extension.authScramSha256],
  ['CRAM-MD5', Extension.authCramMd5],
  ['XOAUTH2', Extension.authXoauth2],
  ['PLAIN', Extension.authPlain],
  ['LOGIN', Extension.authLogin],
])

/** The extensions in a whole EHLO reply; its first line is the server's name and announces nothing. */
export function readExtensions(reply: string): number {
  let bits = 0
  const lines = reply.split('\n')
  for (let i = 1; i < lines.length; i++) {
    const [, word, rest = ''] = /^\d{3}[- ]([A-Za-z0-9-]+)(.*)/.exec(lines[i]!) ?? []
    if (word === undefined) continue
    const bit = KEYWORDS.get(word.toUpperCase()) ?? 0
    bits |= bit
    if (bit === Extension.auth) bits |= readMechanisms(rest)
  }
  return bits
}

/** What follows `AUTH` (RFC 4954 section 3); servers of old write `AUTH=LOGIN`. */
function readMechanisms(text: string): number {
  let bits = 0
  for (const word of text.split(/[=\s]+/)) bits |= MECHANISMS.get(word.toUpperCase()) ?? 0
  return bits
}
