/** The sending side of AUTH (RFC 4954): who logs in on which connection, by which mechanism, and with a right or a wrong secret. */
import { Rng } from '../base/rng.js'
import {
  BARE_MECHANISMS,
  CLIENT_MECHANISMS,
  type ClientAuthPlan,
  type ClientMechanism,
} from '../plan/client-auth-plan.js'
import { exchange, type Means } from './client-auth-exchanges.js'
import type { AuthClient, AuthExchange } from './client-auth-hook.js'
import { Extension } from './extensions.js'
import type { SaslTools } from './sasl.js'
import { ScramKeyring } from './scram.js'

const BIT: Readonly<Record<ClientMechanism, number>> = {
  'SCRAM-SHA-256': Extension.authScramSha256,
  'CRAM-MD5': Extension.authCramMd5,
  XOAUTH2: Extension.authXoauth2,
  PLAIN: Extension.authPlain,
  LOGIN: Extension.authLogin,
}

/** Where a thread stands. */
export interface AuthPlace {
  /** The server is on this machine: loopback or a unix socket. */
  readonly local: boolean
  readonly worker: number
  readonly workers: number
  /** Seed of whatever is drawn. */
  readonly seed: number
}

/** AUTH as `plan` has it. */
export function authClient(plan: ClientAuthPlan, place: AuthPlace, tools: SaslTools): AuthClient {
  return new Logins(plan, place, tools)
}

class Logins implements AuthClient {
  reason = ''
  readonly #plan: ClientAuthPlan
  readonly #readable: boolean
  readonly #means: Means
  readonly #rng: Rng
  readonly #wrongSecret: string
  /** The next credential in turn: the workers' turns interleave. */
  #turn: number
  readonly #step: number

  constructor(plan: ClientAuthPlan, place: AuthPlace, tools: SaslTools) {
    this.#plan = plan
    this.#readable = !place.local && !plan.inClear
    this.#means = { tools, keyring: new ScramKeyring(tools) }
    this.#rng = new Rng(place.seed)
    // One for all: SCRAM then derives its keys once for each user.
    this.#wrongSecret = `wrong-${this.#rng.upTo(0xffff_fffe).toString(16)}`
    this.#turn = place.worker % plan.credentials.length
    this.#step = place.workers % plan.credentials.length
  }

  open(offered: number, encrypted: boolean, before: AuthExchange | null): AuthExchange | null {
    const mechanism = this.#choose(offered, encrypted)
    if (mechanism === null) return null
    const number = before === null ? this.#next() : before.credential
    const credential = this.#plan.credentials[number]!
    const wrong = before === null && this.#plan.failureRate > 0 && this.#rng.next() < this.#plan.failureRate
    const given = wrong ? { user: credential.user, secret: this.#instead(credential.secret) } : credential
    return exchange(mechanism, given, this.#means, number, wrong)
  }

  /** The best that may be used; null, and the reason, when there is none. */
  #choose(offered: number, encrypted: boolean): ClientMechanism | null {
    const { mechanism } = this.#plan
    const wanted = mechanism === null ? CLIENT_MECHANISMS.filter((name) => name !== 'XOAUTH2') : [mechanism]
    const common = wanted.filter((name) => (offered & BIT[name]) !== 0)
    const best = common.find((name) => encrypted || !this.#readable || !BARE_MECHANISMS.includes(name))
    if (best !== undefined) return best
    this.reason =
      common.length > 0
        ? `${common.join(' and ')} would send the secret unencrypted to another machine`
        : (offered & Extension.auth) === 0
          ? 'the server offers no AUTH'
          : `the server does not offer ${wanted.join(', ')}`
    return null
  }

  #next(): number {
    const { credentials, order } = this.#plan
    if (order === 'random') return this.#rng.upTo(credentials.length - 1)
    const number = this.#turn
    this.#turn = (number + this.#step) % credentials.length
    return number
  }

  /** A secret that is none; should it by chance be the right one, it is made longer. */
  #instead(secret: string): string {
    return secret === this.#wrongSecret ? `${this.#wrongSecret}x` : this.#wrongSecret
  }
}
