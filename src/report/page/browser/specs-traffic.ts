/** Plots of a source besides load and latency: replies and errors, connections, bytes, and the generator's own health. */
import { bytes } from '../../format.js'
import type { PageData } from '../model.js'
import { over } from './over.js'
import { lines, micros, type PlotSpec, perSecond, rate, share, whole } from './spec.js'

const ERROR_COLORS = ['e1', 'e2', 'e3', 'e4', 'e5', 'e6', 'e7', 'e8']

export function replies({ rows }: PageData): PlotSpec {
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

export function errors({ rows }: PageData): PlotSpec {
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
        color: ERROR_COLORS[i % ERROR_COLORS.length]!,
        values: rate(rows, name),
        rest: 'mean' as const,
        ...(i >= ERROR_COLORS.length && { dash: [4, 3] }),
      })),
    ),
  }
}

export function sessions({ rows }: PageData): PlotSpec {
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

export function connects({ rows }: PageData): PlotSpec {
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
