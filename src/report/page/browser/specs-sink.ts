/** The plots of a sink: what came, what was answered and how fast, what was done to the clients on purpose. */
import type { PageData, Rows } from '../model.js'
import { over } from './over.js'
import { lines, micros, type PlotSpec, perSecond, rate, whole } from './spec.js'
import { generator, transferred } from './specs-traffic.js'

const COLORS = ['sent', 'accepted', 'p99', 'deferred', 'refused', 'failed', 'e3', 'e4', 'e5', 'e6']

export function sinkSpecs(data: PageData): PlotSpec[] {
  const { rows } = data
  return [
    received(rows),
    connections(rows),
    transferred(data),
    answers(rows),
    ...verbs(rows),
    faults(rows),
    security(rows),
    generator(data)[0]!,
  ].filter((spec) => spec.lines.length > 0 && spec.x.length > 0)
}

function received(rows: Rows): PlotSpec {
  return {
    ...over(rows),
    id: 'messages',
    section: 'Load',
    wide: true,
    title: 'Messages per second',
    words:
      'Messages that came whole and were accepted, and their recipients. What a source counts as accepted must add up to the same.',
    format: perSecond,
    lines: lines(
      {
        key: 'messages',
        label: 'messages',
        color: 'accepted',
        values: rate(rows, 'messages'),
        fill: true,
        rest: 'mean',
      },
      { key: 'recipients', label: 'recipients', color: 'sent', values: rate(rows, 'recipients'), rest: 'mean' },
    ),
  }
}

function connections(rows: Rows): PlotSpec {
  return {
    ...over(rows),
    id: 'sessions',
    section: 'Connections',
    title: 'Connections',
    words: 'Open ones at the end of each second, and new ones per second.',
    format: whole,
    lines: lines(
      { key: 'active', label: 'open', color: 'sent', values: rows.columns.active, fill: true, rest: 'most' },
      { key: 'new', label: 'new a second', color: 'accepted', values: rate(rows, 'connections'), rest: 'mean' },
      { key: 'timeouts', label: 'timed out a second', color: 'refused', values: rate(rows, 'timeouts'), rest: 'mean' },
    ),
  }
}

function answers(rows: Rows): PlotSpec {
  return {
    ...over(rows),
    id: 'replies',
    section: 'Replies and faults',
    title: 'Replies by class',
    words:
      'What was answered per second: 4xx and 5xx are what the clients got wrong, or what the policy has in store for them.',
    format: perSecond,
    lines: lines(
      { key: '2', label: '2xx', color: 'accepted', values: rate(rows, 'reply.2'), fill: true, rest: 'mean' },
      { key: '3', label: '3xx', color: 'sent', values: rate(rows, 'reply.3'), rest: 'mean' },
      { key: '4', label: '4xx', color: 'deferred', values: rate(rows, 'reply.4'), rest: 'mean' },
      { key: '5', label: '5xx', color: 'refused', values: rate(rows, 'reply.5'), rest: 'mean' },
      { key: '0', label: 'other', color: 'failed', values: rate(rows, 'reply.0'), rest: 'mean' },
    ),
  }
}

/** How long each command took. */
function verbs(rows: Rows): PlotSpec[] {
  const names = Object.keys(rows.columns).flatMap((name) => /^phase\.(.+)\.p50$/.exec(name)?.[1] ?? [])
  return names.map((name) => ({
    ...over(rows),
    id: `phase-${name}`,
    section: 'Commands',
    title: name,
    words:
      'From the read that brought the command to the write of its reply: the sink’s own share of what a client waits for, delays on purpose included.',
    log: true,
    small: true,
    format: micros,
    lines: lines(
      { key: 'p50', label: 'p50', color: 'p50', values: rows.columns[`phase.${name}.p50`], rest: 'most' },
      { key: 'p99', label: 'p99', color: 'p99', values: rows.columns[`phase.${name}.p99`], rest: 'most' },
      {
        key: 'max',
        label: 'max',
        color: 'max',
        values: rows.columns[`phase.${name}.max`],
        dash: [2, 3],
        width: 1,
        rest: 'most',
      },
    ),
  }))
}

function faults(rows: Rows): PlotSpec {
  const kinds = Object.keys(rows.columns).filter((name) => name.startsWith('fault.'))
  return {
    ...over(rows),
    id: 'faults',
    section: 'Replies and faults',
    title: 'Faults on purpose',
    words:
      'What the receiver model did to its clients per second, by kind. Compare with what the clients report: each of these must be there too.',
    format: perSecond,
    lines: lines(
      ...kinds.map((name, i) => ({
        key: name,
        label: name.slice(6),
        color: COLORS[i % COLORS.length]!,
        values: rate(rows, name),
        rest: 'mean' as const,
      })),
    ),
  }
}

function security(rows: Rows): PlotSpec {
  return {
    ...over(rows),
    id: 'tls',
    section: 'Connections',
    title: 'TLS and AUTH',
    words: 'Handshakes and authentications per second. Resumed handshakes are a fraction of the work of full ones.',
    format: perSecond,
    lines: lines(
      { key: 'full', label: 'TLS full', color: 'p999', values: rate(rows, 'tlsFull'), rest: 'mean' },
      { key: 'resumed', label: 'TLS resumed', color: 'p90', values: rate(rows, 'tlsResumed'), rest: 'mean' },
      { key: 'failed', label: 'TLS failed', color: 'failed', values: rate(rows, 'tlsFailed'), rest: 'mean' },
      { key: 'authOk', label: 'AUTH accepted', color: 'accepted', values: rate(rows, 'authOk'), rest: 'mean' },
      { key: 'authFailed', label: 'AUTH refused', color: 'refused', values: rate(rows, 'authFailed'), rest: 'mean' },
    ),
  }
}
