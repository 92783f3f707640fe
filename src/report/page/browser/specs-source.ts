/** The plots of a source over time: load and latency here, the others beside. */
import type { PageData, Rows } from '../model.js'
import { over } from './over.js'
import { lines, micros, type PlotSpec, perSecond, rate } from './spec.js'
import { connects, errors, generator, replies, sessions, transferred } from './specs-traffic.js'

/** Those that there is something to show in. */
export function sourceSpecs(data: PageData): PlotSpec[] {
  return [
    messages(data),
    percentiles(data),
    heat(data),
    ...phases(data),
    replies(data),
    errors(data),
    sessions(data),
    connects(data),
    transferred(data),
    ...generator(data),
  ].filter((spec): spec is PlotSpec => spec !== null && spec.lines.length > 0 && spec.x.length > 0)
}

function messages({ rows, head, other }: PageData): PlotSpec {
  const open = head.openLoop
  return {
    ...over(rows),
    id: 'messages',
    section: 'Load',
    wide: true,
    title: head.unit === 'messages' ? 'Messages per second' : 'Handshakes per second',
    words: `${open ? 'Asked is what the schedule wants, sent what was really started, accepted what the server took. All three belong on one line: where sent falls below asked the generator or its sessions could not follow' : 'Sent is what was started, accepted what the server took: in a closed loop the next message waits for the answer to the one before, so the server sets the pace'}. Look for dips, for saws (queues that fill and empty), and for a slow fall towards the end.${other === null ? '' : ` ${other.own} and ${other.label} are laid over one another by the seconds of each run.`}`,
    format: perSecond,
    lines: lines(
      {
        key: 'asked',
        label: 'asked',
        color: 'asked',
        values: rate(rows, 'asked'),
        dash: [6, 4],
        width: 2.5,
        rest: 'mean',
      },
      { key: 'scheduled', label: 'sent', color: 'sent', values: rate(rows, 'scheduled'), rest: 'mean' },
      {
        key: 'accepted',
        label: other === null ? 'accepted' : `accepted ${other.own}`,
        color: 'accepted',
        values: rate(rows, 'accepted'),
        fill: true,
        rest: 'mean',
      },
      {
        key: 'other',
        label: `accepted ${other?.label ?? ''}`,
        color: 'other',
        values: other === null ? null : along(rows, other.rows, rate(other.rows, 'accepted')),
        rest: 'mean',
      },
      { key: 'deferred', label: 'deferred (4xx)', color: 'deferred', values: rate(rows, 'deferred'), rest: 'mean' },
      { key: 'refused', label: 'refused (5xx)', color: 'refused', values: rate(rows, 'refused'), rest: 'mean' },
      { key: 'failed', label: 'failed', color: 'failed', values: rate(rows, 'failed'), rest: 'mean' },
      { key: 'dropped', label: 'dropped', color: 'muted', values: rate(rows, 'dropped'), dash: [2, 3], rest: 'mean' },
    ),
  }
}

function percentiles({ rows, head, other }: PageData): PlotSpec {
  const column = (name: string) => rows.columns[`response.${name}`]
  return {
    ...over(rows),
    id: 'percentiles',
    section: 'Latency',
    wide: true,
    title: 'Response time',
    words: `From the ${head.openLoop ? 'intended start' : 'start'} of a message to its acceptance, each second by itself; half of the messages were faster than p50, one in a hundred slower than p99. The scale is logarithmic. A p99 that parts from the p50 means that some messages wait behind something the others do not meet: a lock, a flush, a full queue.`,
    log: true,
    format: micros,
    lines: lines(
      {
        key: 'p50',
        label: other === null ? 'p50' : `p50 ${other.own}`,
        color: 'p50',
        values: column('p50'),
        rest: 'most',
      },
      { key: 'p90', label: 'p90', color: 'p90', values: other === null ? column('p90') : null, rest: 'most' },
      {
        key: 'p99',
        label: other === null ? 'p99' : `p99 ${other.own}`,
        color: 'p99',
        values: column('p99'),
        width: 2.25,
        rest: 'most',
      },
      { key: 'p999', label: 'p99.9', color: 'p999', values: other === null ? column('p999') : null, rest: 'most' },
      {
        key: 'max',
        label: 'max',
        color: 'max',
        values: other === null ? column('max') : null,
        dash: [2, 3],
        width: 1.25,
        rest: 'most',
      },
      {
        key: 'b50',
        label: `p50 ${other?.label ?? ''}`,
        color: 'p50',
        dash: [5, 4],
        values: other === null ? null : along(rows, other.rows, other.rows.columns['response.p50']),
        rest: 'most',
      },
      {
        key: 'b99',
        label: `p99 ${other?.label ?? ''}`,
        color: 'other',
        dash: [5, 4],
        values: other === null ? null : along(rows, other.rows, other.rows.columns['response.p99']),
        rest: 'most',
      },
    ),
  }
}

function heat({ heat: map }: PageData): PlotSpec | null {
  if (map === null) return null
  const sums = map.columns.map((bins) => bins.reduce((sum, value, i) => (i % 2 === 0 ? sum : sum + value), 0))
  return {
    xKind: 'time',
    x: map.at,
    id: 'heat',
    section: 'Latency',
    title: 'Where the messages were',
    words:
      'All accepted messages by time and response time: the stronger the colour, the more of them. Two bands are two kinds of message or two paths through the server; dots high above are single messages that waited; columns that reach up at regular distances are something periodic.',
    log: true,
    format: micros,
    heat: map,
    lines: [{ key: 'heat', label: 'messages', color: 'accepted', values: sums }],
    ...(map.seconds > 1 && { note: `Each column stands for ${map.seconds} s.` }),
  }
}

/** A small one for each phase that was timed. */
function phases({ rows }: PageData): PlotSpec[] {
  const names = [...new Set(Object.keys(rows.columns).flatMap((name) => /^phase\.(.+)\.p50$/.exec(name)?.[1] ?? []))]
  return names
    .sort((a, b) => orderOf(a) - orderOf(b))
    .map((name) => {
      const column = (figure: string) => rows.columns[`phase.${name}.${figure}`]
      return {
        ...over(rows),
        id: `phase-${name.replace(/\W/g, '-')}`,
        section: 'Phases',
        title: name,
        words: PHASE_WORDS[name] ?? 'From the command to its positive reply.',
        log: true,
        small: true,
        format: micros,
        lines: lines(
          { key: 'p50', label: 'p50', color: 'p50', values: column('p50'), rest: 'most' },
          { key: 'p99', label: 'p99', color: 'p99', values: column('p99'), rest: 'most' },
          { key: 'max', label: 'max', color: 'max', values: column('max'), dash: [2, 3], width: 1, rest: 'most' },
        ),
      }
    })
}

const PHASE_WORDS: Readonly<Record<string, string>> = {
  connect: 'From connect() to the connection. Grows when the queue of the listening socket is full.',
  greeting: 'From the connection to the 220. Grows when no process is free to serve, or names are looked up.',
  ehlo: 'From EHLO to the end of its reply.',
  starttls: 'From STARTTLS to the end of the handshake: mostly CPU, at both ends.',
  'tls full': 'TLS handshakes from scratch.',
  'tls resumed': 'TLS handshakes that went on with an earlier session: should be a fraction of full ones.',
  auth: 'From AUTH to its verdict: the password check, and what it looks up.',
  mail: 'From MAIL FROM to its reply: checks of the sender.',
  rcpt: 'From RCPT TO to its reply: looking recipients up, policies, greylisting.',
  data: 'From DATA to 354.',
  dot: 'From the final dot to 250: filters, the queue file, and fsync. Where most servers spend their time.',
  bdat: 'From the last chunk to its reply: what the final dot is for DATA.',
  rset: 'From RSET to its reply.',
  quit: 'From QUIT to its reply.',
}

function orderOf(phase: string): number {
  return Object.keys(PHASE_WORDS).indexOf(phase)
}

/** Another run's column at the rows of this one. */
function along(
  rows: Rows,
  other: Rows,
  column: readonly (number | null)[] | null | undefined,
): (number | null)[] | null {
  if (column === null || column === undefined) return null
  const places = new Map(other.at.map((at, i) => [at - (at % rows.seconds), i]))
  return rows.at.map((at) => column[places.get(at) ?? -1] ?? null)
}
