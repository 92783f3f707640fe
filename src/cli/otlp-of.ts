/** `--otlp` and its companions, read. What is wrong with a header is said without showing it. */
import { validateHeaderName, validateHeaderValue } from 'node:http'
import { UsageError } from '../base/errors.js'
import { parseRate } from '../base/units.js'
import { type TracePlan, usualShare } from '../plan/trace-plan.js'
import type { Collector } from '../serve/otlp-wire.js'
import type { Given } from './given.js'

/** What is asked for. */
export interface OtlpWish {
  readonly collector: Collector
  /** The collector as it may be shown. */
  readonly shown: string
  readonly intervalMs: number
}

const INTERVAL_MS = 10_000
const TRACES_PER_SECOND = 10
const COMPANIONS = ['otlp-header', 'otlp-interval']
const TRACE_COMPANIONS = ['otlp-sample', 'otlp-traces']

/** Null: no exporting. Throws UsageError. */
export function otlpOf(given: Given, traces: boolean): OtlpWish | null {
  const text = given.text('otlp')
  const idle = [...COMPANIONS, ...(traces ? TRACE_COMPANIONS : [])].find((name) => given.has(name))
  if (text === null) {
    if (idle !== undefined) throw new UsageError(`${given.label(idle)} needs --otlp; give both or neither.`)
    return null
  }
  const url = collectorUrl(text, given.label('otlp'))
  const shown = new URL(url)
  if (shown.password !== '') shown.password = '***'
  shown.search = ''
  return {
    collector: {
      tracesUrl: signalUrl(url, 'traces'),
      metricsUrl: signalUrl(url, 'metrics'),
      headers: headersOf(given),
    },
    shown: shown.href.replace(/\/$/, ''),
    intervalMs: given.duration('otlp-interval') ?? INTERVAL_MS,
  }
}

/** What the workers are to follow; null: nothing. Throws UsageError. */
export function tracingOf(given: Given, sessions: number): TracePlan | null {
  const share = given.share('otlp-sample') ?? usualShare(sessions)
  const text = given.text('otlp-traces')
  const perSecond = text === null ? TRACES_PER_SECOND : parseRate(text, given.label('otlp-traces'))
  return share === 0 || perSecond === 0 ? null : { share, perSecond }
}

function collectorUrl(text: string, label: string): URL {
  const example = 'give one such as http://127.0.0.1:4318'
  // What is before an @ may be a secret.
  const shown = text.includes('@') ? `${label}: that` : `${label} '${text}'`
  if (!URL.canParse(text)) throw new UsageError(`${shown} is no URL of a collector; ${example}.`)
  const url = new URL(text)
  if (url.protocol !== 'http:' && url.protocol !== 'https:')
    throw new UsageError(`${shown} is neither http:// nor https://; ${example}.`)
  if (/\/v1\/(traces|metrics|logs)\/?$/.test(url.pathname))
    throw new UsageError(
      `${label}: '${url.pathname}' is the path of one kind of data; leave out /v1/… of it, which is added.`,
    )
  return url
}

function signalUrl(base: URL, signal: string): string {
  const url = new URL(base)
  url.pathname = `${url.pathname.replace(/\/$/, '')}/v1/${signal}`
  url.hash = ''
  return url.href
}

function headersOf(given: Given): Record<string, string> {
  return Object.fromEntries(
    given.texts('otlp-header').map((text, i) => {
      const [, name, value] = /^([^:\s]+):\s*(.*)$/s.exec(text) ?? []
      if (name === undefined || value === undefined || !valid(name, value)) {
        throw new UsageError(
          `${given.label('otlp-header', i)}: that is no header; give one such as 'Authorization: Bearer TOKEN', on one line.`,
        )
      }
      return [name, value]
    }),
  )
}

function valid(name: string, value: string): boolean {
  try {
    validateHeaderName(name)
    validateHeaderValue(name, value)
    return true
  } catch {
    return false
  }
}
