/**
 * The receiving side of AUTH (RFC 4954): PLAIN (RFC 4616), LOGIN, CRAM-MD5 (RFC 2195), XOAUTH2 and SCRAM-SHA-256 (RFC 7677). Pure: lines in,
 * replies out; what needs randomness, a clock or a hash is handed in.
 */
import { SinkCounter } from '../measure/series.js'
import type { SinkAuthPlan, SinkMechanism } from '../plan/sink-plan.js'
import { decodeBase64, type SaslTools, same } from './sasl.js'
import { ScramKeyring } from './scram.js'
import type { AuthServer, AuthService, AuthStep } from './server-auth-hook.js'
import { type ScramMeans, ScramServer } from './server-auth-scram.js'

const Stage = {
  none: 0,
  plain: 1,
  loginUser: 2,
  loginPassword: 3,
  cramMd5: 4,
  xoauth2: 5,
  xoauth2Failed: 6,
  scramFirst: 7,
  scramFinal: 8,
  scramDone: 9,
} as const
type Stage = (typeof Stage)[keyof typeof Stage]

const ACCEPTED: AuthStep = { reply: '235 2.7.0 Authentication successful', state: 'accepted' }
const WRONG = failed('535 5.7.8 Authentication credentials invalid')
const CANCELLED = failed('501 5.7.0 Authentication cancelled')
const NOT_BASE64 = failed('501 5.5.2 Cannot decode base64')
const MALFORMED = failed('501 5.5.2 Malformed authentication data')
const SYNTAX = failed('501 5.5.4 Syntax: AUTH mechanism [initial-response]')
const SERVER_FIRST = failed('501 5.7.0 No initial response with this mechanism')
const UNKNOWN = failed('504 5.5.4 Unknown authentication mechanism')
const TOO_LONG = failed('500 5.5.6 Authentication exchange line is too long')

/** What XOAUTH2 says before its 535, as the mail providers that speak it do. */
const XOAUTH2_ERROR = challenge('{"status":"401","schemes":"bearer","scope":"smtp"}')

/** A challenge has one line, whatever the receiver is called. */
const HOSTNAME_MAX = 255

/** AUTH as `plan` has it. `hostname` stands in CRAM-MD5 challenges; `authOk` and `authFailed` of `counters` are kept, a row of `SinkCounter`s. */
export function authService(
  plan: SinkAuthPlan,
  hostname: string,
  tools: SaslTools,
  counters: Float64Array,
): AuthService {
  const { mechanisms, required, users } = plan
  const scram = users === null ? null : { users, hostname, tools, keyring: new ScramKeyring(tools) }
  return { mechanisms, required, open: () => new Exchange(plan, hostname, tools, scram, counters) }
}

class Exchange implements AuthServer {
  readonly #plan: SinkAuthPlan
  readonly #hostname: string
  readonly #tools: SaslTools
  readonly #scramMeans: ScramMeans | null
  readonly #counters: Float64Array
  #stage: Stage = Stage.none
  #user = ''
  #challenge = ''
  #scram: ScramServer | null = null

  constructor(
    plan: SinkAuthPlan,
    hostname: string,
    tools: SaslTools,
    scram: ScramMeans | null,
    counters: Float64Array,
  ) {
    this.#plan = plan
    this.#hostname = hostname.slice(0, HOSTNAME_MAX) || 'localhost'
    this.#tools = tools
    this.#scramMeans = scram
    this.#counters = counters
  }

  begin(argument: string): AuthStep {
    this.#stage = Stage.none
    return this.#counted(this.#begin(argument))
  }

  answer(line: string): AuthStep {
    const stage = this.#stage
    this.#stage = Stage.none
    return this.#counted(this.#answer(stage, line))
  }

  tooLong(): AuthStep {
    this.#stage = Stage.none
    return this.#counted(TOO_LONG)
  }

  #counted(step: AuthStep): AuthStep {
    if (step.state === 'accepted') this.#counters[SinkCounter.authOk]!++
    else if (step.state === 'failed') this.#counters[SinkCounter.authFailed]!++
    return step
  }

  /** A mechanism and, where it may have one, an initial response (`=`: an empty one). */
  #begin(argument: string): AuthStep {
    const [name = '', initial, ...rest] = argument.split(/[ \t]+/).filter((word) => word !== '')
    if (name === '' || rest.length > 0) return SYNTAX
    const mechanism = name.toUpperCase() as SinkMechanism
    if (!this.#plan.mechanisms.includes(mechanism)) return UNKNOWN
    switch (mechanism) {
      case 'PLAIN':
        return this.#ask(Stage.plain, '334 ', initial)
      case 'LOGIN':
        return this.#ask(Stage.loginUser, challenge('Username:'), initial)
      case 'XOAUTH2':
        return this.#ask(Stage.xoauth2, '334 ', initial)
      case 'CRAM-MD5':
        if (initial !== undefined) return SERVER_FIRST
        this.#challenge = `<${this.#tools.unique()}@${this.#hostname}>`
        return this.#ask(Stage.cramMd5, challenge(this.#challenge), undefined)
      case 'SCRAM-SHA-256':
        // Who knows no passwords cannot prove it: the plan does not have it then.
        if (this.#scramMeans === null) return UNKNOWN
        this.#scram = new ScramServer(this.#scramMeans)
        return this.#ask(Stage.scramFirst, '334 ', initial)
    }
  }

  #answer(stage: Stage, line: string): AuthStep {
    // Any answer to the error of XOAUTH2 will do: it is only the client's turn.
    if (stage === Stage.xoauth2Failed) return line === '*' ? CANCELLED : WRONG
    if (line === '*') return CANCELLED
    const octets = decodeBase64(line)
    if (octets === null) return NOT_BASE64
    const text = octets.toString('utf8')
    switch (stage) {
      case Stage.plain:
        return this.#plain(text)
      case Stage.loginUser:
        this.#user = text
        return this.#ask(Stage.loginPassword, challenge('Password:'), undefined)
      case Stage.loginPassword:
        return this.#user === '' ? MALFORMED : this.#check(this.#user, text)
      case Stage.cramMd5:
        return this.#cramMd5(text)
      case Stage.xoauth2:
        return this.#xoauth2(text)
      case Stage.scramFirst:
        return this.#scramFirst(text)
      case Stage.scramFinal:
        return this.#scramFinal(text)
      case Stage.scramDone:
        return text === '' ? ACCEPTED : MALFORMED
      default:
        return MALFORMED
    }
  }

  #ask(stage: Stage, reply: string, initial: string | undefined): AuthStep {
    if (initial !== undefined) return this.#answer(stage, initial === '=' ? '' : initial)
    this.#stage = stage
    return { reply, state: 'more' }
  }

  /** RFC 4616: `[authzid] NUL authcid NUL passwd`. */
  #plain(text: string): AuthStep {
    const parts = text.split('\0')
    const [authorize, user, password] = parts
    if (parts.length !== 3 || !user || !password) return MALFORMED
    // Nobody may act for another: there is nothing to say who might.
    if (this.#plan.users !== null && authorize !== '' && authorize !== user) return WRONG
    return this.#check(user, password)
  }

  /** RFC 2195: `user SP digest`. The user may have blanks in it. */
  #cramMd5(text: string): AuthStep {
    const [, user, digest] = /^(.+) ([0-9a-f]{32})$/i.exec(text) ?? []
    if (user === undefined || digest === undefined) return MALFORMED
    const { users } = this.#plan
    if (users === null) return ACCEPTED
    const expected = this.#tools.hmacMd5(users.get(user) ?? '', this.#challenge)
    return same(digest.toLowerCase(), expected) && users.has(user) ? ACCEPTED : WRONG
  }

  /** `user=NAME ^A auth=Bearer TOKEN ^A ^A`. */
  #xoauth2(text: string): AuthStep {
    const [, user, token] = /^user=([^\x01]+)\x01auth=Bearer ([^\x01]+)\x01\x01$/i.exec(text) ?? []
    if (user === undefined || token === undefined) return MALFORMED
    const step = this.#check(user, token)
    return step === ACCEPTED ? step : this.#ask(Stage.xoauth2Failed, XOAUTH2_ERROR, undefined)
  }

  #scramFirst(text: string): AuthStep {
    const answer = this.#scram?.first(text) ?? null
    return answer === null ? MALFORMED : this.#ask(Stage.scramFinal, challenge(answer), undefined)
  }

  /** A 235 has no room for our signature: it comes as one more challenge, with an empty answer (RFC 4954 section 4). */
  #scramFinal(text: string): AuthStep {
    const answer = this.#scram?.final(text) ?? null
    if (answer === null) return MALFORMED
    return answer === 'wrong' ? WRONG : this.#ask(Stage.scramDone, challenge(answer.text), undefined)
  }

  #check(user: string, password: string): AuthStep {
    const { users } = this.#plan
    if (users === null) return ACCEPTED
    return same(password, users.get(user) ?? '') && users.has(user) ? ACCEPTED : WRONG
  }
}

function challenge(text: string): string {
  return `334 ${Buffer.from(text).toString('base64')}`
}

function failed(reply: string): AuthStep {
  return Object.freeze({ reply, state: 'failed' })
}
