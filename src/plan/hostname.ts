/**
 * What Postfix takes for a host name or an address, and the words with which it refuses (section 1 of the smtp-source
 * manual's checks on `-M`). Lax where it is lax: `1:2:3` passes for IPv6. Texts are judged by their UTF-8 octets.
 */

/** Most octets of a name (RFC 1035 section 2.3.4 without the root) and of one label. */
const NAME_MAX = 255
const LABEL_MAX = 63
/** Longest text between the brackets of a literal, tag included. */
const LITERAL_MAX = 45
/** Diagnostics quote this many octets. */
const QUOTE_MAX = 100

/** A name that was refused: the warning's text, and the fatal that follows it. */
export interface HelloProblem {
  readonly warning: string
  readonly fatal: string
}

/** Checks an argument of `-M`: a host name, `[IPv4]` or `[IPv6:addr]`. Null: fine. */
export function checkHelloName(name: string): HelloProblem | null {
  const literal = name.startsWith('[')
  const warning = literal ? literalProblem(name) : hostnameProblem(name)
  return warning === null ? null : { warning, fatal: `bad ${literal ? 'address literal' : 'hostname'}: ${name}` }
}

/** True for what the endpoint syntax takes as host: a name, or an address without brackets. */
export function isHostOrAddress(host: string): boolean {
  return hostnameProblem(host) === null || addressProblem(host) === null
}

/** Why a host name is refused, or null. Letters, digits, `_`, `-` inside labels; never digits and dots alone. */
export function hostnameProblem(name: string): string | null {
  const octets = Buffer.from(name)
  const refuse = (what: string) => `valid_hostname: ${what}: ${quoted(octets)}`
  if (octets.length === 0) return 'valid_hostname: empty hostname'
  let label = 0
  let numeric = true
  for (const [i, octet] of octets.entries()) {
    const atEnd = i + 1 === octets.length
    if (isAlphanumeric(octet) || octet === 0x5f) {
      label++
      if (label > LABEL_MAX) return refuse('hostname label too long')
      if (!isDigit(octet)) numeric = false
    } else if (octet === 0x2e) {
      if (label === 0 || atEnd) return refuse('misplaced delimiter')
      label = 0
    } else if (octet === 0x2d) {
      numeric = false
      label++
      if (label === 1 || atEnd || octets[i + 1] === 0x2e) return refuse('misplaced hyphen')
    } else return refuse(`invalid character ${octet}(decimal)`)
  }
  if (numeric) return refuse('numeric hostname')
  if (octets.length > NAME_MAX) return `valid_hostname: bad length ${octets.length} for ${quoted(octets)}...`
  return null
}

/** Why `[…]` is refused as an address literal (RFC 5321 section 4.1.3), or null. */
export function literalProblem(literal: string): string | null {
  const octets = Buffer.from(literal)
  const refuse = (what: string) => `valid_mailhost_literal: ${what}: ${quoted(octets)}`
  const close = octets.indexOf(0x5d)
  if (close < 0) return refuse("']' expected at end")
  if (close + 1 !== octets.length) return refuse("unexpected text after ']'")
  if (close - 1 > LITERAL_MAX) return refuse('too much text')
  const inside = literal.slice(1, -1)
  return /^ipv6:/i.test(inside) ? ipv6Problem(inside.slice(5)) : ipv4Problem(inside)
}

/** Why a bare address is refused, or null: IPv6 when it holds a colon, else IPv4. */
export function addressProblem(address: string): string | null {
  return address.includes(':') ? ipv6Problem(address) : ipv4Problem(address)
}

/** Why an IPv4 address is refused, or null: four octets; none but all-zero may begin with zero. */
export function ipv4Problem(address: string): string | null {
  const text = Buffer.from(address)
  const refuse = (what: string) => `valid_ipv4_hostaddr: ${what}: ${quoted(text)}`
  const allZero = /^[0.]*$/.test(address)
  let count = 0
  let value = -1
  for (const [i, octet] of text.entries()) {
    if (isDigit(octet)) {
      if (value < 0) {
        count++
        value = 0
      }
      value = value * 10 + octet - 0x30
      if (value > 255) return refuse('invalid octet value')
    } else if (octet === 0x2e) {
      if (value < 0 || i + 1 === text.length) return refuse('misplaced dot')
      if (count === 1 && value === 0 && !allZero) return refuse('bad initial octet value')
      value = -1
    } else return refuse(`invalid character ${octet}(decimal)`)
  }
  return count === 4 ? null : refuse('invalid octet count')
}

/** Why an IPv6 address is refused, or null. Counts colons, not groups, as the original does. */
export function ipv6Problem(address: string): string | null {
  const text = Buffer.from(address)
  const refuse = (what: string) => `valid_ipv6_hostaddr: ${what}: ${quoted(text)}`
  let colons = 0
  let doubleAfter = 0
  let i = 0
  let group = 0
  while (i < text.length) {
    const octet = text[i]!
    if (octet === 0x3a) {
      const next = text[i + 1] ?? 0
      if (i === 0 && isAlphanumeric(next)) return refuse('bad null first field in IPv6 address')
      colons++
      if (colons > 7) return refuse("too many `:' in IPv6 address")
      if (next === 0x3a) {
        if (doubleAfter > 0) return refuse("too many `::' in IPv6 address")
        doubleAfter = colons
      }
      i++
      group = 0
    } else if (octet === 0x2e) {
      if (colons < 2 || colons > 6) return refuse('malformed IPv4-in-IPv6 address')
      return ipv4Problem(text.toString('utf8', i - group))
    } else {
      const start = i
      while (i < text.length && isHex(text[i]!)) i++
      group = i - start
      if (group > 4) return refuse('malformed IPv6 address')
      if (group === 0) return refuse(`invalid character ${octet}(decimal) in IPv6 address`)
    }
  }
  if (colons < 2) return refuse("too few `:' in IPv6 address")
  // Ends with a colon that is not the second one of a `::`.
  if (group === 0 && doubleAfter !== colons - 1) return refuse('bad null last field in IPv6 address')
  return null
}

/** The first hundred octets; each that is not ASCII as a question mark, as every diagnostic shows it in the end. */
function quoted(octets: Buffer): string {
  return octets
    .subarray(0, QUOTE_MAX)
    .toString('latin1')
    .replace(/[^\0-\x7f]/g, '?')
}

function isDigit(octet: number): boolean {
  return octet >= 0x30 && octet <= 0x39
}

function isAlphanumeric(octet: number): boolean {
  const lower = octet | 0x20
  return isDigit(octet) || (lower >= 0x61 && lower <= 0x7a)
}

function isHex(octet: number): boolean {
  const lower = octet | 0x20
  return isDigit(octet) || (lower >= 0x61 && lower <= 0x66)
}
