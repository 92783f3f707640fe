/** What the sending machine asks of AUTH (RFC 4954); `client-auth.ts` does it. Pure: challenges in, lines out. */

/** One exchange: a mechanism, a credential, and how far it has come. */
export interface AuthExchange {
  /** The secret is wrong on purpose (`--auth-failure-rate`): 535 is the right answer. */
  readonly wrong: boolean
  /** Which of the plan's credentials it is about. */
  readonly credential: number
  /** Whether a 235 may be believed now: with SCRAM the server has to prove first that it knows the secret too (RFC 5802 section 3). */
  readonly proved: boolean
  /** `AUTH MECHANISM [initial-response]` with its CRLF. */
  first(): Buffer
  /** The line that answers a 334 with this text, with its CRLF; `*` when there is no answer to it (RFC 4954 section 4). Never throws. */
  next(challenge: string): Buffer
}

/** AUTH as one thread does it. */
export interface AuthClient {
  /** Why the last `open` gave null: a sentence's worth for the table of errors, without any secret. */
  readonly reason: string
  /**
   * The exchange of a connection whose server announced `offered` (bits of `Extension`); null: no mechanism that may be used. `before`: the
   * exchange on this same connection that was wrong on purpose; now comes the right secret of the same user.
   */
  open(offered: number, encrypted: boolean, before: AuthExchange | null): AuthExchange | null
}
