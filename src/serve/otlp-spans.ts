/**
 * Spans as data, from what the workers wrote down: a trace for each connection, its root the session, a child for each message that was kept, an
 * event for each reply. Times are milliseconds of the run.
 */
import { createHash } from 'node:crypto'
import { ERROR_KINDS, OUTCOMES, Outcome, PHASES, Phase } from '../measure/series.js'
import {
  BlockKind,
  EVENT,
  eachBlock,
  enhancedText,
  HEAD,
  Head,
  MessageHead,
  SessionFlag,
  SessionHead,
  TLS_EVENT,
  WHYS,
} from '../measure/trace-blocks.js'

/** What an attribute may be. */
export type AttributeValue = string | number | boolean
export type Attributes = Readonly<Record<string, AttributeValue>>

export interface SpanEvent {
  readonly name: string
  readonly atMs: number
  readonly attributes: Attributes
}

export interface Span {
  /** 32 and 16 lower-case hexadecimal digits. */
  readonly traceId: string
  readonly spanId: string
  /** null: a root. */
  readonly parentSpanId: string | null
  readonly name: string
  readonly startMs: number
  readonly endMs: number
  /** Why it failed, in a few words; null: it did not. */
  readonly failure: string | null
  readonly attributes: Attributes
  readonly events: readonly SpanEvent[]
  readonly droppedEvents: number
}

/** What all spans of a run have in common. */
export interface SpanFacts {
  readonly seed: string
  /** When the run began, in whole seconds since 1970. */
  readonly startedSeconds: number
  readonly protocol: 'smtp' | 'lmtp'
  /** The target as it was given, without its port; the port is null with a unix socket. */
  readonly server: { readonly address: string; readonly port: number | null }
  /** What it was resolved to. */
  readonly peer: { readonly address: string; readonly port: number | null }
  /** Messages carry a generated Message-Id, which then names their spans too. */
  readonly messageIds: boolean
}

/** All spans of some records, in the order of the records. */
export function spansOf(records: Float64Array, facts: SpanFacts): Span[] {
  const spans: Span[] = []
  eachBlock(records, (at, end) => {
    const block = records.subarray(at, end)
    if (block[Head.kind] === BlockKind.session) spans.push(sessionSpan(block, facts))
    else if (block[Head.kind] === BlockKind.message) spans.push(messageSpan(block, facts))
  })
  return spans
}

/**
 * The trace of a session's connection: the start of the run in its first eight digits, so that runs of one seed do not run into each other;
 * the other 24 follow from the seed, so that the same connection is found again.
 */
export function traceIdOf({ seed, startedSeconds }: SpanFacts, session: number, connection: number): string {
  const moment = (startedSeconds >>> 0).toString(16).padStart(8, '0')
  return moment + digits(`${seed}/${session}/${connection}`, 24)
}

function spanIdOf({ seed }: SpanFacts, ...numbers: readonly number[]): string {
  return digits(`span/${seed}/${numbers.join('/')}`, 16)
}

/** So many hexadecimal digits that are not all 0, which would be no id (W3C Trace Context). */
function digits(text: string, count: number): string {
  const hash = createHash('sha256').update(text).digest('hex').slice(0, count)
  return /^0+$/.test(hash) ? hash.replace(/0$/, '1') : hash
}

function sessionSpan(block: Float64Array, facts: SpanFacts): Span {
  const session = block[Head.session]!
  const connection = block[Head.connection]!
  const flags = block[SessionHead.flags]!
  const localPort = block[SessionHead.localPort]!
  const failed = failureOf(block)
  return {
    traceId: traceIdOf(facts, session, connection),
    spanId: spanIdOf(facts, session, connection),
    parentSpanId: null,
    name: `${facts.protocol} session`,
    startMs: block[Head.began]!,
    endMs: block[Head.ended]!,
    failure: failed?.words ?? null,
    attributes: {
      ...common(block, facts),
      ...peerAttributes(facts),
      ...(localPort > 0 && { 'network.local.port': localPort }),
      'stampede.connected': (flags & SessionFlag.connected) !== 0,
      'stampede.messages': block[SessionHead.messages]!,
      'stampede.messages_kept': block[SessionHead.kept]!,
      'stampede.lost': (flags & SessionFlag.lost) !== 0,
      'tls.established': (flags & SessionFlag.encrypted) !== 0,
      ...((flags & SessionFlag.encrypted) !== 0 && { 'tls.resumed': (flags & SessionFlag.resumed) !== 0 }),
      ...failed?.attributes,
    },
    events: eventsOf(block),
    droppedEvents: block[Head.unheld]!,
  }
}

function messageSpan(block: Float64Array, facts: SpanFacts): Span {
  const session = block[Head.session]!
  const connection = block[Head.connection]!
  const serial = block[MessageHead.serial]!
  const sent = block[MessageHead.sent]!
  const began = block[Head.began]!
  const events = eventsOf(block)
  const failed = messageFailure(block)
  const start: SpanEvent[] = sent < 0 ? [] : [{ name: 'start', atMs: sent, attributes: { 'smtp.phase': 'start' } }]
  return {
    traceId: traceIdOf(facts, session, connection),
    spanId: spanIdOf(facts, session, connection, serial),
    parentSpanId: spanIdOf(facts, session, connection),
    name: `${facts.protocol} message`,
    startMs: began,
    endMs: block[Head.ended]!,
    failure: failed?.words ?? null,
    attributes: {
      ...common(block, facts),
      'messaging.system': facts.protocol,
      'messaging.operation.name': 'send',
      'messaging.operation.type': 'send',
      ...(facts.messageIds && { 'messaging.message.id': messageId(facts.seed, session, serial) }),
      'smtp.outcome': OUTCOMES[block[MessageHead.outcome]!]!,
      'smtp.recipients': block[MessageHead.recipients]!,
      ...lastReply(block),
      'stampede.serial': serial,
      'stampede.sampled': WHYS[block[MessageHead.why]!]!,
      ...(block[MessageHead.again] === 1 && { 'stampede.retried_later': true }),
      ...(sent >= 0 && { 'stampede.start_lag_us': microseconds(sent - began) }),
      ...slowest(began, block[Head.ended]!, [...start, ...events]),
      ...failed?.attributes,
    },
    events: [...start, ...events],
    droppedEvents: block[Head.unheld]!,
  }
}

/** What is before the `@` of the Message-Id on the wire. */
function messageId(seed: string, session: number, serial: number): string {
  return `${seed}.${session.toString(16).padStart(6, '0')}.${serial.toString(16).padStart(8, '0')}`
}

/** Names as in the semantic conventions of OpenTelemetry, where there is one; `smtp.` and `stampede.` where there is none. */
function common(block: Float64Array, { protocol, server }: SpanFacts): Attributes {
  return {
    'network.protocol.name': protocol,
    'server.address': server.address,
    ...(server.port !== null && { 'server.port': server.port }),
    'stampede.session': block[Head.session]!,
    'stampede.connection': block[Head.connection]!,
  }
}

function peerAttributes({ peer }: SpanFacts): Attributes {
  if (peer.port === null) return { 'network.transport': 'unix', 'network.peer.address': peer.address }
  return {
    'network.transport': 'tcp',
    'network.type': peer.address.includes(':') ? 'ipv6' : 'ipv4',
    'network.peer.address': peer.address,
    'network.peer.port': peer.port,
  }
}

function eventsOf(block: Float64Array): SpanEvent[] {
  const events: SpanEvent[] = []
  for (let at = HEAD; at + EVENT <= block.length; at += EVENT) {
    const code = block[at + 1]!
    const enhanced = enhancedText(block[at + 2]!)
    const name = phaseName(block[at]!)
    events.push({
      name,
      atMs: block[at + 4]!,
      attributes: {
        'smtp.phase': name,
        ...(code > 0 && { 'smtp.code': code }),
        ...(enhanced !== null && { 'smtp.enhanced_code': enhanced }),
        'smtp.duration_us': microseconds(block[at + 4]! - block[at + 3]!),
      },
    })
  }
  return events
}

function phaseName(phase: number): string {
  return phase === TLS_EVENT ? 'tls' : (PHASES[phase] ?? 'other')
}

interface Failure {
  readonly words: string
  readonly attributes: Attributes
}

/** What went wrong without a usable reply. */
function failureOf(block: Float64Array): Failure | null {
  const kind = ERROR_KINDS[block[Head.error]!]
  if (kind === undefined) return null
  const after = phaseName(block[Head.phase]!)
  return { words: `${kind} (${after})`, attributes: { 'error.type': kind, 'smtp.phase': after } }
}

/** A message that was deferred or refused failed by the reply that said so. */
function messageFailure(block: Float64Array): Failure | null {
  const outcome = block[MessageHead.outcome]!
  if (outcome === Outcome.accepted) return null
  if (outcome === Outcome.failed) return failureOf(block) ?? { words: 'failed', attributes: { 'error.type': 'failed' } }
  const at = decisive(block)
  if (at < 0) return { words: OUTCOMES[outcome]!, attributes: { 'error.type': OUTCOMES[outcome]! } }
  const code = block[at + 1]!
  const phase = phaseName(block[at]!)
  const enhanced = enhancedText(block[at + 2]!)
  return {
    words: `${code}${enhanced === null ? '' : ` ${enhanced}`} (${phase})`,
    attributes: { 'error.type': String(code), 'smtp.phase': phase },
  }
}

/**
 * The reply that decided a message's outcome; -1: there is none. Where a recipient had been accepted that is the one to the content; else the
 * first bad one, because what follows is only its echo.
 */
function decisive(block: Float64Array): number {
  const outcome = block[MessageHead.outcome]!
  const least = outcome === Outcome.deferred ? 400 : 500
  let first = -1
  let last = -1
  let taken = false
  for (let at = HEAD; at + EVENT <= block.length; at += EVENT) {
    const code = block[at + 1]!
    if (block[at] === Phase.rcpt && code < 300) taken = true
    if (code < least || code >= least + 100) continue
    if (first < 0) first = at
    last = at
  }
  return taken ? last : first
}

/** The reply that the message ended by. */
function lastReply(block: Float64Array): Attributes {
  const outcome = block[MessageHead.outcome]!
  if (outcome === Outcome.failed) return {}
  const at = outcome === Outcome.accepted ? block.length - EVENT : decisive(block)
  const code = at < HEAD ? 0 : block[at + 1]!
  if (code === 0) return {}
  const enhanced = enhancedText(block[at + 2]!)
  return { 'smtp.code': code, ...(enhanced !== null && { 'smtp.enhanced_code': enhanced }) }
}

/** Between which two events most of the time went: named after the later one; `end` where no reply came. */
function slowest(beganMs: number, endedMs: number, events: readonly SpanEvent[]): Attributes {
  let before = beganMs
  let most = { name: 'end', ms: -1 }
  for (const { name, atMs } of [...events, { name: 'end', atMs: endedMs }]) {
    if (atMs - before > most.ms) most = { name, ms: atMs - before }
    before = atMs
  }
  return { 'stampede.slowest_phase': most.name, 'stampede.slowest_phase_us': microseconds(most.ms) }
}

/** Whole ones: a value that is now and then a whole number must not change its type by it. */
function microseconds(ms: number): number {
  return Math.round(ms * 1000)
}
