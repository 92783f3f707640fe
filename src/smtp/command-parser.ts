/**
 * SMTP command lines as bytes: where one ends, which verb it has, and the few arguments that matter to a receiver. Every
 * function looks at `buffer[at..stop)` in place; nothing is copied and no string is made. A line ends at CR LF and nowhere
 * else (RFC 5321 section 2.3.8), so a bare LF or CR is an ordinary octet of the line.
 */

/** Verbs by number; `empty` is a line without a word. */
export const Verb = {
  unknown: 0,
  empty: 1,
  helo: 2,
  ehlo: 3,
  lhlo: 4,
  mail: 5,
  rcpt: 6,
  data: 7,
  bdat: 8,
  rset: 9,
  noop: 10,
  vrfy: 11,
  quit: 12,
  help: 13,
  auth: 14,
  starttls: 15,
  expn: 16,
  etrn: 17,
  xclient: 18,
  xforward: 19,
} as const
export type Verb = (typeof Verb)[keyof typeof Verb]

/** Octets in a command line, CR LF included; RFC 5321 asks for 512 and more with each extension, smtp-sink takes 2048. */
export const LINE_LIMIT = 2048
/** The same for AUTH and the answers to its challenges (RFC 4954 section 4). */
export const AUTH_LINE_LIMIT = 12288 + 2

const TAB = 9
const LF = 10
const CR = 13
const SPACE = 32

/** Four letters as one integer. Setting bit 5 folds case, and no octet but the two cases of a letter gives that letter. */
function key(word: string): number {
  let value = 0
  for (let i = 0; i < 4; i++) value = (value << 8) | word.charCodeAt(i)
  return value
}

const HELO = key('helo')
const EHLO = key('ehlo')
const LHLO = key('lhlo')
const MAIL = key('mail')
const RCPT = key('rcpt')
const DATA = key('data')
const BDAT = key('bdat')
const RSET = key('rset')
const NOOP = key('noop')
const VRFY = key('vrfy')
const QUIT = key('quit')
const HELP = key('help')
const AUTH = key('auth')
const EXPN = key('expn')
const ETRN = key('etrn')

/** The longer words, which are rare. */
const LONG_VERBS: readonly (readonly [Uint8Array, Verb])[] = [
  [Buffer.from('starttls'), Verb.starttls],
  [Buffer.from('xclient'), Verb.xclient],
  [Buffer.from('xforward'), Verb.xforward],
]

const FROM = key('from')
const LAST = key('last')
const COLON = 58
const LETTER_T = 116
const LETTER_O = 111
/** Octets of a path in brackets that are nearly always one, and nothing else. */
const SHORT_PATH = 40
const LESS = 60
const GREATER = 62
const QUOTE = 34
const BACKSLASH = 92

/**
 * Position just behind the first CR LF that lies wholly in `buffer[at..end)`, or -1. Looks at every second octet only: one
 * of the two must be there.
 */
export function findLineEnd(buffer: Uint8Array, at: number, end: number): number {
  let i = at + 1
  // Two looks a turn: the loop's own bookkeeping is half of its cost.
  for (const stop = end - 2; i < stop; i += 4) {
    if (buffer[i]! <= CR || buffer[i + 2]! <= CR) break
  }
  for (; i < end; i += 2) {
    const octet = buffer[i]!
    if (octet > CR) continue
    if (octet === LF && buffer[i - 1] === CR) return i + 1
    if (octet === CR && i + 1 < end && buffer[i + 1] === LF) return i + 2
  }
  return -1
}

/** Four letters at `at`, case folded, as `key` has them. */
function wordAt(buffer: Uint8Array, at: number): number {
  return (
    ((buffer[at]! | 32) << 24) | ((buffer[at + 1]! | 32) << 16) | ((buffer[at + 2]! | 32) << 8) | (buffer[at + 3]! | 32)
  )
}

/** Position of the first octet that is neither blank nor tab, or `stop`. */
export function skipBlanks(buffer: Uint8Array, at: number, stop: number): number {
  let i = at
  while (i < stop && (buffer[i] === SPACE || buffer[i] === TAB)) i++
  return i
}

/** Position of the argument of a verb of four letters that starts at `at`, or `stop`. */
export function argumentOf(buffer: Uint8Array, at: number, stop: number): number {
  // One blank and no more, as everyone sends it.
  const next = at + 5
  return next < stop && buffer[next]! > SPACE ? next : skipBlanks(buffer, at + 4, stop)
}

/** Position behind the word that starts at `at`. */
export function skipWord(buffer: Uint8Array, at: number, stop: number): number {
  let i = at
  while (i < stop && buffer[i] !== SPACE && buffer[i] !== TAB) i++
  return i
}

/** The verb of a line without its CR LF, whose first octet is no blank. Small, so that it is compiled into its caller. */
export function verbOf(buffer: Uint8Array, at: number, stop: number): Verb {
  if (stop - at < 4 || (stop - at > 4 && buffer[at + 4] !== SPACE && buffer[at + 4] !== TAB)) {
    return longVerb(buffer, at, stop)
  }
  const word = wordAt(buffer, at)
  // In the order in which a busy receiver meets them.
  if (word === RCPT) return Verb.rcpt
  if (word === MAIL) return Verb.mail
  if (word === BDAT) return Verb.bdat
  if (word === DATA) return Verb.data
  return rareVerb(word)
}

/** The verb of a word that has not four letters. */
function longVerb(buffer: Uint8Array, at: number, stop: number): Verb {
  if (at === stop) return Verb.empty
  const wordLength = skipWord(buffer, at, stop) - at
  for (const [word, verb] of LONG_VERBS) {
    if (word.length === wordLength && startsWith(buffer, at, stop, word)) return verb
  }
  return Verb.unknown
}

function rareVerb(word: number): Verb {
  switch (word) {
    case QUIT:
      return Verb.quit
    case RSET:
      return Verb.rset
    case NOOP:
      return Verb.noop
    case EHLO:
      return Verb.ehlo
    case HELO:
      return Verb.helo
    case LHLO:
      return Verb.lhlo
    case VRFY:
      return Verb.vrfy
    case HELP:
      return Verb.help
    case AUTH:
      return Verb.auth
    case EXPN:
      return Verb.expn
    case ETRN:
      return Verb.etrn
    default:
      return Verb.unknown
  }
}

/** Whether the argument of MAIL begins with `FROM:`. */
export function isReversePath(buffer: Uint8Array, at: number, stop: number): boolean {
  return stop - at >= 5 && buffer[at + 4] === COLON && wordAt(buffer, at) === FROM
}

/** Whether the argument of RCPT begins with `TO:`. */
export function isForwardPath(buffer: Uint8Array, at: number, stop: number): boolean {
  return (
    stop - at >= 3 && buffer[at + 2] === COLON && (buffer[at]! | 32) === LETTER_T && (buffer[at + 1]! | 32) === LETTER_O
  )
}

/**
 * The argument of BDAT (RFC 3030): `size * 2`, plus 1 when LAST follows; -1 when it is not of that form. At most fifteen digits, so
 * that the result stays an exact integer.
 */
export function parseBdat(buffer: Uint8Array, at: number, stop: number): number {
  let i = at
  let size = 0
  while (i < stop) {
    const digit = buffer[i]! - 48
    if (digit < 0 || digit > 9) break
    size = size * 10 + digit
    i++
  }
  if (i === at || i - at > 15) return -1
  if (i === stop) return size * 2
  const next = skipBlanks(buffer, i, stop)
  if (next === i) return -1
  if (next === stop) return size * 2
  if (stop - next < 4 || wordAt(buffer, next) !== LAST) return -1
  return skipBlanks(buffer, next + 4, stop) === stop ? size * 2 + 1 : -1
}

/**
 * Position behind the path that starts behind the colon of `FROM:` or `TO:`, at `at`; -1 when there is none, or it does not end before
 * what follows. In angle brackets it may hold quoted strings with anything in them; without them, which many receivers take, it ends at
 * the first blank.
 */
export function pathEnd(buffer: Uint8Array, at: number, stop: number): number {
  let i = skipBlanks(buffer, at, stop)
  if (i === stop) return -1
  if (buffer[i] !== LESS) return skipWord(buffer, i, stop)
  let quoted = false
  for (i++; i < stop; i++) {
    const octet = buffer[i]!
    if (octet === BACKSLASH && quoted) i++
    else if (octet === QUOTE) quoted = !quoted
    else if (octet === GREATER && !quoted) break
  }
  if (i >= stop) return -1
  const next = i + 1
  return next === stop || buffer[next] === SPACE || buffer[next] === TAB ? next : -1
}

/**
 * Whether `buffer[at..stop)` is a path in brackets with nothing behind it, as nearly everyone sends it; false: it has to be looked at more
 * closely. Looking at every octet would cost a quarter of what a command costs, so a short argument that ends with `>` is believed: of
 * `<a> AUTH=<>` that would be wrong, and it is not; of `<a> ENVID=b>` it is, and then its parameters are not checked.
 */
export function isBarePath(buffer: Uint8Array, at: number, stop: number): boolean {
  if (buffer[stop - 1] !== GREATER || buffer[stop - 2] === LESS) return false
  return stop - at <= SHORT_PATH || findOctet(buffer, at, stop, SPACE) < 0
}

/** Position of the first `octet` in `buffer[at..stop)`, or -1. */
export function findOctet(buffer: Uint8Array, at: number, stop: number, octet: number): number {
  for (let i = at; i < stop; i++) {
    if (buffer[i] === octet) return i
  }
  return -1
}

/** Whether `buffer[at..stop)` is `word`, which is in lower case. Case-insensitive for letters. */
export function equals(buffer: Uint8Array, at: number, stop: number, word: Uint8Array): boolean {
  return stop - at === word.length && startsWith(buffer, at, stop, word)
}

/** Case-insensitive for letters; `word` is in lower case. */
function startsWith(buffer: Uint8Array, at: number, stop: number, word: Uint8Array): boolean {
  const length = word.length
  if (stop - at < length) return false
  for (let i = 0; i < length; i++) {
    const octet = buffer[at + i]!
    if (octet !== word[i] && !(octet >= 65 && octet <= 90 && (octet | 32) === word[i])) return false
  }
  return true
}
