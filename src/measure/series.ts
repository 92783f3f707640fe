/**
 * The single list of names: every figure that the engine counts or times has its number here, and every reporter, metric and
 * threshold takes its words from here. Numbers are positions in a worker's row of the Board, so their order is part of
 * the format of a run; add at the end.
 */

/** The stages of a conversation that are timed and after which an error is filed (RFC 5321, 3207, 4954, 3030, 2033). */
export const Phase = {
  connect: 0,
  greeting: 1,
  ehlo: 2,
  starttls: 3,
  auth: 4,
  mail: 5,
  rcpt: 6,
  data: 7,
  dot: 8,
  bdat: 9,
  rset: 10,
  quit: 11,
} as const
export type Phase = (typeof Phase)[keyof typeof Phase]
/** Names by number, in the order of `Phase`. */
export const PHASES = Object.keys(Phase) as (keyof typeof Phase)[]

/** How a message (or a reply) ended: 2xx/3xx, 4xx, 5xx, or no usable reply at all. */
export const Outcome = { accepted: 0, deferred: 1, refused: 2, failed: 3 } as const
export type Outcome = (typeof Outcome)[keyof typeof Outcome]
/** Names by number, in the order of `Outcome`. */
export const OUTCOMES = Object.keys(Outcome) as (keyof typeof Outcome)[]

/** Counters of a source worker's row, in units of one unless the name says otherwise. */
export const Counter = {
  /** Messages taken from the share (their intended start has come). */
  scheduled: 0,
  accepted: 1,
  deferred: 2,
  refused: 3,
  failed: 4,
  /** Due messages that were given up before they were tried. */
  dropped: 5,
  /** First attempts that were refused and are sent again at the end (`--retry later`); not in any outcome. */
  retried: 6,
  rcptAccepted: 7,
  rcptDeferred: 8,
  rcptRefused: 9,
  /** connect() calls. */
  connects: 10,
  /** connect() calls that led to a connection. */
  connected: 11,
  /** Connections ended by us as planned (QUIT, or the stage of `--until`). */
  sessionsDone: 12,
  /** Connections lost, timed out, or ended by the server. */
  sessionsLost: 13,
  /** Connections open now (a gauge). */
  active: 14,
  bytesOut: 15,
  bytesIn: 16,
  /** Sockets whose last write has not drained (a gauge). */
  draining: 17,
  /** Due messages waiting for a free session (a gauge; open loop). */
  backlog: 18,
  /** Nanoseconds of CPU this thread has used since the start of the run. */
  cpuUserNs: 19,
  cpuSystemNs: 20,
  /** Loop utilisation of the last whole second, 0..1. */
  utilisation: 21,
  /** Loop delay of the last whole second, 99th percentile, microseconds. */
  loopDelayP99Us: 22,
  /** Microseconds that sessions spent with a command out and no reply yet, summed over sessions. */
  waitingUs: 23,
  /** Seconds of the run in a row that utilisation stood above 0.90 (a gauge). */
  hotSeconds: 24,
  /** TLS handshakes: from scratch, with an earlier session, and those that came to nothing. */
  tlsFull: 25,
  tlsResumed: 26,
  tlsFailed: 27,
  /** AUTH exchanges answered 235; answered otherwise; with a wrong secret on purpose, and of those the ones that were let in. */
  authOk: 28,
  authFailed: 29,
  authWrong: 30,
  authWrongTaken: 31,
  /** Due messages that found no free session and were given up at once (`--late drop`); in `dropped` too. */
  droppedLate: 32,
  /** Connections that misbehaved on purpose, and those of them open now (a gauge); in none of the figures above. */
  mischief: 33,
  mischiefActive: 34,
  /** Microseconds in which a worker did nothing but watch the clock for the next start (`--pace exact`): neither busy nor asleep. */
  watchingUs: 35,
} as const
export type Counter = (typeof Counter)[keyof typeof Counter]
/** Names by number, in the order of `Counter`. */
export const COUNTERS = Object.keys(Counter) as (keyof typeof Counter)[]

/** Counters of a sink worker's row. */
export const SinkCounter = {
  /** Connections accepted. */
  connections: 0,
  /** Connections open now (a gauge). */
  active: 1,
  /** Connections closed for any reason (`sess` of smtp-sink -c). */
  closed: 2,
  /** QUIT commands answered 221. */
  quits: 3,
  /** Messages completely received. */
  messages: 4,
  /** Recipients of received messages. */
  recipients: 5,
  commands: 6,
  /** Replies of 4xx and 5xx. */
  rejected: 7,
  bytesIn: 8,
  bytesOut: 9,
  timeouts: 10,
  cpuUserNs: 11,
  cpuSystemNs: 12,
  utilisation: 13,
  /** What a receiver model did to its clients, by kind: in the order of `FaultKind` (`fault-kinds.ts`), so keep them together. */
  faultReject: 14,
  faultDelay: 15,
  faultBanner: 16,
  faultTarpit: 17,
  faultLimit: 18,
  faultRecipients: 19,
  faultMessages: 20,
  faultGreylist: 21,
  faultClose: 22,
  faultReset: 23,
  faultCut: 24,
  faultDrip: 25,
  faultSlowRead: 26,
  faultWrong: 27,
  faultMalformed: 28,
  /** TLS handshakes: from scratch, with a session of an earlier one, and those that came to nothing. */
  tlsFull: 29,
  tlsResumed: 30,
  tlsFailed: 31,
  /** AUTH exchanges answered 235, and those answered otherwise. */
  authOk: 32,
  authFailed: 33,
} as const
export type SinkCounter = (typeof SinkCounter)[keyof typeof SinkCounter]
/** Names by number, in the order of `SinkCounter`. */
export const SINK_COUNTERS = Object.keys(SinkCounter) as (keyof typeof SinkCounter)[]

/** Ways for a conversation to fail without a usable reply; the words are what reports show. */
export const ErrorKind = {
  refused: 'connection refused',
  reset: 'connection reset',
  closed: 'connection closed',
  unreachable: 'host unreachable',
  connectTimeout: 'connect timeout',
  timeout: 'timeout',
  notSmtp: 'not SMTP',
  wrongCode: 'unexpected code',
  early: 'unexpected reply',
  tooLong: 'reply too long',
  notOffered: 'not offered',
  /** A TLS handshake that failed, and one that succeeded with somebody who is not trusted. */
  tls: 'TLS handshake failed',
  certificate: 'certificate not trusted',
  /** No AUTH mechanism in common, or one that must not be used here. */
  noMechanism: 'no AUTH mechanism',
  descriptors: 'out of descriptors',
  ports: 'out of ports',
  /** Ended by us before the reply came: a second interrupt, or the drain's time was up. */
  stopped: 'stopped',
  other: 'other error',
} as const
export type ErrorKind = (typeof ErrorKind)[keyof typeof ErrorKind]
/** The words in the order of `ErrorKind`, for where a kind has to be a number. */
export const ERROR_KINDS: readonly ErrorKind[] = Object.values(ErrorKind)

/**
 * Histograms of a source worker's row: response and service per outcome, each phase per reply class, and the start lag.
 * All in whole microseconds, 1 µs to one hour, three significant digits.
 */
export const Series = {
  response: 0,
  service: 4,
  /** `phase * 3 + class` follows from here; class is Outcome accepted, deferred or refused. */
  phase: 8,
  /** Actual minus intended start of each message. */
  startLag: 8 + 12 * 3,
  /** TLS handshakes by themselves, without STARTTLS and its reply. */
  tlsFull: 8 + 12 * 3 + 1,
  tlsResumed: 8 + 12 * 3 + 2,
  /** Response of accepted messages while nobody misbehaved, and while somebody did. */
  responseAlone: 8 + 12 * 3 + 3,
  responseBeside: 8 + 12 * 3 + 4,
  count: 8 + 12 * 3 + 5,
} as const

/** The histogram of a phase whose reply was of the given class (0 positive, 1 4xx, 2 5xx). */
export function phaseSeries(phase: Phase, replyClass: 0 | 1 | 2): number {
  return Series.phase + phase * 3 + replyClass
}

/** A row of the latency table: a series under the name that reports give it. */
export interface Latency {
  readonly name: string
  readonly outcome: keyof typeof Outcome
  readonly series: number
}

/** Response and service per outcome, then each phase per class of reply, in the order of the conversation. */
export const LATENCIES: readonly Latency[] = [
  ...(['response', 'service'] as const).flatMap((name) =>
    OUTCOMES.map((outcome, i): Latency => ({ name, outcome, series: Series[name] + i })),
  ),
  ...PHASES.flatMap((name): Latency[] => [
    ...([0, 1, 2] as const).map(
      (kind): Latency => ({ name, outcome: OUTCOMES[kind]!, series: phaseSeries(Phase[name], kind) }),
    ),
    ...(name === 'starttls'
      ? [
          { name: 'tls full', outcome: 'accepted' as const, series: Series.tlsFull },
          { name: 'tls resumed', outcome: 'accepted' as const, series: Series.tlsResumed },
        ]
      : []),
  ]),
]
