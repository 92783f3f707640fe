/**
 * The short forms of rules, `rcpt:550:2%:No such user`: what the flags of the same names take, and what a file may hold in place of an object. A spec is
 * cut into the fields of that object; reading them is the same for both.
 */
import { UsageError } from '../base/errors.js'

/** Sections of a policy document that have a short form. */
export const SPEC_FORMS = {
  reject: 'STAGE:CODE[:SHARE][:TEXT]',
  delay: 'STAGE:TIME[:SHARE]',
  limit: 'PER:RATE[:BURST[:CODE]]',
  maxRecipients: 'N[:CODE]',
  maxMessages: 'N[:CODE]',
  greylist: 'PASS[:LIFETIME]',
  tarpit: 'PER:STEP[:FREE[:MAX]]',
  disconnect: 'STAGE[:SHARE]',
  reset: 'STAGE[:SHARE]',
  cut: 'OCTETS[:SHARE]',
  wrong: 'STAGE:CODE[:SHARE][:TEXT]',
  malformed: 'STAGE:KIND[:SHARE]',
  slowBanner: 'TIME[:SHARE]',
  slowRead: 'TIME[:SHARE]',
  drip: 'OCTETS:TIME[:SHARE]',
} as const
export type SpecSection = keyof typeof SPEC_FORMS

const EXAMPLES: Readonly<Record<SpecSection, string>> = {
  reject: 'rcpt:550:2%',
  delay: 'dot:10ms..50ms',
  limit: 'client:10/s:20',
  maxRecipients: '100',
  maxMessages: '20',
  greylist: '5m:1d',
  tarpit: 'client:5ms:2:1s',
  disconnect: 'data:1%',
  reset: 'dot:1%',
  cut: '0..64KiB:1%',
  wrong: 'data:250:1%',
  malformed: 'mail:bare-lf:1%',
  slowBanner: '2s',
  slowRead: '50ms:10%',
  drip: '1:10ms:5%',
}

/** Names of the fields of a section whose parts simply follow each other. */
const ROWS: Partial<Record<SpecSection, readonly string[]>> = {
  limit: ['per', 'rate', 'burst', 'code'],
  maxRecipients: ['count', 'code'],
  maxMessages: ['count', 'code'],
  greylist: ['pass', 'lifetime'],
  tarpit: ['per', 'step', 'free', 'max'],
  disconnect: ['stage', 'share'],
  reset: ['stage', 'share'],
  cut: ['after', 'share'],
  malformed: ['stage', 'as', 'share'],
  slowRead: ['pause', 'share'],
  drip: ['octets', 'every', 'share'],
}
/** How many parts a spec of those has at least. */
const LEAST: Partial<Record<SpecSection, number>> = { limit: 2, tarpit: 2, malformed: 2, drip: 2 }

/**
 * The fields of a spec, as texts.
 * @throws UsageError when it has too few or too many parts
 */
export function splitSpec(section: SpecSection, text: string, path: string): Record<string, string> {
  const parts = text.split(':')
  const found = cut(section, parts)
  if (found === null || Object.values(found).some((part, i) => part === '' && i < 2))
    throw new UsageError(
      `${path}: '${text}' is not of the form ${SPEC_FORMS[section]}; give one such as ${EXAMPLES[section]}.`,
    )
  return found
}

function cut(section: SpecSection, parts: readonly string[]): Record<string, string> | null {
  switch (section) {
    case 'reject':
    case 'wrong':
      return replySpec(parts)
    case 'delay': {
      const [stage, ...rest] = parts
      const timed = timeSpec(rest)
      return stage === undefined || timed === null ? null : { stage, ...timed }
    }
    case 'slowBanner':
      return timeSpec(parts)
    default: {
      const names = ROWS[section]!
      if (parts.length > names.length || parts.length < (LEAST[section] ?? 1)) return null
      return Object.fromEntries(parts.map((part, i) => [names[i]!, part]))
    }
  }
}

/** A share is told from a text by its looks; the text may hold colons. */
function replySpec([stage, code, third, ...rest]: readonly string[]): Record<string, string> | null {
  if (stage === undefined || code === undefined) return null
  if (third === undefined) return { stage, code }
  if (!/^[\d.]+%?$/.test(third)) return { stage, code, text: [third, ...rest].join(':') }
  return rest.length === 0 ? { stage, code, share: third } : { stage, code, share: third, text: rest.join(':') }
}

/** Times of a named distribution have a fixed number of parts; what follows is the share. */
function timeSpec(parts: readonly string[]): Record<string, string> | null {
  const count = { exp: 2, normal: 3, lognormal: 3, geometric: 3 }[parts[0] ?? ''] ?? 1
  if (parts.length < count || parts.length > count + 1) return null
  const time = parts.slice(0, count).join(':')
  return parts.length > count ? { time, share: parts[count]! } : { time }
}
