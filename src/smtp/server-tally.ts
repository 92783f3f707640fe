/**
 * Where a receiver's replies are counted by verb and code: one Float64Array with a row for each verb and a column for each code. The
 * machine adds, whoever shows the figures reads: `tally[verb * TALLY_CODES.length + column]`.
 */

/** The rows: what was answered. The first ones are the numbers of `Verb`. */
export const TALLY_VERBS = [
  'unknown',
  'empty',
  'helo',
  'ehlo',
  'lhlo',
  'mail',
  'rcpt',
  'data',
  'bdat',
  'rset',
  'noop',
  'vrfy',
  'quit',
  'help',
  'auth',
  'starttls',
  'expn',
  'etrn',
  'xclient',
  'xforward',
  // The end of a message that came by DATA, and the greeting.
  'dot',
  'connect',
] as const

/** Rows that are no verbs. */
export const TALLY_DOT = TALLY_VERBS.indexOf('dot')
export const TALLY_CONNECT = TALLY_VERBS.indexOf('connect')

/** The columns: codes that SMTP and its extensions know. 0 stands for every other one, and for replies that have none. */
export const TALLY_CODES = [
  0, 211, 214, 220, 221, 235, 250, 251, 252, 334, 354, 421, 432, 450, 451, 452, 454, 455, 500, 501, 502, 503, 504, 521,
  523, 530, 534, 535, 538, 550, 551, 552, 553, 554, 555, 556,
] as const

/** Numbers that a tally has. */
export const TALLY_LENGTH = TALLY_VERBS.length * TALLY_CODES.length

const COLUMNS = new Uint8Array(1000)
TALLY_CODES.forEach((code, column) => {
  COLUMNS[code] = column
})

const HIGH_HALVES = 0xf0_f0_f0
const DIGITS = 0x30_30_30
/** Moves ten and more of a low half into the high one, and no digit. */
const SIX_EACH = 0x06_06_06

/** The column of a reply that begins with these four octets, little-endian. */
export function tallyColumn(word: number): number {
  if ((word & HIGH_HALVES) !== DIGITS || ((word + SIX_EACH) & HIGH_HALVES) !== DIGITS) return 0
  return COLUMNS[(word & 15) * 100 + ((word >> 8) & 15) * 10 + ((word >> 16) & 15)]!
}

/** One figure of a tally, for whoever shows it. */
export interface TallyFigure {
  readonly verb: (typeof TALLY_VERBS)[number]
  /** 0: another one. */
  readonly code: number
  readonly count: number
}

/** What was counted, without the zeros. */
export function tallyFigures(tally: ArrayLike<number>): TallyFigure[] {
  const figures: TallyFigure[] = []
  TALLY_VERBS.forEach((verb, row) => {
    TALLY_CODES.forEach((code, column) => {
      const count = tally[row * TALLY_CODES.length + column] ?? 0
      if (count > 0) figures.push({ verb, code, count })
    })
  })
  return figures
}
