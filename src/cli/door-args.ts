/**
 * Arguments of the drop-in smtp-source, read with the original's habits: getopt, atoi, and each value judged the moment it is met,
 * so that of two faults the first one is named. Observed on Postfix 3.7.11.
 */

import { checkHelloName } from '../plan/hostname.js'
import type { Target } from '../plan/plan.js'
import type { LookupService } from '../plan/target.js'
import { parsePostfixTarget, TargetError } from '../plan/target.js'
import { walk } from './getopt.js'
import { optionsOf } from './options.js'

/** Ends the door with `P: fatal: MESSAGE`. */
export class DoorFatal extends Error {
  /** Printed before it, each after `P: `; octets as latin1. */
  readonly lines: readonly string[]

  constructor(text: string, lines: readonly string[] = []) {
    super(text)
    this.name = 'DoorFatal'
    this.lines = lines
  }
}

/** What the original keeps in variables. */
export interface DoorOptions {
  family: 0 | 4 | 6
  allowReject: boolean
  counter: boolean
  connectTries: number
  reuse: boolean
  from: string | null
  file: string | null
  size: number
  lmtp: boolean
  messages: number
  helloName: string | null
  numbered: boolean
  old: boolean
  /** 0: not given. */
  recipients: number
  randomDelay: number
  sessions: number
  subject: string | null
  to: string | null
  tcpWindow: number
  verbose: number
  fixedDelay: number
  operand: string
}

/** The usage line, as the original has it. */
export function usage(program: string): string {
  return `usage: ${program} -cdLNov -s sess -l msglen -m msgs -C count -M myhostname -f from -t to -r rcptcount -R delay -w delay host[:port]`
}

const BOTH_DELAYS = 'do not use -w and -R options at the same time'
const SIZE_AND_FILE = '-l option cannot be used with -F'

/** Reads the arguments up to the operand, which is not looked at yet. Throws DoorFatal. */
export function parseDoor(program: string, args: readonly string[]): DoorOptions {
  const options: DoorOptions = {
    family: 0,
    allowReject: false,
    counter: false,
    connectTries: 1,
    reuse: false,
    from: null,
    file: null,
    size: 0,
    lmtp: false,
    messages: 1,
    helloName: null,
    numbered: false,
    old: false,
    recipients: 0,
    randomDelay: 0,
    sessions: 1,
    subject: null,
    to: null,
    tcpWindow: 0,
    verbose: 0,
    fixedDelay: 0,
    operand: '',
  }
  const operands = readDoor('smtp-source', args, usage(program), (letter, value) => apply(options, letter, text(value)))
  if (operands.length !== 1) throw new DoorFatal(usage(program))
  options.operand = text(operands[0]!)
  return options
}

/**
 * Goes through the arguments of a door as getopt does, and gives the operands. It knows octets, not characters (a bundle may end in the middle of
 * one): values and operands are octets, one latin1 character each. Throws DoorFatal with `usageText`.
 */
export function readDoor(
  verb: 'smtp-source' | 'smtp-sink',
  args: readonly string[],
  usageText: string,
  take: (letter: string, value: string) => void,
): string[] {
  const operands: string[] = []
  const known = optionsOf(verb).filter((option) => option.letter !== null)
  for (const token of walk(args.map(octetsOf), known, { long: false, permute: false })) {
    if (token.kind === 'operand') operands.push(token.text)
    else if (token.kind === 'option') take(token.option.letter!, token.value ?? '')
    else {
      const letter = token.given.slice(1)
      const what = token.kind === 'missing' ? 'option requires an argument' : 'invalid option'
      throw new DoorFatal(usageText, [`${what} -- '${letter}'`])
    }
  }
  return operands
}

function apply(options: DoorOptions, letter: string, value: string): void {
  switch (letter) {
    case '4':
      options.family = 4
      break
    case '6':
      options.family = 6
      break
    case 'A':
      options.allowReject = true
      break
    case 'c':
      options.counter = true
      break
    case 'C':
      options.connectTries = positive(value, 'bad connection count')
      break
    case 'd':
      options.reuse = true
      break
    case 'f':
      options.from = value
      break
    case 'F':
      if (options.size > 0) throw new DoorFatal(SIZE_AND_FILE)
      options.file = value
      break
    case 'l':
      if (options.file !== null) throw new DoorFatal(SIZE_AND_FILE)
      options.size = positive(value, 'bad message length')
      break
    case 'L':
      options.lmtp = true
      break
    case 'm':
      options.messages = positive(value, 'bad message count')
      break
    case 'M':
      options.helloName = helloName(value)
      break
    case 'N':
      options.numbered = true
      break
    case 'o':
      options.old = true
      break
    case 'r':
      options.recipients = positive(value, 'bad recipient count')
      break
    case 'R':
      if (options.fixedDelay > 0) throw new DoorFatal(BOTH_DELAYS)
      options.randomDelay = positive(value, 'bad random delay')
      break
    case 's':
      options.sessions = positive(value, 'bad session count')
      break
    case 'S':
      options.subject = value
      break
    case 't':
      options.to = value
      break
    case 'T':
      options.tcpWindow = positive(value, 'bad TCP window size')
      break
    case 'v':
      options.verbose++
      break
    case 'w':
      if (options.randomDelay > 0) throw new DoorFatal(BOTH_DELAYS)
      options.fixedDelay = positive(value, 'bad fixed delay')
      break
    default:
      throw new TypeError(`option table: the door has no -${letter}`)
  }
}

/** Reads the operand. Throws DoorFatal. */
export function doorTarget(operand: string, lookupService: LookupService): Target {
  try {
    return parsePostfixTarget(operand, 25, lookupService)
  } catch (error) {
    if (error instanceof TargetError) throw new DoorFatal(error.message)
    throw error
  }
}

/** Checks `-M`, or this machine's name. */
export function helloName(name: string): string {
  const problem = checkHelloName(name)
  if (problem) throw new DoorFatal(problem.fatal, [printable(`warning: ${problem.warning}`)])
  return name
}

/** C's atoi: blanks, a sign, digits; the rest is ignored, none is 0, and what does not fit wraps from 64 to 32 bits. */
export function atoi(value: string): number {
  const match = /^[ \t\n\v\f\r]*([+-]?)(\d+)/.exec(value)
  if (!match) return 0
  const wide = BigInt(`${match[1] === '-' ? '-' : ''}${match[2]}`)
  const most = 2n ** 63n - 1n
  return Number(BigInt.asIntN(32, wide > most ? most : wide < -most - 1n ? -most - 1n : wide))
}

/** Octets that are not printable ASCII become question marks. */
export function printable(words: string): string {
  return octetsOf(words).replace(/[^ -~]/g, '?')
}

/** Characters as octets, one latin1 character each. */
export function octetsOf(words: string): string {
  return Buffer.from(words).toString('latin1')
}

function positive(value: string, complaint: string): number {
  const number = atoi(value)
  if (number <= 0) throw new DoorFatal(`${complaint}: ${value}`)
  return number
}

/** Octets (latin1) back to characters. */
function text(octets: string): string {
  return Buffer.from(octets, 'latin1').toString()
}
