/** In what two runs differ though it should have been the same: their plans, leaf by leaf, and what they ran on. */
import type { Difference } from '../measure/comparison.js'
import { seconds } from './format.js'

/** What a plan holds that may differ without making runs hard to compare, or is only another form of what is compared. */
const FREE =
  /^(seed|tags|thresholds|baseline|passShare|publicTarget|allowReject|door|record)\b|^target\.(kind|host|port|path)$|^load\.(messages|durationMs|warmupMs|drainMs)$|^load\.arrivals\.shape\.|^wire\.(helloName|sourceIps)\b/

/** What people call it, where the last word of its place in the plan does not say. */
const NAMES: Readonly<Record<string, string>> = {
  'target.text': 'target',
  'load.arrivals': 'rate',
  'load.perSession': 'messages a session',
  'mail.sizes': 'sizes',
  'mail.recipientsMost': 'most recipients',
  'mail.fileName': 'message file',
  'wire.tls': 'TLS',
  'wire.tls.mode': 'TLS',
  'wire.auth': 'AUTH',
  'wire.auth.mechanism': 'AUTH mechanism',
  mischief: 'misbehaving clients',
  mix: 'mix of mail',
}

/** What a run was, for this purpose: `about` is where it ran and with what. */
export interface DescribedRun {
  readonly plan: object
  readonly about: Readonly<Record<string, string>>
}

export function differencesOf(a: DescribedRun, b: DescribedRun): Difference[] {
  const found = new Map<string, Difference>()
  const note = (name: string, one: string, other: string) => {
    if (one !== other && !found.has(name)) found.set(name, { name, a: one, b: other })
  }
  const one = leavesOf(a.plan)
  const other = leavesOf(b.plan)
  for (const path of new Set([...one.keys(), ...other.keys()])) {
    const left = at(one, path)
    const right = at(other, path)
    if (left !== null && right !== null) note(nameOf(path), left, right)
  }
  for (const name of Object.keys(a.about)) note(name, a.about[name] ?? '', b.about[name] ?? '')
  return [...found.values()]
}

/** What stands at a place; null where the part that it belongs to is not there at all, and so says nothing of it. */
function at(leaves: ReadonlyMap<string, string>, path: string): string | null {
  const found = leaves.get(path)
  if (found !== undefined) return found
  for (const whole of leaves.keys()) {
    if (path.startsWith(`${whole}.`)) return null
    // Here the part is there, and on the other side it is not.
    if (whole.startsWith(`${path}.`)) return leaves.get(`${path}.mode`) ?? 'some'
  }
  return 'none'
}

/** Everything in a plan by its place, as words. */
function leavesOf(plan: object): Map<string, string> {
  const leaves = new Map<string, string>()
  const walk = (value: unknown, path: string) => {
    if (FREE.test(path)) return
    if (path === 'load.arrivals') leaves.set(path, rateWords(value))
    else if (value === null || typeof value !== 'object') leaves.set(path, words(value, path))
    else if (Array.isArray(value)) {
      // What is not there and what is empty are the same.
      if (value.length > 0) leaves.set(path, short(JSON.stringify(value)))
    } else for (const [key, inner] of Object.entries(value)) walk(inner, path === '' ? key : `${path}.${key}`)
  }
  walk(plan, '')
  return leaves
}

function nameOf(path: string): string {
  const last = path.slice(path.lastIndexOf('.') + 1).replace(/Ms$/, '')
  return NAMES[path] ?? last.replace(/[A-Z]/g, (letter) => ` ${letter.toLowerCase()}`)
}

function words(value: unknown, path: string): string {
  if (value === null || value === undefined) return 'none'
  if (typeof value === 'number' && path.endsWith('Ms')) return seconds(value)
  return short(typeof value === 'string' ? value : JSON.stringify(value))
}

function rateWords(arrivals: unknown): string {
  const plan = arrivals as { shape?: { kind: string; rate?: number }; burst?: unknown; process?: string } | null
  if (plan?.shape === undefined) return 'none'
  const { shape, burst, process } = plan
  const rate = shape.kind === 'constant' ? `${shape.rate}/s` : short(JSON.stringify(shape))
  return `${rate}${process === 'even' ? '' : ` ${process}`}${burst ? ` with bursts ${short(JSON.stringify(burst))}` : ''}`
}

function short(text: string): string {
  return text.length > 60 ? `${text.slice(0, 57)}...` : text
}
