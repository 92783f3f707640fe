/** The manners of the drop-in smtp-sink as data. Texts are octets, one latin1 character each. */

/** The words of its command lists, lower case: a pseudo command for the greeting, the commands, and the end of data. */
export const DOOR_COMMANDS = [
  'connect',
  'helo',
  'ehlo',
  'lhlo',
  'xclient',
  'xforward',
  'auth',
  'mail',
  'rcpt',
  'data',
  '.',
  'rset',
  'noop',
  'vrfy',
  'quit',
] as const
export type DoorCommand = (typeof DOOR_COMMANDS)[number]

/** `-W`, `-w`: how long a reply is held back. */
export interface DoorDelay {
  readonly command: DoorCommand
  /** Whole seconds, at least 1. */
  readonly seconds: number
  /** 0: always `seconds`; 1 to 99: `seconds` times the number of draws in a row that came out below this percentage. */
  readonly odds: number
}

/** What the door does besides what every SinkPlan says (there: host name, protocol, seats, idle limit, dumps, when to end). */
export interface SinkDoorPlan {
  /** argv[0] as typed: it prefixes every diagnostic. */
  readonly program: string
  /** `ESMTP` in the greeting, and EHLO: false with `-e` and `-P`. */
  readonly esmtp: boolean
  /** `-P`: the greeting is `220 ********`. */
  readonly maskedGreeting: boolean
  /** Lines of the EHLO reply. A command that is not announced is still taken, but XCLIENT and XFORWARD. */
  readonly announce: {
    readonly pipelining: boolean
    readonly eightBitMime: boolean
    readonly auth: boolean
    readonly xclient: boolean
    readonly xforward: boolean
    readonly enhancedStatusCodes: boolean
    readonly dsn: boolean
  }
  /** `-b`, `-B`: what rejects say, without the last CR LF; CR LF within makes several lines. */
  readonly softReply: string
  readonly hardReply: string
  /** `-q`: closed without a word. Of several lists the first of these four wins. */
  readonly hangUp: readonly DoorCommand[]
  /** `-Q`: answered 421 and closed. */
  readonly disconnect: readonly DoorCommand[]
  /** `-f` */
  readonly hardReject: readonly DoorCommand[]
  /** `-r` */
  readonly softReject: readonly DoorCommand[]
  /** `-s`: told to syslog. */
  readonly log: readonly DoorCommand[]
  /** `-W`, `-w`: at most one for each command. */
  readonly delays: readonly DoorDelay[]
  /** `-H`: seconds after DATA before content is read; null: none, or `-A` is given. */
  readonly dataReadDelay: number | null
  /** `-A`: seconds after DATA before `550 This violates SMTP` and the end; null: off. */
  readonly abortAfter: number | null
  /** `-c`: counter lines on stdout. */
  readonly counter: boolean
  /** `-v`, as often as given. */
  readonly verbose: number
}
