/** The plots beside those over time: spectrum, search for capacity, and the server that was watched. */
import { bytes } from '../../format.js'
import type { PageData, PageSpectrum, PageWatched } from '../model.js'
import { type Line, lines, micros, type PlotSpec, perSecond, rate, share, whole } from './spec.js'

/** Latency by percentile, of this run and of what it is held against. */
export function spectrum({ spectra, other }: PageData): PlotSpec | null {
  const own =
    other === null
      ? spectra
      : [
          ...spectra.map((one) => named(one, `${one.name} ${other.own}`)),
          ...other.spectra.map((one) => named(one, `${one.name} ${other.label}`)),
        ]
  const known = own.filter(({ points }) => points.length > 0)
  if (known.length === 0) return null
  const x = [...new Set(known.flatMap(({ points }) => points.map(([oneIn]) => oneIn)))].sort((a, b) => a - b)
  const looks: readonly Pick<Line, 'color' | 'dash'>[] = [
    { color: 'p99' },
    { color: 'accepted' },
    { color: 'other', dash: [6, 4] },
    { color: 'deferred', dash: [6, 4] },
  ]
  return {
    id: 'spectrum',
    section: 'Latency',
    title: 'Every percentile',
    words:
      'Each tick to the right leaves a tenth of the messages: what the slowest in a hundred, in a thousand, in a million met. Response counts from the intended start, service from the first byte really sent; where they part, messages waited to be sent. A step is a wait of fixed length that few messages meet; a steep end is the longest wait of all.',
    xKind: 'oneIn',
    x,
    log: true,
    format: micros,
    lines: known.map((one, i) => ({
      ...looks[i % looks.length]!,
      key: one.name,
      label: one.name,
      values: across(one, x),
      rest: 'most' as const,
    })),
  }
}

function named(one: PageSpectrum, name: string): PageSpectrum {
  return { ...one, name }
}

/** A spectrum at the places of all of them: steps between its own points, nothing beyond its last. */
function across({ points }: PageSpectrum, x: readonly number[]): (number | null)[] {
  let at = 0
  return x.map((oneIn) => {
    while (at < points.length - 1 && points[at]![0] < oneIn) at++
    return points[at]![0] < oneIn ? null : points[at]![1]
  })
}

/** Throughput against p99, step by step. */
export function find({ find: found }: PageData): PlotSpec | null {
  if (found === null || found.points.length === 0) return null
  const points = [...found.points].sort((a, b) => a.accepted - b.accepted)
  const knee = found.knee === null ? null : found.points[found.knee]!
  return {
    id: 'find',
    section: 'Capacity',
    wide: true,
    title: 'Throughput against p99',
    words:
      'Each point is a step of the search: what was accepted per second, and the 99th percentile then. The curve is flat while there is room and turns up where queues begin to stand: the knee is the last step at which everything asked for held. Run a server well to the left of it.',
    xKind: 'rate',
    x: points.map(({ accepted }) => accepted),
    log: true,
    format: micros,
    marks: knee === null ? [] : [{ x: knee.accepted, label: `knee ${perSecond(knee.accepted)}` }],
    lines: lines(
      { key: 'p99', label: 'p99', color: 'muted', values: points.map(({ p99 }) => p99), width: 1 },
      {
        key: 'held',
        label: 'held',
        color: 'accepted',
        points: true,
        width: 0,
        values: points.map(({ p99, held }) => (held ? p99 : null)),
      },
      {
        key: 'broke',
        label: 'did not hold',
        color: 'refused',
        points: true,
        width: 0,
        values: points.map(({ p99, held }) => (held ? null : p99)),
      },
    ),
  }
}

const SOCKETS = ['ESTABLISHED', 'SYN_RECV', 'CLOSE_WAIT', 'TIME_WAIT', 'FIN_WAIT1', 'FIN_WAIT2', 'LAST_ACK']
const COLORS = ['sent', 'accepted', 'p99', 'deferred', 'refused', 'failed', 'e3', 'e4', 'e5', 'e6']

/** The server under test and the machine that it is on. */
export function watched(all: PageWatched | null): PlotSpec[] {
  if (all === null) return []
  const { rows } = all
  const common = { section: 'Server under test', xKind: 'time' as const, x: rows.at, marks: marksOf(all) }
  const by = (prefix: string, only?: readonly string[]) =>
    Object.keys(rows.columns)
      .filter((name) => name.startsWith(prefix) && (only === undefined || only.includes(name.slice(prefix.length))))
      .map((name, i) => ({
        key: name,
        label: name.slice(prefix.length),
        color: COLORS[i % COLORS.length]!,
        values: rows.columns[name],
        rest: 'most' as const,
      }))
  const specs: PlotSpec[] = [
    {
      ...common,
      id: 'server-cpu',
      title: 'CPU',
      words:
        'CPU of the server’s processes (100 % is one core), user and system, beside how busy the whole machine was (100 % is all of it). A server at the number of its cores is at its limit; one far below it while latencies grow waits for something else: disk, locks, names.',
      format: share,
      lines: lines(
        {
          key: 'user',
          label: 'server, user',
          color: 'sent',
          values: rows.columns['host.server user'],
          fill: true,
          rest: 'most',
        },
        {
          key: 'system',
          label: 'server, system',
          color: 'deferred',
          values: rows.columns['host.server system'],
          rest: 'most',
        },
        { key: 'host', label: 'machine', color: 'max', dash: [3, 3], values: rows.columns['host.cpu'], rest: 'most' },
      ),
    },
    {
      ...common,
      id: 'server-memory',
      title: 'Memory',
      words:
        'Resident memory of all its processes, and the proportional share (PSS) that counts shared pages once. It should level off once the load does: a line that goes on climbing is a leak.',
      format: bytes,
      lines: lines(
        { key: 'rss', label: 'resident', color: 'sent', values: rows.columns.rss, rest: 'most' },
        { key: 'pss', label: 'proportional', color: 'accepted', values: rows.columns.pss, rest: 'most' },
      ),
    },
    {
      ...common,
      id: 'server-descriptors',
      title: 'Descriptors, processes, threads',
      words:
        'Open descriptors by what they lead to, and how many processes and threads there are. They should follow the number of connections, and fall with it.',
      format: whole,
      lines: lines(
        ...by('fd.'),
        { key: 'threads', label: 'threads', color: 'max', dash: [3, 3], values: rows.columns.threads, rest: 'most' },
        {
          key: 'processes',
          label: 'processes',
          color: 'muted',
          dash: [1, 3],
          values: rows.columns.processes,
          rest: 'most',
        },
      ),
    },
    {
      ...common,
      id: 'server-sockets',
      title: 'Sockets',
      words:
        'Sockets on its port by state. CLOSE_WAIT that grows means that the server forgets to close; SYN_RECV and connections waiting to be accepted mean that it does not take them fast enough.',
      format: whole,
      lines: lines(
        ...by('socket.', SOCKETS),
        {
          key: 'waiting',
          label: 'waiting to be accepted',
          color: 'e7',
          values: rows.columns['accept.waiting'],
          rest: 'most',
        },
        {
          key: 'overflows',
          label: 'queue overflows a second',
          color: 'e8',
          values: rate(rows, 'overflows'),
          rest: 'most',
        },
      ),
    },
  ]
  return specs.filter((spec) => spec.lines.length > 0)
}

function marksOf({ events }: PageWatched): NonNullable<PlotSpec['marks']> {
  return events.map(({ at, kind }) => ({ x: at, label: kind }))
}
