/** What `stampede sink` says about what it received. */
import { FAULT_KINDS, faultFigure, faultsOf } from '../measure/fault-kinds.js'
import { bytes, count, seconds } from '../report/format.js'
import type { SinkFigures, SinkTotals } from '../run/sink.js'

/** The running counters, as smtp-sink -c has them. */
export function sinkCounters({ closed, quits, messages }: Pick<SinkTotals, 'closed' | 'quits' | 'messages'>): string {
  return `sess=${closed} quit=${quits} mesg=${messages}`
}

/** The summary for people; `seed` is that of the receiver model, if there is one. */
export function sinkText(totals: SinkTotals, seed: string | null = null): string {
  const rows: (readonly [name: string, text: string])[] = [
    [
      'messages',
      `${count(totals.messages)} received, ${count(totals.recipients)} recipients, in ${seconds(totals.elapsedMs)}`,
    ],
    [
      'sessions',
      `${count(totals.connections)} accepted, ${count(totals.quits)} ended by QUIT, ${count(totals.timeouts)} timed out`,
    ],
    ['commands', `${count(totals.commands)}, ${count(totals.rejected)} answered with 4xx or 5xx`],
    ['bytes', `${bytes(totals.bytesIn)} in, ${bytes(totals.bytesOut)} out`],
  ]
  const { tlsFull, tlsResumed, tlsFailed, authOk, authFailed } = totals
  if (tlsFull + tlsResumed + tlsFailed > 0)
    rows.push(['tls', `${count(tlsFull)} full handshakes, ${count(tlsResumed)} resumed, ${count(tlsFailed)} failed`])
  if (authOk + authFailed > 0) rows.push(['auth', `${count(authOk)} accepted, ${count(authFailed)} refused`])
  if (seed !== null) rows.push(['faults', `${faultsText(totals)}; again with --seed ${seed}`])
  return rows.map(([name, text]) => `${name.padEnd(12)}${text}\n`).join('')
}

/** One JSON document. Faults are under one key, by kind, without those that did not happen. */
export function sinkJson(totals: SinkTotals, seed: string | null = null): string {
  const { workers, notes, ...sums } = totals
  const document = {
    schemaVersion: 1,
    role: 'sink',
    ...withFaults(sums),
    policySeed: seed,
    workers: workers.map(withFaults),
    notes,
  }
  return `${JSON.stringify(document, null, 2)}\n`
}

function faultsText(totals: SinkFigures): string {
  const faults = Object.entries(faultsOf(totals)).map(([name, times]) => `${count(times)} ${name}`)
  return faults.length === 0 ? 'none' : faults.join(', ')
}

const FAULT_FIGURES: readonly string[] = FAULT_KINDS.map(faultFigure)

function withFaults<T extends SinkFigures>(figures: T): Record<string, unknown> {
  const others = Object.entries(figures).filter(([name]) => !FAULT_FIGURES.includes(name))
  return { ...Object.fromEntries(others), faults: faultsOf(figures) }
}
