/** The figures of a run as tables: key figures, thresholds, latencies, replies, errors, and what the run was. */
import { bytes, clock, count, latency, number, percent, seconds } from '../../format.js'
import type { PageComparison, PageData } from '../model.js'
import { el, table } from './dom.js'

/** A block of the page that is no plot. */
export interface Block {
  readonly id: string
  readonly section: string
  readonly title: string
  readonly body: readonly HTMLElement[]
}

export function cards(data: PageData): HTMLElement {
  const made = (data.kind === 'source' ? sourceCards(data) : sinkCards(data)).map(([name, value, more, look]) =>
    el(
      'div',
      { class: `card${look === undefined ? '' : ` ${look}`}` },
      el('dt', {}, name),
      el('dd', { class: value.length > 9 ? 'long' : null }, value),
      more === '' ? null : el('dd', { class: 'more' }, more),
    ),
  )
  return el('dl', { class: 'cards' }, ...made)
}

type Card = readonly [name: string, value: string, more: string, look?: string]

function sourceCards({ totals, latency: rows, elapsedMs, head }: PageData): Card[] {
  const total = (name: string) => totals[name] ?? 0
  const done = total('accepted') + total('deferred') + total('refused') + total('failed')
  const bad = total('deferred') + total('refused') + total('failed')
  const response = rows.find(({ name, outcome }) => name === 'response' && outcome === 'accepted')
  const cards: Card[] = [
    ['accepted', count(total('accepted')), `of ${count(head.asked ?? total('scheduled'))} ${head.unit}`],
    [
      'rate',
      `${number(elapsedMs > 0 ? (total('accepted') * 1000) / elapsedMs : 0)}/s`,
      `for ${elapsedMs < 120_000 ? seconds(elapsedMs) : clock(elapsedMs)}`,
    ],
  ]
  if (response !== undefined) {
    const [p50 = 0, p90 = 0, p99 = 0, p999 = 0, , max = 0] = response.values
    cards.push(
      ['response p50', latency(p50), `p90 ${latency(p90)}`],
      ['response p99', latency(p99), `p99.9 ${latency(p999)} · max ${latency(max)}`],
    )
  }
  cards.push(
    [
      'not accepted',
      done > 0 ? percent(bad / done) : '0%',
      `${count(total('deferred'))} deferred · ${count(total('refused'))} refused · ${count(total('failed'))} failed`,
      bad > 0 ? 'warn' : 'good',
    ],
    ['bytes out', bytes(total('bytesOut')), `${bytes(total('bytesIn'))} in`],
    ['sessions', count(head.sessions), `${count(total('connects'))} connects`],
  )
  if (total('dropped') > 0) cards.push(['dropped', count(total('dropped')), 'due, but never tried', 'warn'])
  if (total('cpuPerMessage') > 0)
    cards.push([
      'CPU here',
      `${number(total('cpuPerMessage'))} µs`,
      head.unit === 'messages' ? 'a message' : 'a handshake',
    ])
  return cards
}

function sinkCards({ totals, elapsedMs }: PageData): Card[] {
  const total = (name: string) => totals[name] ?? 0
  return [
    ['messages', count(total('messages')), `${count(total('recipients'))} recipients`],
    ['connections', count(total('active')), `${count(total('connections'))} so far`],
    ['bytes in', bytes(total('bytesIn')), `${bytes(total('bytesOut'))} out`],
    ['rejected', count(total('rejected')), `of ${count(total('commands'))} commands`],
    ['listening', clock(elapsedMs), ''],
  ]
}

/** All that there is something in. */
export function blocks(data: PageData): Block[] {
  const found: Block[] = []
  const add = (id: string, section: string, title: string, ...body: readonly (HTMLElement | null)[]) => {
    const whole = body.filter((one): one is HTMLElement => one !== null)
    if (whole.length > 0) found.push({ id, section, title, body: whole })
  }
  const commands = data.kind === 'sink' ? 'Commands' : 'Latency'
  if (data.comparison) add('comparison', 'Comparison', data.comparison.title, ...comparison(data.comparison))
  add('thresholds', 'Verdict', 'Thresholds', thresholds(data))
  add('generator', 'Verdict', 'Was it the generator?', judged(data))
  add('latencies', commands, 'Over the whole run', latencies(data))
  const place = data.kind === 'sink' ? 'Replies and faults' : 'Replies and errors'
  add('matrix', place, 'Replies by command and code', matrix(data))
  add('words', place, 'What was said', samples(data))
  add('failures', place, 'Failures', failures(data))
  add('events', 'Server under test', 'What happened to it', events(data))
  add('notes', 'About this run', 'Notes', notes(data))
  add('about', 'About this run', 'What it was', about(data))
  return found
}

function comparison({ columns, sides, warnings, rows, basis }: PageComparison): HTMLElement[] {
  const lines = (texts: readonly string[], look: string) =>
    texts.length === 0 ? [] : [el('ul', { class: `list ${look}` }, ...texts.map((text) => el('li', {}, text)))]
  return [
    ...lines(sides, ''),
    ...lines(warnings, 'caution'),
    table(
      'Figure by figure',
      ['', ...columns, 'difference', 'interval', 'verdict'],
      rows.map(({ verdict, cells }) =>
        cells.map((text, i) =>
          i < cells.length - 1 ? text : el('span', { class: `compared ${verdict.replace(' ', '-')}` }, text),
        ),
      ),
      (column) => column > 0 && column < 5,
    ),
    ...basis.map((text) => el('p', { class: 'more' }, text)),
  ]
}

function thresholds({ thresholds: all }: PageData): HTMLElement | null {
  if (all.length === 0) return null
  return el(
    'ul',
    { class: 'thresholds' },
    ...all.map(({ text, value, ok, abortedMs }) =>
      el(
        'li',
        { class: ok ? 'ok' : 'broken' },
        el('span', { class: 'sign', 'aria-label': ok ? 'held' : 'broken', role: 'img' }, ok ? '✓' : '✗'),
        el('code', {}, text),
        el('span', { class: 'measured' }, value),
        abortedMs === null ? null : el('span', { class: 'more' }, `ended the run at ${seconds(abortedMs)}`),
      ),
    ),
  )
}

function judged({ verdict }: PageData): HTMLElement | null {
  if (verdict === null) return null
  const { state, limit, reason } = verdict
  const words = {
    clear: 'It had room: the figures are the server’s.',
    stretched: 'It was near its limit: its own queueing may show in the latencies.',
    saturated: 'It was at its limit: these figures are the generator’s as much as the server’s.',
  }
  return el(
    'div',
    { class: 'list' },
    el('p', {}, el('span', { class: 'state', 'data-state': state }, state), ` ${words[state]}`),
    el(
      'p',
      { class: 'more' },
      `${limit === null ? '' : `Held back by: ${limit}. `}${reason[0]?.toUpperCase() ?? ''}${reason.slice(1)}.`,
    ),
  )
}

function latencies({ latency: rows, kind }: PageData): HTMLElement | null {
  if (rows.length === 0) return null
  const heads = kind === 'sink' ? ['p50', 'p90', 'p99', 'max'] : ['p50', 'p90', 'p99', 'p99.9', 'p99.99', 'max']
  return table(
    'Latency by percentile',
    ['', ...heads, 'count'],
    rows.map(({ name, outcome, count: all, values }) => [
      outcome === 'accepted' ? name : `${name} ${outcome}`,
      ...values.map((value) => latency(value)),
      count(all),
    ]),
  )
}

/** Verbs down, codes across. */
function matrix({ replies }: PageData): HTMLElement | null {
  if (replies.length === 0) return null
  const codes = [...new Set(replies.map(({ code }) => code))].sort((a, b) => a - b)
  const verbs = [...new Set(replies.map(({ verb }) => verb))]
  return table(
    'Replies by command and code',
    ['after', ...codes.map((code) => (code === 0 ? 'other' : String(code)))],
    verbs.map((verb) => [
      verb,
      ...codes.map((code) => {
        const found = replies.find((row) => row.verb === verb && row.code === code)
        return found === undefined
          ? el('span', { class: 'none' }, '·')
          : el('span', { class: `c${Math.floor(code / 100)}` }, count(found.count))
      }),
    ]),
  )
}

/** Those that were not positive, with what the server said. */
function samples({ replies, kind }: PageData): HTMLElement | null {
  const bad = replies.filter(({ code }) => code >= 400 || code < 200)
  if (bad.length === 0 || kind === 'sink') return null
  return table(
    'Replies that were not positive',
    ['code', 'after', 'count', 'first', 'last', 'sample'],
    bad.map((row) => [
      row.code === 0 ? 'other' : String(row.code),
      row.verb,
      count(row.count),
      seconds(row.firstMs),
      seconds(row.lastMs),
      row.sample,
    ]),
    (column) => column > 1 && column < 5,
  )
}

function failures({ errors }: PageData): HTMLElement | null {
  if (errors.length === 0) return null
  return table(
    'Failures without a usable reply',
    ['kind', 'after', 'count', 'first', 'last', 'sample'],
    errors.map((row) => [
      row.error,
      row.after,
      count(row.count),
      seconds(row.firstMs),
      seconds(row.lastMs),
      row.sample,
    ]),
    (column) => column > 1 && column < 5,
  )
}

function events({ watched }: PageData): HTMLElement | null {
  if (watched === null || watched.events.length === 0) return null
  return el(
    'ul',
    { class: 'list' },
    ...watched.events.map(({ at, text }) => el('li', {}, el('strong', {}, clock(at * 1000)), ` ${text}`)),
  )
}

function notes({ notes: all }: PageData): HTMLElement | null {
  return all.length === 0 ? null : el('ul', { class: 'list' }, ...all.map((note) => el('li', {}, note)))
}

function about({ head, kind }: PageData): HTMLElement {
  const rows: [string, string][] = [
    [kind === 'sink' ? 'listening on' : 'target', head.target],
    ['started', new Date(head.startedAt).toLocaleString()],
    ['host', head.host],
    ['version', `stampede ${head.version}, Node ${head.node}`],
  ]
  if (head.seed !== '') rows.push(['seed', head.seed])
  if (kind === 'source')
    rows.push([
      'load',
      `${head.openLoop ? 'open loop' : 'closed loop'}, ${count(head.sessions)} sessions on ${count(head.workers)} worker${head.workers === 1 ? '' : 's'}`,
    ])
  for (const [name, value] of Object.entries(head.tags)) rows.push([name, value])
  const list = el(
    'dl',
    { class: 'about' },
    ...rows.flatMap(([name, value]) => [el('dt', {}, name), el('dd', {}, value)]),
  )
  if (head.again === '') return list
  return el(
    'div',
    {},
    list,
    el('p', {}, 'This line repeats it:'),
    el('pre', { class: 'again', tabindex: '0' }, el('code', {}, head.again)),
  )
}
