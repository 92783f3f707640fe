/**
 * Loads that bring leaks to light, made from a user's own plan: its target, wire and mail stay, how much of what is sent changes. Most have two loads that
 * take turns, so that what leaks with one thing can be told from what leaks with another.
 */
import type { ClientAuthPlan } from './client-auth-plan.js'
import { PLAIN_TLS } from './client-tls-plan.js'
import type { MailPlan, SourcePlan, WirePlan } from './plan.js'

export const LEAK_PLANS = [
  'short-sessions',
  'large-mails',
  'handshakes',
  'aborted',
  'refused',
  'auth-failures',
  'tls-handshakes',
  'own',
] as const
export type LeakPlanName = (typeof LEAK_PLANS)[number]

/** What a leak may go with, in the words of measure/leaks.ts. */
type Driver = 'message' | 'connection' | 'failed message' | 'failed AUTH' | 'aborted session' | 'TLS handshake' | 'MB'

/** One kind of cycle. */
export interface LeakLoad {
  readonly name: string
  readonly plan: SourcePlan
}

export interface LeakPlan {
  readonly name: LeakPlanName
  readonly sentence: string
  /** Take turns, two cycles of each. */
  readonly loads: readonly [LeakLoad, ...LeakLoad[]]
  /** What a leak may be laid to, the likeliest first. */
  readonly candidates: readonly Driver[]
  /** Where nobody says otherwise no cycle begins after this. */
  readonly timeMs: number
}

const TIME_MS = 90_000
/** A kernel forgets its half of a connection that the server does not close after a minute (tcp_fin_timeout); whoever then gets its port ends the other. */
const HALVES_MS = 55_000
/** No load takes longer, however slow the server is. */
const LOAD_MS = 8000
/** Parallel sessions where the user's plan has only one. */
const SESSIONS = 16
const LARGE_SESSIONS = 4
const ABORTING_SESSIONS = 80
const ABORT_MS = 2000
/**
 * Messages, or handshakes, of one load where the user's plan does not say: much against what a heap gains or loses from one cycle to the next, and still
 * about as long as the rest that follows.
 */
const SHORT = 10_000
const LONG = 16_000
/** Whole mails on connections of their own beside those that are broken off. */
const WHOLE = 3000
const LARGE = 24
const LARGE_OCTETS = 5_000_000
const TLS = 1500
/** No mail system takes this for an address (RFC 5321 section 4.1.2). */
const NO_ADDRESS = 'no@address@at all'
/** Whoever is turned away at AUTH comes back at once. */
const AT_ONCE = { firstMs: 1, lastMs: 1 }
const NOBODY: ClientAuthPlan = {
  mechanism: null,
  credentials: [{ user: 'stampede-nobody', secret: 'not-the-password' }],
  order: 'robin',
  failureRate: 0,
  inClear: true,
  file: null,
}

/** Makes a ready-made plan of a user's plan. `NO_ADDRESS` stands for the recipient in `refused` unless `ownRecipient`. */
export function leakPlan(name: LeakPlanName, base: SourcePlan, ownRecipient = false): LeakPlan {
  return MAKERS[name](new Maker(base), ownRecipient)
}

const MAKERS: Readonly<Record<LeakPlanName, (maker: Maker, ownRecipient: boolean) => LeakPlan>> = {
  'short-sessions': (maker) => ({
    name: 'short-sessions',
    sentence: 'many short sessions with small mails, in turn with few long ones',
    candidates: ['message', 'connection', 'failed message'],
    timeMs: TIME_MS,
    loads: [
      { name: 'a session each', plan: maker.mails(SHORT, { perSession: 1 }) },
      { name: 'long sessions', plan: maker.mails(LONG, { perSession: null }) },
    ],
  }),
  'large-mails': (maker) => ({
    name: 'large-mails',
    sentence: 'few sessions with mails of 5 MB, in turn with small ones',
    candidates: ['MB', 'message', 'failed message'],
    timeMs: TIME_MS,
    loads: [
      { name: '5 MB mails', plan: maker.mails(LARGE, { perSession: null }, LARGE_SESSIONS, maker.sized(LARGE_OCTETS)) },
      { name: 'small mails', plan: maker.mails(SHORT, { perSession: null }, LARGE_SESSIONS, maker.sized(1024)) },
    ],
  }),
  handshakes: (maker) => ({
    name: 'handshakes',
    sentence: 'connect, EHLO, QUIT, and nothing else',
    candidates: ['connection'],
    timeMs: TIME_MS,
    loads: [
      { name: 'handshakes', plan: maker.handshakes(SHORT, { until: 'ehlo', tls: maker.implicitTls, auth: null }) },
    ],
  }),
  aborted: (maker) => ({
    name: 'aborted',
    sentence: 'transactions that are broken off at DATA and within the mail, in turn with whole ones',
    candidates: ['aborted session', 'connection', 'message'],
    timeMs: HALVES_MS,
    loads: [
      { name: 'aborted', plan: maker.aborted() },
      { name: 'whole', plan: maker.mails(WHOLE, { perSession: 1 }) },
    ],
  }),
  refused: (maker, ownRecipient) => ({
    name: 'refused',
    sentence: 'mails whose recipient is refused, in turn with mails that are taken',
    candidates: ['failed message', 'message', 'connection'],
    timeMs: TIME_MS,
    loads: [
      {
        name: 'refused',
        plan: maker.mails(SHORT, { perSession: null }, SESSIONS, ownRecipient ? {} : { to: NO_ADDRESS, toPool: null }),
      },
      ...(ownRecipient ? [] : [{ name: 'taken', plan: maker.mails(SHORT, { perSession: null }) }]),
    ],
  }),
  'auth-failures': (maker) => ({
    name: 'auth-failures',
    sentence: 'AUTH with a wrong password, in turn with handshakes without a wrong one',
    candidates: ['failed AUTH', 'connection'],
    timeMs: TIME_MS,
    loads: [
      { name: 'wrong password', plan: maker.handshakes(SHORT, { until: 'auth', auth: maker.wrongAuth }) },
      {
        name: 'no wrong one',
        plan: maker.handshakes(
          SHORT,
          maker.auth === null
            ? { until: maker.explicitTls ? 'starttls' : 'ehlo', auth: null }
            : { until: 'auth', auth: { ...maker.auth, failureRate: 0 } },
        ),
      },
    ],
  }),
  'tls-handshakes': (maker) => ({
    name: 'tls-handshakes',
    sentence: 'full TLS handshakes, in turn with plain ones where the port takes both',
    candidates: ['TLS handshake', 'connection'],
    timeMs: TIME_MS,
    loads: [
      { name: 'TLS', plan: maker.handshakes(TLS, { until: 'starttls', tls: maker.fullTls, auth: null }) },
      ...(maker.implicitTls === null
        ? [{ name: 'plain', plan: maker.handshakes(SHORT, { until: 'ehlo', tls: null, auth: null }) }]
        : []),
    ],
  }),
  own: (maker) => ({
    name: 'own',
    sentence: 'the load of these flags, again and again',
    candidates: ['message', 'connection', 'failed message', 'failed AUTH', 'aborted session', 'TLS handshake'],
    timeMs: TIME_MS,
    loads: [{ name: 'own', plan: maker.own() }],
  }),
}

/** Changes of the user's plan. */
class Maker {
  readonly auth: ClientAuthPlan | null
  readonly wrongAuth: ClientAuthPlan
  readonly #base: SourcePlan

  constructor(base: SourcePlan) {
    this.#base = { ...base, thresholds: [], retry: 'off', stopOnError: false, allowReject: true }
    this.auth = base.wire.auth
    this.wrongAuth = base.wire.auth === null ? NOBODY : { ...base.wire.auth, failureRate: 1 }
  }

  /** As it is, but no longer than other loads, and without a beginning that would differ from the rest. */
  own(): SourcePlan {
    const { load, mischief } = this.#base
    const durationMs = Math.min(load.durationMs ?? LOAD_MS, LOAD_MS)
    return {
      ...this.#base,
      ...(mischief.length > 0 && { mischiefAfterMs: 0 }),
      load: { ...load, durationMs, ramp: null, warmupMs: 0 },
    }
  }

  mails(
    messages: number,
    load: Partial<SourcePlan['load']>,
    sessions = SESSIONS,
    mail: Partial<MailPlan> = {},
  ): SourcePlan {
    return this.#closed(messages, sessions, load, { mail: { ...this.#base.mail, ...mail }, mix: [] })
  }

  handshakes(messages: number, wire: Partial<WirePlan>): SourcePlan {
    return this.#closed(
      messages,
      SESSIONS,
      { perSession: null, backoff: wire.auth === this.wrongAuth ? AT_ONCE : this.#base.load.backoff },
      { wire: { ...this.#base.wire, ...wire, holdMs: 0 }, mix: [] },
    )
  }

  /** Nearly all sessions break off; one behaves, slowly. */
  aborted(): SourcePlan {
    const plan = this.#closed(
      1,
      ABORTING_SESSIONS,
      { messages: null, durationMs: ABORT_MS, perSession: null, delay: { kind: 'fixed', ms: 100, stepMs: 1 } },
      { mix: [] },
    )
    return {
      ...plan,
      wire: { ...plan.wire, depth: 1 },
      mischiefAfterMs: 0,
      mischief: [
        { kind: 'abort', share: 0.5, stage: 'body', how: 'reset' },
        { kind: 'abort', share: 0.48, stage: 'data', how: 'close' },
      ],
    }
  }

  sized(size: number): Partial<MailPlan> {
    return { size, sizes: null, file: null, fileName: null, corpus: null, mime: null, headers: true }
  }

  get implicitTls() {
    const { tls } = this.#base.wire
    return tls?.mode === 'implicit' ? tls : null
  }

  get explicitTls(): boolean {
    return this.#base.wire.tls?.mode === 'starttls' && this.#base.wire.tls.share === 1
  }

  /** Every handshake a full one; whose certificate it is does not matter unless the user says so. */
  get fullTls() {
    const tls = this.#base.wire.tls ?? { ...PLAIN_TLS, mode: 'starttls' as const, verify: false }
    return { ...tls, share: 1, resume: 0 }
  }

  /** Closed loop, without ramp or pauses; the user's sessions and messages where there are more than one. */
  #closed(
    messages: number,
    sessions: number,
    load: Partial<SourcePlan['load']>,
    rest: Partial<SourcePlan>,
  ): SourcePlan {
    const { load: own, workers } = this.#base
    const many = own.sessions > 1 ? own.sessions : sessions
    const { mischiefAfterMs: _, ...base } = this.#base
    return {
      ...base,
      mischief: [],
      ...rest,
      workers: Math.min(Math.max(1, many), workers),
      load: {
        ...own,
        messages: own.messages !== null && own.messages > 1 ? own.messages : messages,
        durationMs: LOAD_MS,
        arrivals: null,
        sessions: many,
        ramp: null,
        warmupMs: 0,
        delay: null,
        ...load,
      },
    }
  }
}
