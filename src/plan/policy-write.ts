/** A Policy as the file that would give it: what `--print-policy` shows. Read back, it is the same policy. */
import { formatDuration, formatRate, formatSize } from '../base/units.js'
import {
  type CountRule,
  type CutRule,
  DEFAULT_ENTRIES,
  type Distribution,
  POLICY_STAGES,
  type Policy,
  type Refusal,
  type StageRule,
} from './policy.js'

/** Sections that do nothing are left out. */
export function policyDocument(policy: Policy): Record<string, unknown> {
  const { maxRecipients, maxMessages, greylist, drip, slowRead } = policy
  const document: Record<string, unknown> = {
    seed: policy.seed,
    reject: policy.reject.map((rule) => ({ ...staged(rule), ...refusal(rule) })),
    delay: policy.delay.map((rule) => ({ ...staged(rule), time: timeText(rule.time) })),
    limit: policy.limit.map((rule) => ({
      per: rule.per,
      rate: formatRate(rule.rate),
      burst: rule.burst,
      ...refusal(rule),
    })),
    maxRecipients: maxRecipients && counted(maxRecipients),
    maxMessages: maxMessages && counted(maxMessages),
    greylist: greylist && {
      pass: formatDuration(greylist.passMs),
      lifetime: formatDuration(greylist.lifetimeMs),
      ...refusal(greylist),
    },
    tarpit: policy.tarpit.map(({ per, stepMs, free, maxMs }) => ({
      per,
      step: formatDuration(stepMs),
      free,
      max: formatDuration(maxMs),
    })),
    disconnect: policy.disconnect.map(staged),
    reset: policy.reset.map(staged),
    cut: policy.cut.map((rule) => ({ after: sizesText(rule), share: rule.share })),
    wrong: policy.wrong.map((rule) => ({ ...staged(rule), code: rule.code, text: rule.text })),
    malformed: policy.malformed.map((rule) => ({ ...staged(rule), as: rule.as })),
    drip: drip && { octets: drip.octets, every: formatDuration(drip.everyMs), share: drip.share },
    slowRead: slowRead && { pause: formatDuration(slowRead.pauseMs), share: slowRead.share },
    entries: policy.entries === DEFAULT_ENTRIES ? null : policy.entries,
  }
  return Object.fromEntries(
    Object.entries(document).filter(([, value]) => value !== null && !(Array.isArray(value) && value.length === 0)),
  )
}

/** JSON, which is YAML too. */
export function policyText(policy: Policy): string {
  return `${JSON.stringify(policyDocument(policy), null, 2)}\n`
}

function staged({ stages, share }: StageRule) {
  return { stage: stages.length === POLICY_STAGES.length ? 'all' : stages.join(','), share }
}

function refusal({ code, text, close }: Refusal) {
  return { code, text, close }
}

function counted(rule: CountRule) {
  return { count: rule.count, ...refusal(rule) }
}

function sizesText({ minOctets, maxOctets }: CutRule): string {
  return minOctets === maxOctets ? formatSize(minOctets) : `${formatSize(minOctets)}..${formatSize(maxOctets)}`
}

function timeText(time: Distribution): string {
  switch (time.kind) {
    case 'fixed':
      return formatDuration(time.ms)
    case 'uniform':
      return `${formatDuration(time.minMs)}..${formatDuration(time.maxMs)}`
    case 'exp':
      return `exp:${formatDuration(time.meanMs)}`
    case 'normal':
      return `normal:${formatDuration(time.meanMs)}:${formatDuration(time.sdMs)}`
    case 'geometric':
      return `geometric:${formatDuration(time.ms)}:${time.odds}`
    case 'lognormal':
      return `lognormal:${formatDuration(time.medianMs)}:${formatDuration(time.p99Ms)}`
  }
}
