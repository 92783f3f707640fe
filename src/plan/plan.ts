/** Everything that will happen in a run, units resolved. A flag, a plan file and the API all end here; nothing below knows of flags. */
import type { ArrivalPlan } from './arrivals.js'
import type { BaselinePlan } from './baseline.js'
import type { ClientAuthPlan } from './client-auth-plan.js'
import type { ClientTlsPlan } from './client-tls-plan.js'
import type { MailPlan, MixPart } from './mail-plan.js'
import type { MischiefPlan } from './mischief.js'
import type { MischiefPart } from './mischief-shares.js'
import type { Threshold } from './threshold.js'

export type * from './mail-plan.js'

/** Where mail goes: a parsed, not yet resolved address (Postfix's forms, and smtp:// and lmtp:// URLs). */
export type Target =
  | { readonly kind: 'inet'; readonly host: string; readonly port: number; readonly text: string }
  | { readonly kind: 'unix'; readonly path: string; readonly text: string }

/** The stages at which `--until` may stop a session. */
export type Until = 'connect' | 'greeting' | 'ehlo' | 'starttls' | 'auth' | 'mail' | 'rcpt'

/** How much, how fast, by how many. */
export interface LoadPlan {
  /** Messages in all; null: until `durationMs` is over. */
  readonly messages: number | null
  readonly durationMs: number | null
  /** Messages are started on schedule (open loop); null: by each session as fast as it is answered (closed loop). */
  readonly arrivals: ArrivalPlan | null
  readonly sessions: number
  /**
   * Sessions at work as a function of time: added one by one from `from` up to all of them, and taken away again before the end; with `bursts`,
   * so many only for `forMs` at the beginning of every `everyMs`, and `from` between. Null: all at once.
   */
  readonly ramp: {
    readonly from: number
    readonly upMs: number
    readonly downMs: number
    readonly bursts?: { readonly everyMs: number; readonly forMs: number }
  } | null
  /** What happens in the first so many milliseconds is no part of the result. */
  readonly warmupMs: number
  /** Waits before a session whose connection could not be made, or was closed by the server (421), tries again: doubled each time. */
  readonly backoff: { readonly firstMs: number; readonly lastMs: number }
  /** Messages on one connection, exactly; null: the connection is kept to the end. */
  readonly perSession: number | null
  /**
   * Wait after each message, in milliseconds: fixed, drawn uniformly from 0..ms in steps of `stepMs`, or drawn from the exponential distribution
   * whose mean is `ms`.
   */
  readonly delay: {
    readonly kind: 'fixed' | 'random' | 'exponential'
    readonly ms: number
    readonly stepMs: number
  } | null
  /** How long a stopped run waits for what is under way. */
  readonly drainMs: number
}

/** How the conversation is held. */
export interface WirePlan {
  readonly protocol: 'smtp' | 'lmtp'
  /** `ehlo` falls back to HELO when refused; `none` sends no hello at all (`-o`). */
  readonly hello: 'ehlo' | 'helo' | 'none'
  readonly helloName: string
  readonly pipelining: 'auto' | 'off' | 'require'
  readonly chunking: 'off' | 'auto' | 'require'
  /** Transactions in flight per session; more than one needs CHUNKING. */
  readonly depth: number
  readonly until: Until | null
  /** Idle there, before leaving, in milliseconds. */
  readonly holdMs: number
  /** 0 any, 4 or 6. */
  readonly family: 0 | 4 | 6
  /** Source addresses, taken in turn; empty: the kernel's choice. */
  readonly sourceIps: readonly string[]
  /** Handshakes outstanding at once, per worker. */
  readonly connectBurst: number
  /** connect() attempts each session may make in a row before its message counts as failed. */
  readonly connectTries: number
  readonly connectTimeoutMs: number
  /** One limit for every reply and write; null: the waits of RFC 5321 section 4.5.3.2 for each stage. */
  readonly timeoutMs: number | null
  /** SO_SNDBUF and SO_RCVBUF in bytes; null: the system's. */
  readonly tcpWindow: number | null
  readonly tls: ClientTlsPlan | null
  readonly auth: ClientAuthPlan | null
  /** The target's name is looked up for each connection (the door go-smtp-source); absent: once, before the start. */
  readonly resolveEach?: boolean
}

/** Manners of the drop-in door smtp-source; null everywhere else. */
export interface DoorPlan {
  /** argv[0] as typed: it prefixes every diagnostic. */
  readonly program: string
  /** `-c`: running counter on stdout. */
  readonly counter: boolean
  /** `-v`, as often as given. */
  readonly verbose: number
}

/** A frozen plan for `source`. */
export interface SourcePlan {
  readonly target: Target
  readonly load: LoadPlan
  readonly wire: WirePlan
  readonly mail: MailPlan
  /** Several types of mail, drawn by weight; empty: `mail` alone. */
  readonly mix: readonly MixPart[]
  /** Sessions that misbehave on purpose, beside the healthy ones. */
  readonly mischief: readonly MischiefPlan[]
  /** When they begin, in milliseconds of the run; null or absent: by the rule of `mischiefStart`. */
  readonly mischiefAfterMs?: number | null
  /** What the run is judged by. */
  readonly thresholds: readonly Threshold[]
  readonly door: DoorPlan | null
  /** `-A`: refused mail is part of the test and does not spoil the exit status; in the door: warn and carry on. */
  readonly allowReject: boolean
  /** Without thresholds, the share of the messages that must be accepted for the run to pass, 0..1; absent: all of them, or as `allowReject` says. */
  readonly passShare?: number
  readonly retry: 'off' | 'later'
  readonly stopOnError: boolean
  /** Worker threads. */
  readonly workers: number
  /** Record phases and histograms; false only to measure what recording costs. */
  readonly record: boolean
  /** One seed, one traffic: 1 to 16 hexadecimal digits. */
  readonly seed: string
  /** Words for the result; absent: none. */
  readonly tags?: Readonly<Record<string, string>>
  /** An earlier run to be compared with; absent: none. */
  readonly baseline?: BaselinePlan
  /** The target may be neither loopback nor private (`--i-own-this-server`; the door never asks); absent: it may not. */
  readonly publicTarget?: boolean
}

/** One source worker's part: like the plan, with its own numbers. */
export interface Share {
  /** The plan of the healthy sessions: `load.sessions` counts no other. */
  readonly plan: SourcePlan
  readonly worker: number
  readonly messages: number | null
  readonly sessions: number
  /** First session's number in the run, so that numbers are unique over workers. */
  readonly firstSession: number
  /** How much of the plan's rate is this worker's, 0..1. */
  readonly rateShare: number
  /** This worker's part of each kind of misbehaviour. */
  readonly mischief: readonly MischiefPart[]
}
