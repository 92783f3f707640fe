/**
 * The commands of the drop-in smtp-sink by number, and what its lists and switches make of each. The numbers are positions in `DOOR_COMMANDS`,
 * whose first is no command but the greeting; two more stand for lines that are none of them.
 */
import { DOOR_COMMANDS, type DoorCommand, type SinkDoorPlan } from '../plan/sink-door-plan.js'
import { skipWord, Verb, verbOf } from './command-parser.js'

export const Word = {
  connect: 0,
  helo: 1,
  ehlo: 2,
  lhlo: 3,
  xclient: 4,
  xforward: 5,
  auth: 6,
  mail: 7,
  rcpt: 8,
  data: 9,
  /** The end of content, and a lone dot outside of it. */
  dot: 10,
  rset: 11,
  noop: 12,
  vrfy: 13,
  quit: 14,
  unknown: 15,
  empty: 16,
} as const
export type Word = (typeof Word)[keyof typeof Word]

const WORDS = 17

/** What is done with a command; rules do not add up, the first that applies is the one. */
export const Rule = {
  plain: 0,
  /** Not a word, or one that is switched off. */
  unknown: 1,
  empty: 2,
  hangUp: 3,
  disconnect: 4,
  hard: 5,
  soft: 6,
  delay: 7,
} as const
export type Rule = (typeof Rule)[keyof typeof Rule]

/** The rule of each word, by its number. */
export function rulesOf(door: SinkDoorPlan, lmtp: boolean): Uint8Array {
  const rules = new Uint8Array(WORDS)
  const set = (words: readonly DoorCommand[], rule: Rule) => {
    for (const word of words) rules[DOOR_COMMANDS.indexOf(word)] = rule
  }
  // From the weakest to the strongest.
  set(
    door.delays.map(({ command }) => command),
    Rule.delay,
  )
  set(door.softReject, Rule.soft)
  set(door.hardReject, Rule.hard)
  set(door.disconnect, Rule.disconnect)
  set(door.hangUp, Rule.hangUp)
  set(lmtp ? ['helo', 'ehlo'] : door.esmtp ? ['lhlo'] : ['lhlo', 'ehlo'], Rule.unknown)
  if (!door.announce.xclient) rules[Word.xclient] = Rule.unknown
  if (!door.announce.xforward) rules[Word.xforward] = Rule.unknown
  rules[Word.unknown] = Rule.unknown
  rules[Word.empty] = Rule.empty
  return rules
}

const WORD_OF_VERB = new Uint8Array(Object.keys(Verb).length).fill(Word.unknown)
for (const [name, verb] of Object.entries(Verb)) {
  const place = (DOOR_COMMANDS as readonly string[]).indexOf(name)
  if (place >= 0) WORD_OF_VERB[verb] = place
}

const DOT = 46

/** The word of a line without its CR LF, whose first octet is no blank. A NUL ends the line. */
export function wordOf(buffer: Uint8Array, at: number, stop: number): Word {
  const word = WORD_OF_VERB[verbOf(buffer, at, stop)] as Word
  return word === Word.unknown ? rareWord(buffer, at, stop) : word
}

function rareWord(buffer: Uint8Array, at: number, stop: number): Word {
  const end = endOfText(buffer, at, stop)
  if (at === end) return Word.empty
  if (buffer[at] === DOT && skipWord(buffer, at, end) === at + 1) return Word.dot
  return WORD_OF_VERB[verbOf(buffer, at, end)] as Word
}

/** Position of the first NUL, or `stop`. */
export function endOfText(buffer: Uint8Array, at: number, stop: number): number {
  let i = at
  while (i < stop && buffer[i] !== 0) i++
  return i
}

/** How the original shows text that came from a client: whatever is no printable ASCII character as a question mark. */
export function printable(text: string): string {
  return text.replace(/[^ -~]/g, '?')
}
