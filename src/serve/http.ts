/** A request and its answer as plain texts, and what a stream of events is written to: what a carrier brings and takes, whichever it is. */

export interface Request {
  /** In capitals. */
  readonly method: string
  /** Without the query. */
  readonly path: string
  /** Of the query, `token` alone is looked at. */
  readonly token: string | null
  /** Headers; empty where there are none. */
  readonly host: string
  readonly origin: string
  readonly accept: string
  readonly authorization: string
  readonly lastEventId: string
  readonly body: string
}

export interface Answer {
  readonly status: number
  readonly contentType: string
  readonly body: string
  /** Besides Content-Type and Content-Length; names in small letters. */
  readonly headers: Readonly<Record<string, string>>
  /** The body goes on for as long as both like: called when the head is written, not for HEAD. `body` is empty. */
  readonly stream?: (outlet: Outlet) => Streaming
}

/** A client's end of a stream, given by the carrier. */
export interface Outlet {
  /** Hands over; false: not all has been taken, and nothing more should come before `Streaming.drained`. */
  write(text: string): boolean
  /** Ends the body after what was written. */
  end(): void
  /** Cuts the connection. */
  drop(): void
}

/** Our end of it, told by the carrier what happened. */
export interface Streaming {
  /** Everything that was written has been taken. */
  drained(): void
  /** The client is gone, or has been dropped. Nothing is to be written any more. */
  gone(): void
}

/** Largest body that is read, in octets: a policy is a few kilobytes. */
export const BODY_LIMIT = 1024 * 1024

/**
 * A comment of an event stream (HTML Living Standard 9.2.5), which readers skip: it keeps a connection in use, and a carrier that is only told of
 * what it could not write by the next write has something to write.
 */
export const NOTHING = ':\n\n'

export function json(status: number, value: unknown, headers: Readonly<Record<string, string>> = {}): Answer {
  return answerOf(status, 'application/json; charset=utf-8', `${JSON.stringify(value)}\n`, headers)
}

/** Why not, in one sentence. */
export function refusal(status: number, sentence: string, headers: Readonly<Record<string, string>> = {}): Answer {
  return json(status, { error: sentence }, headers)
}

/** `methods` as they stand in Allow. */
export function notAllowed(methods: readonly string[]): Answer {
  const allow = methods.join(', ')
  return refusal(405, `Only ${allow} is possible here.`, { allow })
}

export function tooLarge(): Answer {
  return refusal(413, `A body has at most ${BODY_LIMIT} octets.`)
}

export function answerOf(
  status: number,
  contentType: string,
  body: string,
  headers: Readonly<Record<string, string>> = {},
): Answer {
  return { status, contentType, body, headers: { ...ALWAYS, ...headers } }
}

/** With every answer. No Access-Control-Allow-Origin: pages from elsewhere read nothing here. */
const ALWAYS = {
  'cache-control': 'no-store',
  'x-content-type-options': 'nosniff',
  'cross-origin-resource-policy': 'same-origin',
  'referrer-policy': 'no-referrer',
}
