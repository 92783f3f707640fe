/** What a receiver model does to its clients, by kind: the names under which reports and metrics count it. */
import { SinkCounter } from './series.js'

/** Kinds by number. Each is counted once for each command (or connection: `drip`, `slowRead`) it happened to. */
export const FaultKind = {
  /** A command was answered with 4xx or 5xx by chance. */
  reject: 0,
  /** A reply waited. */
  delay: 1,
  /** The greeting waited. */
  banner: 2,
  /** A reply waited because of how many connections there are. */
  tarpit: 3,
  /** A token bucket was empty. */
  limit: 4,
  /** A recipient was one too many. */
  recipients: 5,
  /** A message was one too many for its session. */
  messages: 6,
  /** A triplet was put off. */
  greylist: 7,
  /** The connection was closed without a word. */
  close: 8,
  reset: 9,
  /** The connection was marked for a reset in the middle of its content. */
  cut: 10,
  /** The connection's replies come in pieces. */
  drip: 11,
  /** The connection is read slowly. */
  slowRead: 12,
  /** A command was answered with a code that is not due. */
  wrong: 13,
  /** A command was answered with something that is no reply. */
  malformed: 14,
} as const
export type FaultKind = (typeof FaultKind)[keyof typeof FaultKind]
export type FaultName = keyof typeof FaultKind
/** Names by number, in the order of `FaultKind`. */
export const FAULT_KINDS = Object.keys(FaultKind) as FaultName[]

/** Position of a kind's counter in a sink worker's row. */
export function faultCounter(kind: FaultKind): number {
  return SinkCounter.faultReject + kind
}

/** The name of a kind's counter in a table of figures: `faultSlowRead`. */
export function faultFigure(name: FaultName): keyof typeof SinkCounter {
  return `fault${name[0]!.toUpperCase()}${name.slice(1)}` as keyof typeof SinkCounter
}

/** How often each kind happened, in the order of `FaultKind`, without those that did not. */
export function faultsOf(
  figures: Readonly<Record<keyof typeof SinkCounter, number>>,
): Partial<Record<FaultName, number>> {
  const found = FAULT_KINDS.map((name) => [name, figures[faultFigure(name)]] as const)
  return Object.fromEntries(found.filter(([, count]) => count > 0))
}
