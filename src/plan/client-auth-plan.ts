/** AUTH of a source (RFC 4954). Secrets stand here in the clear and nowhere else: whatever prints a plan masks them. */

/** SASL mechanisms that a source speaks, the best first: what proves most and gives away least. */
export const CLIENT_MECHANISMS = ['SCRAM-SHA-256', 'CRAM-MD5', 'XOAUTH2', 'PLAIN', 'LOGIN'] as const
export type ClientMechanism = (typeof CLIENT_MECHANISMS)[number]

/** Those that give the secret itself to whoever can read along. */
export const BARE_MECHANISMS: readonly ClientMechanism[] = ['XOAUTH2', 'PLAIN', 'LOGIN']

export interface Credential {
  readonly user: string
  /** Password, or bearer token with XOAUTH2. */
  readonly secret: string
}

export interface ClientAuthPlan {
  /** Null: the best that the server offers; XOAUTH2 is never chosen unasked, for its secret is another kind of thing. */
  readonly mechanism: ClientMechanism | null
  /** At least one. */
  readonly credentials: readonly Credential[]
  /** Which connection takes which: in turn, or drawn. */
  readonly order: 'robin' | 'random'
  /** Share of the connections that try a wrong secret first, 0..1; counted apart. */
  readonly failureRate: number
  /** Whether a secret may go unencrypted to a server that is not on this machine. */
  readonly inClear: boolean
  /** Where the credentials came from, for the line that repeats the run; null: given on the command line. */
  readonly file: string | null
}

/** The plan for people: who logs in, and no secrets. */
export function maskedAuth(plan: ClientAuthPlan): ClientAuthPlan {
  return { ...plan, credentials: plan.credentials.map(({ user }) => ({ user, secret: '***' })) }
}
