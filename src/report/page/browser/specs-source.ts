/** The plots of a source over time: load, latency, replies and errors, connections, bytes, the generator. */
import { bytes } from '../../format.js'
import type { PageData, Rows } from '../model.js'
import { lines, micros, type PlotSpec, perSecond, rate, share, whole } from './spec.js'

const UNIT_ERRORS = ['e1', 'e2', 'e3', 'e4', 'e5', 'e6', 'e7', 'e8']

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

/** What a plot over the run's rows has in common. */
function over(rows: Rows): Pick<PlotSpec, 'xKind' | 'x'> & { readonly note?: string } {
  const note =
    rows.seconds === 1
      ? {}
      : { note: `Each point stands for ${rows.seconds} s: rates over all of them, of latencies the worst second.` }
  return { xKind: 'time', x: rows.at, ...note }
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

function replies({ rows }: PageData): PlotSpec {
  return {
    ...over(rows),
    id: 'replies',
    section: 'Replies and errors',
    title: 'Replies by class',
    words:
      'All replies per second: 2xx done, 3xx go on, 4xx later, 5xx never. A healthy run has a fixed number of 2xx and 3xx for each message; 4xx that begin at a certain load are the server defending itself.',
    format: perSecond,
    lines: lines(
      { key: '2', label: '2xx', color: 'accepted', values: rate(rows, 'reply.2'), fill: true, rest: 'mean' },
      { key: '3', label: '3xx', color: 'sent', values: rate(rows, 'reply.3'), rest: 'mean' },
      { key: '4', label: '4xx', color: 'deferred', values: rate(rows, 'reply.4'), width: 2, rest: 'mean' },
      { key: '5', label: '5xx', color: 'refused', values: rate(rows, 'reply.5'), width: 2, rest: 'mean' },
      { key: '0', label: 'other', color: 'failed', values: rate(rows, 'reply.0'), rest: 'mean' },
    ),
  }
}

function errors({ rows }: PageData): PlotSpec {
  const kinds = Object.keys(rows.columns).filter((name) => name.startsWith('error.'))
  return {
    ...over(rows),
    id: 'errors',
    section: 'Replies and errors',
    title: 'Failures by kind',
    words:
      'Conversations that ended without a usable reply, per second. Refused and timed-out connections point at the listening socket or a limit of connections, resets and closed connections at processes that died or gave up, timeouts at a server that is stuck.',
    format: perSecond,
    lines: lines(
      ...kinds.map((name, i) => ({
        key: name,
        label: name.slice('error.'.length),
        color: UNIT_ERRORS[i % UNIT_ERRORS.length]!,
        values: rate(rows, name),
        rest: 'mean' as const,
        ...(i >= UNIT_ERRORS.length && { dash: [4, 3] }),
      })),
    ),
  }
}

function sessions({ rows }: PageData): PlotSpec {
  return {
    ...over(rows),
    id: 'sessions',
    section: 'Connections',
    title: 'Open connections',
    words:
      'Connections at the end of each second, those with a write that has not drained (the network or the server does not take more), and due messages that wait for a free session. A backlog that grows means: more sessions, or a faster server, or a lower rate.',
    format: whole,
    lines: lines(
      { key: 'active', label: 'open', color: 'sent', values: rows.columns.active, fill: true, rest: 'most' },
      { key: 'draining', label: 'waiting to drain', color: 'deferred', values: rows.columns.draining, rest: 'most' },
      { key: 'backlog', label: 'backlog', color: 'refused', values: rows.columns.backlog, rest: 'most' },
      {
        key: 'mischiefActive',
        label: 'misbehaving',
        color: 'failed',
        values: rows.columns.mischiefActive,
        rest: 'most',
      },
    ),
  }
}

function connects({ rows }: PageData): PlotSpec {
  return {
    ...over(rows),
    id: 'connects',
    section: 'Connections',
    title: 'Connects and handshakes',
    words:
      'Calls of connect(), connections that came of them, connections lost, and TLS handshakes per second. Connects in the middle of a run of kept connections are replacements for lost ones; full handshakes where resumed ones are expected cost CPU at both ends.',
    format: perSecond,
    lines: lines(
      { key: 'connects', label: 'connects', color: 'sent', values: rate(rows, 'connects'), rest: 'mean' },
      {
        key: 'connected',
        label: 'connected',
        color: 'accepted',
        values: rate(rows, 'connected'),
        dash: [6, 3],
        rest: 'mean',
      },
      { key: 'lost', label: 'lost', color: 'refused', values: rate(rows, 'sessionsLost'), rest: 'mean' },
      { key: 'tlsFull', label: 'TLS full', color: 'p999', values: rate(rows, 'tlsFull'), rest: 'mean' },
      { key: 'tlsResumed', label: 'TLS resumed', color: 'p90', values: rate(rows, 'tlsResumed'), rest: 'mean' },
      { key: 'tlsFailed', label: 'TLS failed', color: 'failed', values: rate(rows, 'tlsFailed'), rest: 'mean' },
      { key: 'authOk', label: 'AUTH accepted', color: 'e1', values: rate(rows, 'authOk'), rest: 'mean' },
      { key: 'authFailed', label: 'AUTH refused', color: 'e2', values: rate(rows, 'authFailed'), rest: 'mean' },
    ),
  }
}

/** Octets both ways; of source and sink alike. */
export function transferred({ rows, kind }: PageData): PlotSpec {
  return {
    ...over(rows),
    id: 'bytes',
    section: 'Connections',
    title: 'Bytes per second',
    words:
      kind === 'source'
        ? 'What was written to and read from the connections. Out is mail; in is replies, so it follows their number. Where out stands still at a round figure while everything else has room, the network is the limit.'
        : 'What was read from and written to the clients.',
    format: (value) => `${bytes(value)}/s`,
    lines: lines(
      {
        key: 'out',
        label: 'out',
        color: 'sent',
        values: rate(rows, 'bytesOut'),
        fill: kind === 'source',
        rest: 'mean',
      },
      { key: 'in', label: 'in', color: 'accepted', values: rate(rows, 'bytesIn'), fill: kind === 'sink', rest: 'mean' },
    ),
  }
}

/** The generator's own health; of source and sink alike. */
export function generator({ rows, kind }: PageData): PlotSpec[] {
  const workers = Object.keys(rows.columns).filter((name) => name.startsWith('worker.'))
  const colors = ['sent', 'accepted', 'p90', 'p99', 'e3', 'e4', 'e5', 'e6']
  const each = workers.length > 0 && workers.length <= 8
  return [
    {
      ...over(rows),
      id: 'utilisation',
      section: kind === 'source' ? 'Generator' : 'This sink',
      title: 'Utilisation',
      words:
        'Share of time that each worker’s event loop was busy, and CPU in cores. Below 70 % a worker has room and latencies are the server’s; from there on its own queueing shows in them (stretched, tinted in every plot over time), and above 90 % for three seconds you are measuring the generator (saturated, hatched).',
      format: share,
      limits:
        kind === 'source'
          ? [
              { value: 0.7, label: 'stretched' },
              { value: 0.9, label: 'saturated' },
            ]
          : [],
      lines: lines(
        ...(each
          ? workers.map((name, i) => ({
              key: name,
              label: name.replace('.', ' '),
              color: colors[i]!,
              values: rows.columns[name],
              rest: 'most' as const,
            }))
          : [
              {
                key: 'busiest',
                label: 'busiest worker',
                color: 'sent',
                values: rows.columns.busiest,
                rest: 'most' as const,
              },
            ]),
        {
          key: 'cpu',
          label: 'CPU of all, in cores',
          color: 'max',
          values: rows.columns.cpu,
          dash: [3, 3],
          rest: 'most',
        },
      ),
    },
    {
      ...over(rows),
      id: 'lag',
      section: 'Generator',
      title: 'Delays of its own',
      words:
        'How late messages were started (99th percentile of start lag) and how late timers of the event loop came. Both are time that the server is not to blame for; response times include the first, service times do not.',
      log: true,
      format: micros,
      lines: lines(
        { key: 'startLag', label: 'start lag p99', color: 'p99', values: rows.columns.startLag, rest: 'most' },
        {
          key: 'loopDelay',
          label: 'loop delay p99',
          color: 'max',
          values: rows.columns.loopDelay?.map((value) => value || null),
          rest: 'most',
        },
      ),
    },
  ]
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
