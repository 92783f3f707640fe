/** What the receiving machine asks of AUTH (RFC 4954); `server-auth.ts` does it. Pure: lines in, replies out. */

/** How an exchange goes on. */
export interface AuthStep {
  /** The reply, without its line end: one line, `334 …` while it goes on. */
  readonly reply: string
  /** `more`: the next line is an answer to a challenge. */
  readonly state: 'more' | 'accepted' | 'failed'
}

/** The exchanges of one connection, one after another. */
export interface AuthServer {
  /** Takes what follows `AUTH` on its line. */
  begin(argument: string): AuthStep
  /** Takes a line that answers a challenge, without its line end. Text is latin1, as it came. */
  answer(line: string): AuthStep
  /** The line that should have answered was longer than any may be: the exchange is over. */
  tooLong(): AuthStep
}

/** AUTH as one thread offers it. */
export interface AuthService {
  /** As they are announced, in this order. */
  readonly mechanisms: readonly string[]
  /** MAIL before AUTH is answered 530. */
  readonly required: boolean
  /** Called at a connection's first AUTH. */
  open(): AuthServer
}
