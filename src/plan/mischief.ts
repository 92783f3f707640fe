/** Clients that misbehave beside the healthy ones: which, how many, how, and from when on. */

/** Stages at which a client can break off. */
export const ABORT_STAGES = [
  'connect',
  'greeting',
  'ehlo',
  'starttls',
  'auth',
  'mail',
  'rcpt',
  'data',
  'body',
  'dot',
] as const
export type AbortStage = (typeof ABORT_STAGES)[number]

/** Where a client can be slow. */
export const SLOW_PLACES = ['commands', 'data', 'read'] as const
export type SlowPlace = (typeof SLOW_PLACES)[number]

/** One kind of misbehaviour. `share` is of the run's sessions, above 0 and below 1; at least one session. */
export type MischiefPlan =
  /** Sends (or reads) so many octets every `everyMs`: in its commands, in the content, or when it reads replies. */
  | {
      readonly kind: 'slow'
      readonly share: number
      readonly where: SlowPlace
      readonly octets: number
      readonly everyMs: number
    }
  /** Goes through the catalogue of malformed conversations, or through the named cases of it. */
  | { readonly kind: 'malformed'; readonly share: number; readonly cases: readonly string[] | null }
  /** Leaves without a word once it has got so far, by reset or by FIN; `body` is half of the content, `dot` all of it. */
  | { readonly kind: 'abort'; readonly share: number; readonly stage: AbortStage; readonly how: 'reset' | 'close' }
  /** Sends FIN after EHLO and stays for as long as the server lets it, `holdMs` at most. */
  | { readonly kind: 'half-open'; readonly share: number; readonly holdMs: number }
  /** Connects and says nothing, so many times a second; with `open` connections at once the oldest leaves for each new one. Apart from the sessions. */
  | { readonly kind: 'flood'; readonly perSecond: number; readonly open: number }

/** How many sessions of the run each kind takes, in the order of the plan. */
export function badSessions(mischief: readonly MischiefPlan[], sessions: number): number[] {
  return mischief.map((one) => (one.kind === 'flood' ? 0 : Math.max(1, Math.round(one.share * sessions))))
}

/** How many sessions of the run behave. */
export function healthySessions(mischief: readonly MischiefPlan[], sessions: number): number {
  return sessions - badSessions(mischief, sessions).reduce((sum, many) => sum + many, 0)
}

/** Descriptors that misbehaviour takes beyond one for each session: a second one where the server is looked at, and a flood's. */
export function mischiefDescriptors(mischief: readonly MischiefPlan[], sessions: number): number {
  const counts = badSessions(mischief, sessions)
  return mischief.reduce(
    (sum, one, i) => sum + (one.kind === 'flood' ? one.open : one.kind === 'malformed' ? counts[i]! : 0),
    0,
  )
}

/** The longest time before the misbehaviour, unless one is asked for. */
const ALONE_MAX_MS = 15_000
/** The part of the run that is healthy throughout, for comparison. */
const ALONE_PART = 4

/**
 * When the misbehaviour begins: at a moment of the run, or before that as soon as so many messages have been started. `--fault-after` decides if given;
 * else a quarter of the time behind the warm-up, or of the messages, and 15 s of it at most.
 */
export interface MischiefStart {
  readonly ms: number
  readonly messages: number | null
}

export function mischiefStart(
  load: { readonly durationMs: number | null; readonly messages: number | null; readonly warmupMs: number },
  afterMs: number | null | undefined,
): MischiefStart {
  if (afterMs !== null && afterMs !== undefined) return { ms: afterMs, messages: null }
  const { durationMs, messages, warmupMs } = load
  const timed = durationMs === null ? Number.POSITIVE_INFINITY : Math.max(0, durationMs - warmupMs) / ALONE_PART
  return {
    ms: warmupMs + Math.min(ALONE_MAX_MS, timed),
    messages: messages === null ? null : Math.max(1, Math.floor(messages / ALONE_PART)),
  }
}

/** A kind in a few words, as tables name it. */
export function mischiefName(one: MischiefPlan): string {
  switch (one.kind) {
    case 'slow':
      return `slow ${one.where}`
    case 'abort':
      return `abort ${one.stage} by ${one.how}`
    case 'flood':
      return 'connect flood'
    default:
      return one.kind
  }
}
