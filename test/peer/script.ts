/** What a scripted server is told to do, and what it wrote down. */

/** The points of a conversation at which a rule may step in. `hello` is HELO, EHLO and LHLO; `body` the first octets of content. */
export type Stage =
  | 'greeting'
  | 'hello'
  | 'mail'
  | 'rcpt'
  | 'data'
  | 'body'
  | 'dot'
  | 'bdat'
  | 'rset'
  | 'noop'
  | 'quit'
  | 'unknown'

/**
 * One thing to do. Text replies get a final CRLF; `raw` goes out as it is (strings as latin1). Neighbouring texts leave in one write.
 * `normal` is the reply the server would have given; `mute` reads on and never answers again; `stall` stops reading;
 * `close` is close(2), as when the server's process is killed (FIN, and RST for what the client still sends or was not read),
 * `half` is FIN while reading goes on, `reset` is RST (TCP only).
 */
export type Action =
  | 'normal'
  | 'mute'
  | 'stall'
  | 'close'
  | 'half'
  | 'reset'
  | { readonly reply: string }
  | { readonly raw: string | Uint8Array }
  | { readonly wait: number }
  | { readonly endless: string }

/** When (any connection and any occurrence unless a 1-based number is given), and what instead of the normal reply. */
export interface Rule {
  readonly connection?: number
  readonly stage: Stage
  /** Occurrence of this stage on its connection. */
  readonly nth?: number
  /** Nothing in the list: no reply, carry on. */
  readonly do: readonly Action[]
}

export interface Script {
  /** `unix` listens on a socket in a fresh temporary directory. */
  readonly listen?: 'inet' | 'inet6' | 'unix'
  readonly protocol?: 'smtp' | 'lmtp'
  /** Keywords of the EHLO reply; BDAT is understood if CHUNKING is among them. */
  readonly extensions?: readonly string[]
  readonly rules?: readonly Rule[]
  /** No greeting before this many connections are open at once. */
  readonly barrier?: number
  /** Octets kept per connection; what comes after is counted only. */
  readonly keep?: number
}

/** How a connection ended: by the client's FIN or RST, by the server itself, or not yet. */
export type Ending = 'fin' | 'reset' | 'server' | 'open'

/** A message as it came: octets between the DATA command (or the BDAT line) and the end of the terminator (or the last chunk). */
export interface Received {
  readonly octets: Buffer
  readonly length: number
  readonly recipients: number
  /** The reply was positive, for at least one recipient. */
  readonly accepted: boolean
}

/** Everything about one connection. */
export interface Record {
  /** 1-based, in the order of acceptance. */
  readonly number: number
  readonly remoteAddress: string
  /** Milliseconds of the monotonic clock at acceptance. */
  readonly openedAt: number
  /** Octets as they were read: a boundary is a read's end. */
  readonly reads: Buffer[]
  octets: number
  /** Command lines without CRLF, latin1; content is not among them. */
  readonly commands: string[]
  readonly messages: Received[]
  ending: Ending
}
