import { ErrorKind } from '#src/measure/series.js'
import type { Rule, Stage } from '../peer/script.js'

/** Ways to hold the conversation, as options of `stampede source`. */
export const MODES = {
  'lock-step': { pipelining: 'off', chunking: 'off' },
  pipelined: { pipelining: 'auto', chunking: 'off' },
  bdat: { pipelining: 'auto', chunking: 'auto', depth: 2 },
} as const
export type Mode = keyof typeof MODES

export const STAGES = ['greeting', 'hello', 'mail', 'rcpt', 'data', 'body', 'dot', 'bdat', 'rset', 'quit'] as const
export type FaultStage = (typeof STAGES)[number]

export const KINDS = [
  'reset',
  'close',
  'half-close',
  'stall',
  'garbage',
  'endless reply',
  'wrong code',
  '4xx',
  '5xx',
  '421 and close',
  'reply before the command',
] as const
export type FaultKind = (typeof KINDS)[number]

/** Messages asked for in every cell: one more than a lost connection can take with it, so that the run is seen to go on. */
export const MESSAGES = 3

/** From..to, both allowed. */
export type Range = readonly [number, number]

/** What a cell of the table must come to. */
export interface Expected {
  readonly accepted: Range
  readonly deferred: Range
  readonly refused: Range
  readonly failed: Range
  /** The run counts this many errors in all; a connection that takes two messages with it may count for each. */
  readonly errors: Range
  readonly kinds: readonly string[]
  /** Names of phases after which the error may be filed. */
  readonly after: readonly string[]
}

/** One cell: a stage, a kind, a mode; and why it is left out, if it is. */
export interface Cell {
  readonly mode: Mode
  readonly stage: FaultStage
  readonly kind: FaultKind
}

/** The stages that a mode passes through. */
function passes(mode: Mode, stage: FaultStage): boolean {
  return mode === 'bdat' ? stage !== 'data' && stage !== 'dot' : stage !== 'bdat'
}

/**
 * Stages whose command has already left when the reply of the stage before it is read. A reply too many there is taken for the next one and
 * nobody can tell; in lock-step it is always seen that nothing had been asked.
 */
function travelsWithTheOneBefore(mode: Mode, stage: FaultStage): boolean {
  if (mode === 'lock-step') return false
  if (mode === 'pipelined') return stage === 'rcpt' || stage === 'data'
  return stage === 'rcpt' || stage === 'bdat'
}

/** Every cell that exists. Left out: a reply before the greeting, which is the greeting; what a bdat group cannot show (see above). */
export function cells(): Cell[] {
  const all: Cell[] = []
  for (const mode of Object.keys(MODES) as Mode[]) {
    for (const stage of STAGES.filter((s) => passes(mode, s))) {
      for (const kind of KINDS) {
        if (kind === 'reply before the command') {
          if (stage === 'greeting') continue
          if (
            mode === 'bdat' &&
            (travelsWithTheOneBefore(mode, stage) || stage === 'quit' || stage === 'rset' || stage === 'body')
          )
            continue
        }
        all.push({ mode, stage, kind })
      }
    }
  }
  return all
}

const GOOD: { readonly [stage in FaultStage]: string } = {
  greeting: '220 mx.example',
  hello: '250 mx.example',
  mail: '250 2.1.0 Ok',
  rcpt: '250 2.1.5 Ok',
  data: '354 End data',
  body: '250 2.0.0 Ok',
  dot: '250 2.0.0 Ok',
  bdat: '250 2.0.0 Ok',
  rset: '250 2.0.0 Ok',
  quit: '221 2.0.0 Bye',
}

/** The stage whose reply comes right before a stage's command. */
function before(mode: Mode, stage: FaultStage): Stage {
  const content = mode === 'bdat' ? 'bdat' : 'dot'
  switch (stage) {
    case 'hello':
      return 'greeting'
    case 'mail':
      return 'hello'
    case 'rcpt':
      return 'mail'
    case 'data':
    case 'bdat':
      return 'rcpt'
    case 'rset':
      // The only recipient is refused; the refusal of the DATA that was sent with it comes later.
      return mode === 'lock-step' ? 'rcpt' : 'data'
    case 'quit':
      return content
    default:
      return 'data'
  }
}

/** What the server does on its first connection; every later one is healthy. */
export function rules({ mode, stage, kind }: Cell): Rule[] {
  const here = (what: Rule['do'], where: Stage = stage): Rule => ({ connection: 1, stage: where, nth: 1, do: what })
  const setting: Rule[] = stage === 'rset' ? [here([{ reply: '550 5.1.1 no such user' }], 'rcpt')] : []
  // After a reply in the middle of the content the end of it is owed none.
  const afterBody: Rule[] = stage === 'body' ? [here([], mode === 'bdat' ? 'bdat' : 'dot')] : []
  switch (kind) {
    case 'reset':
      // Right after the handshake it could come before the client has seen the connection, which is another cell.
      return [...setting, here(stage === 'greeting' ? [{ wait: 50 }, 'reset'] : ['reset'])]
    case 'close':
      return [...setting, here(['close'])]
    case 'half-close':
      return [...setting, here(['half', 'mute'])]
    case 'stall':
      return [...setting, here(stage === 'body' ? ['stall'] : ['mute'])]
    case 'garbage':
      return [...setting, here([{ reply: 'HTTP/1.1 400 Bad Request' }, 'mute'])]
    case 'endless reply':
      return [...setting, here([{ endless: '250-aaaaaaaaaaaaaaaaaaaaaaaa' }])]
    case 'wrong code':
      return [...setting, here([{ reply: stage === 'data' ? '250 2.0.0 what' : '354 what' }]), ...afterBody]
    case '4xx':
      return [...setting, here([{ reply: '451 4.3.0 later' }]), ...afterBody]
    case '5xx':
      return [...setting, here([{ reply: '550 5.7.1 no' }]), ...afterBody]
    case '421 and close':
      return [...setting, here([{ reply: '421 4.3.2 closing' }, 'close'])]
    case 'reply before the command': {
      if (stage === 'body') return [here(['normal', { reply: GOOD.dot }], 'data'), here([], 'dot')]
      const where = before(mode, stage)
      const refused = where === 'rcpt' && stage === 'rset'
      if (refused) return [here([{ reply: `550 5.1.1 no such user\r\n${GOOD.rset}` }], 'rcpt')]
      return [...setting, here(['normal', { reply: GOOD[stage] }], where)]
    }
  }
}

/** The name under which an error at a stage is filed: the phase whose reply was awaited. Content has no reply of its own. */
function filedUnder(mode: Mode, stage: FaultStage): string[] {
  switch (stage) {
    case 'hello':
      return ['ehlo']
    case 'body':
      // The replies to MAIL and RCPT of the same flight may be lost with the connection: a reset discards what was not read.
      return mode === 'bdat' ? ['mail', 'rcpt', 'bdat'] : ['dot', 'data']
    default:
      return [stage]
  }
}

/** Messages that can be under way on one connection at a stage. */
function underWay(mode: Mode, stage: FaultStage): number {
  if (stage === 'greeting' || stage === 'hello' || mode === 'lock-step') return 1
  if (mode === 'bdat') return 2
  // The end of a message travels with the next envelope.
  return stage === 'body' || stage === 'dot' || stage === 'rset' ? 2 : 1
}

const NONE: Range = [0, 0]
const ALL: Range = [MESSAGES, MESSAGES]

/** The outcome of a cell, from the rules in the comments. */
export function expected(cell: Cell): Expected {
  const { mode, stage, kind } = cell
  const most = underWay(mode, stage)
  const after = filedUnder(mode, stage)
  const nothing = { deferred: NONE, refused: NONE, failed: NONE, errors: NONE, kinds: [], after: [] }
  const reply = kind === '4xx' || kind === '5xx' || kind === '421 and close'

  // QUIT comes after the outcome of its message, so nothing is lost. A reply of any code will do; none at all is an error.
  if (stage === 'quit') {
    const accepted = ALL
    if (reply || kind === 'wrong code')
      return { ...nothing, accepted, errors: [0, 1], kinds: [ErrorKind.wrongCode], after }
    if (kind === 'garbage') return { ...nothing, accepted, errors: [0, 1], kinds: [ErrorKind.notSmtp], after }
    if (kind === 'reply before the command') {
      const early = { kinds: [ErrorKind.early], after: ['dot', 'quit'] }
      return { ...nothing, ...early, accepted, errors: mode === 'lock-step' ? [1, 1] : [0, 1] }
    }
    return { ...nothing, accepted, errors: [1, 1], kinds: kindsOf(cell), after }
  }

  // The message was refused before RSET: it is refused and not failed, whatever comes of RSET. Only a message that had started behind it can fail.
  if (stage === 'rset') {
    const failed: Range = [0, most - 1]
    const accepted: Range = [MESSAGES - most, MESSAGES - 1]
    const refused: Range = [1, 1]
    if (reply || kind === 'wrong code') {
      return {
        accepted,
        refused,
        deferred: [0, most - 1],
        failed,
        errors: [0, most],
        kinds: [ErrorKind.wrongCode, ErrorKind.closed],
        after,
      }
    }
    if (kind === 'reply before the command') {
      // In one read with the refusal: whether the refusal still counts is the client's choice, that something counts once is not.
      const kinds = [ErrorKind.early, ErrorKind.wrongCode]
      return {
        accepted,
        refused: [0, 1],
        deferred: NONE,
        failed: [0, most],
        errors: [mode === 'lock-step' ? 1 : 0, most],
        kinds,
        after: ['rcpt', 'data', 'rset', 'mail'],
      }
    }
    return { accepted, refused, deferred: NONE, failed, errors: [1, most], kinds: kindsOf(cell), after }
  }

  // A refused EHLO is asked again as HELO when it is for good; then all goes well without extensions.
  if (stage === 'hello' && kind === '5xx') return { ...nothing, accepted: ALL }
  if (stage === 'hello' && kind === '4xx') return { ...nothing, accepted: [MESSAGES - 1, MESSAGES], deferred: [0, 1] }

  // A reply in the middle of the content is a refusal that came early: either name is right.
  if (stage === 'body' && (kind === '4xx' || kind === '5xx')) {
    const one: Range = [0, 1]
    const kinds = [ErrorKind.early]
    const accepted: Range = [MESSAGES - most, MESSAGES - 1]
    return {
      accepted,
      deferred: kind === '4xx' ? one : NONE,
      refused: kind === '5xx' ? one : NONE,
      failed: [0, most],
      errors: [0, most],
      kinds,
      after,
    }
  }

  // 4xx and 5xx are outcomes of their own and no errors; the connection, if it was left, is used again.
  if (kind === '4xx') return { ...nothing, accepted: [MESSAGES - 1, MESSAGES - 1], deferred: [1, 1] }
  if (kind === '5xx') return { ...nothing, accepted: [MESSAGES - 1, MESSAGES - 1], refused: [1, 1] }
  if (kind === '421 and close') {
    // A 4xx for its message; what travelled behind it is lost with the connection, or deferred by the same reply.
    const accepted: Range = [MESSAGES - most, MESSAGES - 1]
    const early = stage === 'body' ? 1 : 0
    const kinds = [ErrorKind.closed, ErrorKind.reset, ...(early ? [ErrorKind.early] : [])]
    return {
      accepted,
      deferred: [1 - early, most],
      refused: NONE,
      failed: [0, most - 1 + early],
      errors: [0, most - 1 + early],
      kinds,
      after: [...after, 'mail', 'rcpt', 'data', 'bdat'],
    }
  }

  // Everything else costs the connection, and every message under way on it fails, each once.
  const failed: Range = [1, most]
  const accepted: Range = [MESSAGES - most, MESSAGES - 1]
  return {
    accepted,
    deferred: NONE,
    refused: NONE,
    failed,
    errors: [1, most],
    kinds: kindsOf(cell),
    after: widened(cell, after),
  }
}

/** The names under which a fault may be counted. More than one only where the kernel or the order of octets leaves it open. */
function kindsOf({ mode, stage, kind }: Cell): string[] {
  const body = stage === 'body'
  // The client is still writing, or has written what the server will not read: FIN and RST race.
  const race = body || (mode !== 'lock-step' && stage !== 'greeting' && stage !== 'hello')
  switch (kind) {
    case 'reset':
      // Where the reset comes on the heels of other replies, libuv makes an end of file of it (POLLHUP after a partial read).
      return race ? [ErrorKind.reset, ErrorKind.closed] : [ErrorKind.reset]
    case 'close':
      return race ? [ErrorKind.closed, ErrorKind.reset] : [ErrorKind.closed]
    case 'half-close':
      return [ErrorKind.closed]
    case 'stall':
      return [ErrorKind.timeout]
    case 'garbage':
      return body ? [ErrorKind.notSmtp, ErrorKind.early] : [ErrorKind.notSmtp]
    case 'endless reply':
      return body ? [ErrorKind.tooLong, ErrorKind.early] : [ErrorKind.tooLong]
    case 'wrong code':
      return body ? [ErrorKind.wrongCode, ErrorKind.early] : [ErrorKind.wrongCode]
    case 'reply before the command':
      return travelsWithTheOneBefore(mode, stage) ? [ErrorKind.early, ErrorKind.wrongCode] : [ErrorKind.early]
    default:
      return []
  }
}

/** More phases where the moment is not the client's to know. */
function widened({ mode, stage, kind }: Cell, after: string[]): string[] {
  // Before the command: filed under the stage just done or the one to come; in a group, where the shifted replies clash.
  if (kind === 'reply before the command') {
    const phase = (s: Stage) => (s === 'hello' ? 'ehlo' : s)
    const own = [...after, phase(before(mode, stage))]
    return travelsWithTheOneBefore(mode, stage) ? [...own, 'rcpt', 'data', 'dot'] : own
  }
  return after
}
