/** What `stampede sink` says about what it received. */
import { FAULT_KINDS, faultFigure, faultsOf } from '../measure/fault-kinds.js'
import { type SinkRecords, type Spread, spreadOf } from '../pool/sink-records.js'
import { bytes, count, latency, seconds } from '../report/format.js'
import type { SinkFigures, SinkTotals } from '../run/sink.js'

/** The running counters, as smtp-sink -c has them. */
export function sinkCounters({ closed, quits, messages }: Pick<SinkTotals, 'closed' | 'quits' | 'messages'>): string {
  return `sess=${closed} quit=${quits} mesg=${messages}`
}

/** The summary for people; `seed` is that of the receiver model, if there is one. */
export function sinkText(totals: SinkTotals, records: SinkRecords, seed: string | null = null): string {
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
  const sizes = records.sizes()
  if (sizes !== null) {
    const { p50, p99, max } = spreadOf(sizes)
    rows.push(['sizes', `p50 ${bytes(p50)}, p99 ${bytes(p99)}, max ${bytes(max)}`])
  }
  return rows.map(([name, text]) => `${name.padEnd(12)}${text}\n`).join('') + commandsText(records)
}

/** A row for each verb: how long its replies took, and which they were. */
function commandsText(records: SinkRecords): string {
  const replies = records.replies()
  const rows = records.durations().map(({ verb, counts }) => {
    const { p50, p99, max } = spreadOf(counts)
    const codes = replies.filter((reply) => reply.verb === verb)
    const said = codes.map(({ code, count: times }) => `${code === 0 ? 'other' : code} ${count(times)}`).join(' · ')
    return `  ${verb.padEnd(10)}${[p50, p99, max].map((us) => latency(us).padStart(10)).join('')}   ${said}\n`
  })
  if (rows.length === 0) return ''
  return `\n${'read to reply'.padEnd(12)}${['p50', 'p99', 'max']
    .map((word) => word.padStart(10))
    .join('')
    .slice(1)}   replies\n${rows.join('')}`
}

/** One JSON document. Faults are under one key, by kind, without those that did not happen. */
export function sinkJson(totals: SinkTotals, records: SinkRecords, seed: string | null = null): string {
  const { workers, notes, ...sums } = totals
  const document = {
    schemaVersion: 1,
    role: 'sink',
    ...withFaults(sums),
    policySeed: seed,
    replies: records.replies(),
    commandUs: Object.fromEntries(records.durations().map(({ verb, counts }) => [verb, spreadOf(counts)])),
    messageOctets: sizesOf(records),
    workers: workers.map(withFaults),
    notes,
  }
  return `${JSON.stringify(document, null, 2)}\n`
}

function sizesOf(records: SinkRecords): Spread | null {
  const sizes = records.sizes()
  return sizes === null ? null : spreadOf(sizes)
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
