/** What the sending machine asks of AUTH (RFC 4954); `client-auth.ts` does it. Pure: challenges in, lines out. */

/** One exchange: a mechanism, a credential, and how far it has come. */
export interface AuthExchange {
  /** The secret is wrong on purpose (`--auth-failure-rate`): 535 is the right answer. */
  readonly wrong: boolean
  /** `AUTH MECHANISM [initial-response]` with its CRLF. */
  first(): Buffer
  /** The line that answers a 334 with this text, with its CRLF; `*` when there is no answer to it (RFC 4954 section 4). */
  next(challenge: string): Buffer
}

/** AUTH as one thread does it. */
export interface AuthClient {
  /**
   * The exchange of a connection whose server announced `offered` (bits of `Extension`); null: no mechanism that may be used. `again`: the
   * exchange before it on this connection was wrong on purpose, now comes the right one.
   */
  open(offered: number, encrypted: boolean, again: boolean): AuthExchange | null
}
