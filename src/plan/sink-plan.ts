/** Everything about a receiver, units resolved: what it listens on, how it presents itself, what it does with mail and with whom. */

import type { Target } from './plan.js'
import type { Policy } from './policy.js'
import type { DoorCommand, SinkDoorPlan } from './sink-door-plan.js'

/** Keywords of the EHLO reply that a sink can leave out. */
export type SinkKeyword =
  | 'PIPELINING'
  | 'CHUNKING'
  | '8BITMIME'
  | 'SIZE'
  | 'SMTPUTF8'
  | 'ENHANCEDSTATUSCODES'
  | 'DSN'
  | 'AUTH'
  | 'STARTTLS'
  | 'XCLIENT'
  | 'XFORWARD'

/** TLS of a sink: PEM texts, read and checked before the plan was made. */
export interface SinkTlsPlan {
  /** `starttls` offers it (RFC 3207), `implicit` begins with it (RFC 8314). */
  readonly mode: 'starttls' | 'implicit'
  /** Certificate chain and key; null: a self-signed certificate for `hostname` is made at start. */
  readonly identity: { readonly cert: string; readonly key: string } | null
  readonly minVersion: 'TLSv1.2' | 'TLSv1.3' | null
  readonly maxVersion: 'TLSv1.2' | 'TLSv1.3' | null
  readonly ciphers: string | null
  /** PEM of what client certificates must be signed by; null: none is asked for. */
  readonly clientCa: string | null
}

export type SinkMechanism = 'PLAIN' | 'LOGIN' | 'CRAM-MD5' | 'XOAUTH2' | 'SCRAM-SHA-256'

/** AUTH of a sink (RFC 4954). */
export interface SinkAuthPlan {
  /** SCRAM-SHA-256 only with `users`: its server has to prove that it knows the password. */
  readonly mechanisms: readonly SinkMechanism[]
  /** Passwords (or bearer tokens) by user; null: whatever is given is accepted. */
  readonly users: ReadonlyMap<string, string> | null
  /** MAIL before AUTH is answered 530. */
  readonly required: boolean
}

/** What is kept of each message. */
export interface SinkKeepPlan {
  /** One line per message: Message-Id, body hash, sizes (`--ledger`). */
  readonly ledger: string | null
  /** `-d`: a file a message; `-D`: all in one. At most one of them. Templates of strftime(3). */
  readonly dump: { readonly kind: 'each' | 'all'; readonly template: string; readonly prefix: Uint8Array } | null
}

/** What a sink listens on and how it presents itself. */
export interface SinkPlan {
  readonly listen: Target
  /** 0 any, 4 or 6. */
  readonly family: 0 | 4 | 6
  readonly backlog: number
  readonly workers: number
  readonly protocol: 'smtp' | 'lmtp'
  readonly hostname: string
  /** Simultaneous connections, over all workers. */
  readonly maxSessions: number
  /** Announced by SIZE and enforced with 552; null: no limit (announced as bare SIZE). */
  readonly maxSize: number | null
  readonly idleTimeoutMs: number
  /** Extension keywords not to announce. */
  readonly without: readonly string[]
  /** `plain` does without ESMTP and EHLO; `masked` as well, and hides the greeting behind asterisks. */
  readonly greeting: 'esmtp' | 'plain' | 'masked'
  /**
   * What happens behind the reply to DATA: nothing is read for so long, or nothing at all, and so much later 550 is said and the connection closed. null: the
   * content is read.
   */
  readonly afterData: { readonly kind: 'pause' | 'refuse'; readonly ms: number } | null
  /** End after this many messages or QUITs; null: never. */
  readonly quitAfterMessages: number | null
  readonly quitAfterQuits: number | null
  /** The receiver model; null: everybody is welcome, at once. */
  readonly policy: Policy | null
  readonly tls: SinkTlsPlan | null
  readonly auth: SinkAuthPlan | null
  readonly keep: SinkKeepPlan
  /** Lone LFs end lines too, so that `\n.\n` and its like end a message: for testing senders, never as a default. */
  readonly lenientEod: boolean
  /** Command durations and message sizes as histograms, replies by verb and code. */
  readonly record: boolean
  /** `-v`: connections and commands are shown on stderr; `-s`: these commands are told to syslog. */
  readonly talk: { readonly verbose: boolean; readonly log: readonly DoorCommand[] }
  /** Octets of SO_SNDBUF and SO_RCVBUF; null: the system's. */
  readonly tcpWindow: number | null
  /** Manners of the drop-in smtp-sink, which speaks as the original does; null everywhere else. */
  readonly door: SinkDoorPlan | null
}
