/** Clients that misbehave beside the healthy ones: which, how many, how. */

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

/** One kind of misbehaviour. `share` is of the run's sessions, 0..1; at least one session when it is above 0. */
export type MischiefPlan =
  /** Sends (or reads) so many octets every `everyMs`: in its commands, in the content, or when it reads replies. */
  | {
      readonly kind: 'slow'
      readonly share: number
      readonly where: 'commands' | 'data' | 'read'
      readonly octets: number
      readonly everyMs: number
    }
  /** Goes through the catalogue of malformed conversations, or through the named cases of it. */
  | { readonly kind: 'malformed'; readonly share: number; readonly cases: readonly string[] | null }
  /** Leaves without a word, by reset or by FIN. */
  | { readonly kind: 'abort'; readonly share: number; readonly stage: AbortStage; readonly how: 'reset' | 'close' }
  /** Sends FIN after EHLO and stays for as long as the server lets it, `holdMs` at most. */
  | { readonly kind: 'half-open'; readonly share: number; readonly holdMs: number }
  /** Connects and leaves, so many times a second, with at most `open` connections at once. */
  | { readonly kind: 'flood'; readonly share: number; readonly perSecond: number; readonly open: number }
