/**
 * Arguments of the drop-in smtp-sink, read with the original's habits: getopt, atoi, and each value judged the moment it is met, so
 * that of two faults the first one is named. Observed on Postfix 3.7.11. Texts that reach the wire are octets, one latin1 character each.
 */
import { unescapeC } from '../base/c-escapes.js'
import { DOOR_COMMANDS, type DoorCommand, type DoorDelay } from '../plan/sink-door-plan.js'
import { atoi, DoorFatal, readDoor } from './door-args.js'
import { sinkUsage } from './smtp-sink-text.js'

/** What the original keeps in variables. */
export interface SinkDoorOptions {
  family: 0 | 4 | 6
  eightBitMime: boolean
  auth: boolean
  /** null: off. */
  abortAfter: number | null
  softReply: string
  hardReply: string
  counter: boolean
  xclient: boolean
  dumpEach: string | null
  dumpAll: string | null
  esmtp: boolean
  enhancedStatusCodes: boolean
  xforward: boolean
  hostname: string
  /** 0: none. */
  dataReadDelay: number
  lmtp: boolean
  maxSessions: number
  /** 0: no limit. */
  quitAfterMessages: number
  quitAfterQuits: number
  dsn: boolean
  pipelining: boolean
  maskedGreeting: boolean
  hangUp: Set<DoorCommand>
  disconnect: Set<DoorCommand>
  hardReject: Set<DoorCommand>
  softReject: Set<DoorCommand>
  log: Set<DoorCommand>
  delays: Map<DoorCommand, DoorDelay>
  root: string | null
  /** Octets put before each dumped message. */
  dumpPrefix: Uint8Array
  timeout: number
  /** 0: the system's. */
  tcpWindow: number
  user: string | null
  verbose: number
  operand: string
  backlog: number
}

function defaults(): SinkDoorOptions {
  return {
    family: 0,
    eightBitMime: true,
    auth: true,
    abortAfter: null,
    softReply: '450 4.3.0 Error: command failed',
    hardReply: '500 5.3.0 Error: command failed',
    counter: false,
    xclient: true,
    dumpEach: null,
    dumpAll: null,
    esmtp: true,
    enhancedStatusCodes: true,
    xforward: true,
    hostname: 'smtp-sink',
    dataReadDelay: 0,
    lmtp: false,
    maxSessions: 256,
    quitAfterMessages: 0,
    quitAfterQuits: 0,
    dsn: true,
    pipelining: true,
    maskedGreeting: false,
    hangUp: new Set(),
    disconnect: new Set(),
    hardReject: new Set(),
    softReject: new Set(),
    log: new Set(),
    delays: new Map(),
    root: null,
    dumpPrefix: new Uint8Array(0),
    timeout: 100,
    tcpWindow: 0,
    user: null,
    verbose: 0,
    operand: '',
    backlog: 0,
  }
}

/** Reads the arguments up to the operands; the endpoint is not looked at yet. `isRoot`: `-u` is wanted. Throws DoorFatal. */
export function parseSinkDoor(program: string, args: readonly string[], isRoot: boolean): SinkDoorOptions {
  const options = defaults()
  const operands = readDoor('smtp-sink', args, sinkUsage(program), (letter, value) =>
    apply(options, letter, value, program),
  )
  if (operands.length !== 2) throw new DoorFatal(sinkUsage(program))
  options.operand = text(operands[0]!)
  options.backlog = atoi(operands[1]!)
  if (options.backlog <= 0) throw new DoorFatal(sinkUsage(program))
  if (options.dumpEach !== null && options.dumpAll !== null)
    throw new DoorFatal('use only one of -d or -D, but not both')
  if (isRoot && options.user === null) throw new DoorFatal('-u option is required if running as root')
  // The original never comes back from an empty template.
  if (options.dumpEach === '' || options.dumpAll === '') throw new DoorFatal('empty dump template')
  return options
}

function apply(options: SinkDoorOptions, letter: string, value: string, program: string): void {
  switch (letter) {
    case '4':
      options.family = 4
      break
    case '6':
      options.family = 6
      break
    case '8':
      options.eightBitMime = false
      break
    case 'a':
      options.auth = false
      break
    case 'A':
      options.abortAfter = atoi(value)
      if (!/^\d+$/.test(value) || options.abortAfter < 0) throw new DoorFatal(sinkUsage(program))
      break
    case 'b':
      options.softReply = replyOf(value, /^4\d\d(?!\d)/, 'soft', program)
      break
    case 'B':
      options.hardReply = replyOf(value, /^5\d\d(?!\d)/, 'hard', program)
      break
    case 'c':
      options.counter = true
      break
    case 'C':
      options.xclient = false
      break
    case 'd':
      options.dumpEach = text(value)
      break
    case 'D':
      options.dumpAll = text(value)
      break
    case 'e':
      options.esmtp = false
      break
    case 'E':
      options.enhancedStatusCodes = false
      break
    case 'f':
      addCommands(options.hardReject, value)
      options.pipelining = false
      break
    case 'F':
      options.xforward = false
      break
    case 'h':
      options.hostname = value
      break
    case 'H':
      options.dataReadDelay = positive(value, 'bad data read delay')
      break
    case 'L':
      options.lmtp = true
      break
    case 'm':
      options.maxSessions = positive(value, 'bad concurrency limit')
      break
    case 'M':
      options.quitAfterMessages = positive(value, 'bad message quit count')
      break
    case 'n':
      options.quitAfterQuits = positive(value, 'bad quit count')
      break
    case 'N':
      options.dsn = false
      break
    case 'p':
      options.pipelining = false
      break
    case 'P':
      options.maskedGreeting = true
      options.esmtp = false
      break
    case 'q':
      addCommands(options.hangUp, value)
      break
    case 'Q':
      addCommands(options.disconnect, value)
      break
    case 'r':
      addCommands(options.softReject, value)
      options.pipelining = false
      break
    case 'R':
      options.root = text(value)
      break
    case 's':
      addCommands(options.log, value)
      break
    case 'S':
      options.dumpPrefix = unescapeC(value, 'latin1')
      break
    case 't':
      options.timeout = positive(value, 'bad timeout')
      break
    case 'T':
      options.tcpWindow = positive(value, 'bad TCP window size')
      break
    case 'u':
      options.user = text(value)
      break
    case 'v':
      options.verbose++
      break
    case 'w':
      if (atoi(value) <= 0) throw new DoorFatal(sinkUsage(program))
      options.delays.set('data', { command: 'data', seconds: atoi(value), odds: 0 })
      break
    case 'W':
      addDelay(options.delays, value)
      break
    default:
      throw new TypeError(`option table: the door has no -${letter}`)
  }
}

function replyOf(value: string, form: RegExp, severity: 'soft' | 'hard', program: string): string {
  if (!form.test(value))
    throw new DoorFatal(sinkUsage(program), [`error: bad ${severity} error reply: ${clean(value)}`])
  return value
}

/** A list of commands: commas and blanks between. */
function addCommands(set: Set<DoorCommand>, list: string): void {
  for (const word of list.split(/[, \t\r\n]+/)) if (word !== '') set.add(commandOf(word))
}

/** `command:seconds[:odds]`; colons in a row count as one before the seconds. */
function addDelay(delays: Map<DoorCommand, DoorDelay>, argument: string): void {
  const parts = /^:*([^:]+):+([^:]+)(?::(.*))?$/s.exec(argument)
  if (parts === null) throw new DoorFatal(`invalid command delay argument: ${text(argument)}`)
  const [, word, wait, chance] = parts as unknown as [string, string, string, string | undefined]
  const command = commandOf(word)
  const seconds = atoi(wait)
  const odds = atoi(chance ?? '')
  if (seconds <= 0) throw new DoorFatal(`non-positive '${text(word)}' delay`)
  if (odds < 0 || odds > 99) throw new DoorFatal(`delay odds for '${text(word)}' out of range`)
  delays.set(command, { command, seconds, odds })
}

function commandOf(word: string): DoorCommand {
  const folded = word.replace(/[A-Z]/g, (letter) => letter.toLowerCase())
  const command = DOOR_COMMANDS.find((known) => known === folded)
  if (command === undefined) throw new DoorFatal(`unknown command: ${text(word)}`)
  return command
}

function positive(value: string, complaint: string): number {
  const number = atoi(value)
  if (number <= 0) throw new DoorFatal(`${complaint}: ${text(value)}`)
  return number
}

/** Octets back to characters: names of files, users and hosts, and what a fatal text quotes. */
function text(octets: string): string {
  return Buffer.from(octets, 'latin1').toString()
}

/** Octets without those that a terminal could take amiss. */
function clean(octets: string): string {
  return octets.replace(/[^ -~]/g, '?')
}
