/**
 * The receiver model as data: what a policy file or the flags of `stampede sink` say, read (`policy-read.ts`) and checked (`policy-check.ts`), with
 * units resolved. Shares are probabilities from 0 to 1, of the commands of a stage unless said otherwise. Plain data that survives a
 * structured clone; `policy-write.ts` gives it back as a file.
 */

/** The moments of a conversation at which a rule can act, by the names and in the order of the machine's `Stage`. */
export const POLICY_STAGES = [
  'connect',
  'hello',
  'starttls',
  'auth',
  'mail',
  'rcpt',
  'data',
  'dot',
  'rset',
  'noop',
  'vrfy',
  'quit',
  'other',
] as const
export type StageName = (typeof POLICY_STAGES)[number]

/** How long something takes, in milliseconds. What is drawn is never below 0 nor above an hour. */
export type Distribution =
  | { readonly kind: 'fixed'; readonly ms: number }
  /** Each time from `minMs` to `maxMs` is as likely as any other. */
  | { readonly kind: 'uniform'; readonly minMs: number; readonly maxMs: number }
  | { readonly kind: 'exp'; readonly meanMs: number }
  /** What falls below 0 is 0. */
  | { readonly kind: 'normal'; readonly meanMs: number; readonly sdMs: number }
  /** `ms` times the number of draws in a row that come out at `odds`, above 0 and below 1: often none. */
  | { readonly kind: 'geometric'; readonly ms: number; readonly odds: number }
  /** One in a hundred takes longer than `p99Ms`. */
  | { readonly kind: 'lognormal'; readonly medianMs: number; readonly p99Ms: number }

/** Something that happens at some stages to a share of their commands. */
export interface StageRule {
  readonly stages: readonly StageName[]
  readonly share: number
}

/** What is said: `text` is everything behind the code; lines are parted by `\n`. */
export interface PolicyReply {
  readonly code: number
  readonly text: string
}

/** A 4xx or 5xx; `close`: the connection ends with it. */
export interface Refusal extends PolicyReply {
  readonly close: boolean
}

export interface RejectRule extends StageRule, Refusal {}

/** Delays of one stage add up. */
export interface DelayRule extends StageRule {
  readonly time: Distribution
}

/**
 * What a token bucket is kept for: `connection` counts connections of a client address, `client` its messages (at MAIL), `sender` messages of a
 * sender's address, `domain` recipients of a domain (at RCPT).
 */
export const LIMIT_KEYS = ['connection', 'client', 'sender', 'domain'] as const
export type LimitKey = (typeof LIMIT_KEYS)[number]

export interface LimitRule extends Refusal {
  readonly per: LimitKey
  /** Tokens a second. */
  readonly rate: number
  /** Tokens of a full bucket; a new one is full. */
  readonly burst: number
}

/** At most `count`, then the refusal. */
export interface CountRule extends Refusal {
  readonly count: number
}

/**
 * A triplet of client address, sender and recipient is put off until `passMs` have gone since it was seen first, and is forgotten when it was not seen
 * for `lifetimeMs`.
 */
export interface GreylistRule extends Refusal {
  readonly passMs: number
  readonly lifetimeMs: number
}

/** Each reply waits `stepMs` for each connection of the same client (or in all) that is above `free`, but `maxMs` at most. */
export interface TarpitRule {
  readonly per: 'client' | 'all'
  readonly stepMs: number
  readonly free: number
  readonly maxMs: number
}

/** A share of the messages is cut off by a reset after so many octets of content: any number from `minOctets` to `maxOctets`. */
export interface CutRule {
  readonly minOctets: number
  readonly maxOctets: number
  readonly share: number
}

/** The command takes effect and is answered with this all the same: a code that is not due. */
export interface WrongRule extends StageRule, PolicyReply {}

/** Things that are no reply: without a code, ended by LF alone, of 1,000 octets, with a NUL in it, a reply of several lines that stops. */
export const MALFORMED_KINDS = ['no-code', 'bare-lf', 'overlong', 'nul', 'half'] as const
export type MalformedKind = (typeof MALFORMED_KINDS)[number]

export interface MalformedRule extends StageRule {
  readonly as: MalformedKind
}

/** A share of the connections gets its replies in pieces of `octets`, `everyMs` apart. */
export interface DripRule {
  readonly octets: number
  readonly everyMs: number
  readonly share: number
}

/** A share of the connections is read slowly: nothing for `pauseMs` after each read. */
export interface SlowReadRule {
  readonly pauseMs: number
  readonly share: number
}

/** Everything a receiver does to its clients besides taking their mail. */
export interface Policy {
  /** 1 to 16 hexadecimal digits; the same seed and the same order of commands give the same faults. */
  readonly seed: string
  readonly reject: readonly RejectRule[]
  readonly delay: readonly DelayRule[]
  readonly limit: readonly LimitRule[]
  readonly maxRecipients: CountRule | null
  readonly maxMessages: CountRule | null
  readonly greylist: GreylistRule | null
  readonly tarpit: readonly TarpitRule[]
  /** The connection is closed without a word. */
  readonly disconnect: readonly StageRule[]
  readonly reset: readonly StageRule[]
  readonly cut: readonly CutRule[]
  readonly wrong: readonly WrongRule[]
  readonly malformed: readonly MalformedRule[]
  readonly drip: DripRule | null
  readonly slowRead: SlowReadRule | null
  /** Buckets, triplets, and clients that are remembered at once, each: beyond, the oldest are forgotten. A power of two. */
  readonly entries: number
}

export const DEFAULT_ENTRIES = 65_536

/** A receiver that does nothing but take mail. */
export const NO_POLICY: Policy = {
  seed: '0',
  reject: [],
  delay: [],
  limit: [],
  maxRecipients: null,
  maxMessages: null,
  greylist: null,
  tarpit: [],
  disconnect: [],
  reset: [],
  cut: [],
  wrong: [],
  malformed: [],
  drip: null,
  slowRead: null,
  entries: DEFAULT_ENTRIES,
}
