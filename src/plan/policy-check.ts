/** Rules that a policy keeps wherever it comes from: a file, flags, or a caller of the library. */
import { UsageError } from '../base/errors.js'
import {
  type Distribution,
  LIMIT_KEYS,
  MALFORMED_KINDS,
  POLICY_STAGES,
  type Policy,
  type PolicyReply,
  type StageName,
} from './policy.js'

/** Longest time a rule may name: an hour for waits, a year for a greylist's memory. */
export const WAIT_MAX_MS = 3_600_000
export const LIFETIME_MAX_MS = 365 * 86_400_000
/** Octets of a reply with its codes and line ends: what always fits in one buffer of a receiver. */
export const REPLY_MAX = 1000
export const ENTRIES_MIN = 64
export const ENTRIES_MAX = 2 ** 22

/** Throws UsageError for a policy that contradicts itself or is out of range. */
export function checkPolicy(policy: Policy): void {
  refuse(!/^[0-9a-f]{1,16}$/.test(policy.seed), `seed: '${policy.seed}' is no seed; give 1 to 16 hexadecimal digits.`)
  policy.reject.forEach((rule, i) => {
    checkReply(rule, 400, `reject[${i}]`)
  })
  policy.wrong.forEach((rule, i) => {
    checkReply(rule, 200, `wrong[${i}]`)
  })
  policy.delay.forEach((rule, i) => {
    checkDistribution(rule.time, `delay[${i}].time`)
  })
  checkLimits(policy)
  checkGreylist(policy)
  checkTarpits(policy)
  checkContent(policy)
  checkManners(policy)
  checkStages(policy)
  const { entries } = policy
  range(entries, 'entries', ENTRIES_MIN, ENTRIES_MAX)
  refuse((entries & (entries - 1)) !== 0, `entries: ${entries} is not a power of two; give one such as 65536.`)
}

function checkLimits({ limit, maxRecipients, maxMessages }: Policy): void {
  limit.forEach((rule, i) => {
    const path = `limit[${i}]`
    refuse(!LIMIT_KEYS.includes(rule.per), `${path}.per: '${rule.per}' is not known; give ${LIMIT_KEYS.join(', ')}.`)
    refuse(!(rule.rate > 0 && rule.rate <= 1e9), `${path}.rate must be above 0; give a rate such as 10/s.`)
    range(rule.burst, `${path}.burst`, 1, 1e9)
    checkReply(rule, 400, path)
  })
  for (const [path, rule] of [
    ['maxRecipients', maxRecipients],
    ['maxMessages', maxMessages],
  ] as const) {
    if (rule === null) continue
    range(rule.count, `${path}.count`, 1, 1e9)
    checkReply(rule, 400, path)
  }
}

function checkGreylist({ greylist }: Policy): void {
  if (greylist === null) return
  range(greylist.passMs, 'greylist.pass in milliseconds', 0, LIFETIME_MAX_MS)
  range(greylist.lifetimeMs, 'greylist.lifetime in milliseconds', 1, LIFETIME_MAX_MS)
  refuse(
    greylist.passMs >= greylist.lifetimeMs,
    'greylist.lifetime must be above greylist.pass: what is forgotten before it may pass never passes.',
  )
  checkReply(greylist, 400, 'greylist')
}

function checkTarpits({ tarpit }: Policy): void {
  tarpit.forEach(({ per, stepMs, free, maxMs }, i) => {
    refuse(per !== 'client' && per !== 'all', `tarpit[${i}].per: '${per}' is not known; give client or all.`)
    wait(stepMs, `tarpit[${i}].step`)
    wait(maxMs, `tarpit[${i}].max`)
    range(free, `tarpit[${i}].free`, 0, 1e9)
  })
}

function checkContent({ cut, malformed }: Policy): void {
  cut.forEach(({ minOctets, maxOctets }, i) => {
    range(minOctets, `cut[${i}].after`, 0, Number.MAX_SAFE_INTEGER)
    range(maxOctets, `cut[${i}].after`, minOctets, Number.MAX_SAFE_INTEGER)
  })
  malformed.forEach(({ as }, i) => {
    refuse(
      !MALFORMED_KINDS.includes(as),
      `malformed[${i}].as: '${as}' is not known; give ${MALFORMED_KINDS.join(', ')}.`,
    )
  })
}

function checkManners({ drip, slowRead }: Policy): void {
  if (drip !== null) {
    range(drip.octets, 'drip.octets', 1, REPLY_MAX)
    wait(drip.everyMs, 'drip.every')
    share(drip.share, 'drip.share')
  }
  if (slowRead !== null) {
    wait(slowRead.pauseMs, 'slowRead.pause')
    share(slowRead.share, 'slowRead.share')
  }
}

/** What excludes each other at a stage is drawn at once, so that each has exactly its share; together they can be 1 at most. */
function checkStages(policy: Policy): void {
  const sums = new Map<StageName, number>()
  const add = (stages: readonly StageName[], part: number) => {
    for (const stage of stages) sums.set(stage, (sums.get(stage) ?? 0) + part)
  }
  for (const section of ['reject', 'disconnect', 'reset', 'wrong', 'malformed', 'delay'] as const) {
    policy[section].forEach((rule, i) => {
      const path = `${section}[${i}]`
      refuse(rule.stages.length === 0, `${path}.stage names none; give one such as rcpt.`)
      for (const stage of rule.stages) {
        refuse(
          !POLICY_STAGES.includes(stage),
          `${path}.stage: '${stage}' is not known; give ${POLICY_STAGES.join(', ')}.`,
        )
      }
      share(rule.share, `${path}.share`)
      if (section !== 'delay') add(rule.stages, rule.share)
    })
  }
  policy.cut.forEach((rule, i) => {
    share(rule.share, `cut[${i}].share`)
    add(['data'], rule.share)
  })
  for (const [stage, sum] of sums) {
    refuse(
      sum > 1 + 1e-9,
      `What happens at ${stage} (reject, disconnect, reset, cut, wrong, malformed) has shares of ${Number(sum.toFixed(6))} together, and only one of them can happen to a command; give at most 1 in all.`,
    )
  }
}

function checkReply({ code, text }: PolicyReply, lowest: number, path: string): void {
  range(code, `${path}.code`, lowest, 599)
  refuse(
    !/^[\x20-\x7e]*(\n[\x20-\x7e]*)*$/.test(text),
    `${path}.text has characters that no reply may have; give printable ASCII.`,
  )
  const lines = text.split('\n')
  const octets = text.length + lines.length * 6
  refuse(
    octets > REPLY_MAX || lines.some((line) => line.length > 506),
    `${path}.text is too long; give lines of at most 506 characters and ${REPLY_MAX} octets in all.`,
  )
}

function checkDistribution(time: Distribution, path: string): void {
  switch (time.kind) {
    case 'fixed':
      wait(time.ms, path)
      break
    case 'uniform':
      wait(time.minMs, path)
      wait(time.maxMs, path)
      refuse(time.maxMs < time.minMs, `${path}: the second time of a range must not be below the first.`)
      break
    case 'exp':
      wait(time.meanMs, path)
      break
    case 'normal':
      wait(time.meanMs, path)
      wait(time.sdMs, path)
      break
    case 'lognormal':
      wait(time.medianMs, path)
      wait(time.p99Ms, path)
      refuse(
        !(time.medianMs > 0) || time.p99Ms < time.medianMs,
        `${path}: a lognormal time needs a median above 0 and a p99 not below it, such as lognormal:20ms:200ms.`,
      )
      break
    case 'geometric':
      wait(time.ms, path)
      refuse(
        !(time.odds > 0 && time.odds < 1),
        `${path}: a geometric time needs odds above 0 and below 1, such as geometric:5s:30%.`,
      )
      break
    default:
      throw new UsageError(`${path} is no distribution; give fixed, uniform, exp, normal, lognormal or geometric.`)
  }
}

function share(value: number, path: string): void {
  refuse(!(value >= 0 && value <= 1), `${path}: ${value} is no share; give a number from 0 to 1.`)
}

function wait(ms: number, path: string): void {
  refuse(!(ms >= 0 && ms <= WAIT_MAX_MS), `${path}: ${ms} ms is out of range; give at most 1h.`)
}

function range(value: number, path: string, min: number, max: number): void {
  refuse(
    !Number.isInteger(value) || value < min || value > max,
    `${path}: ${value} is out of range; give a whole number from ${min} to ${max}.`,
  )
}

function refuse(wrong: boolean, sentence: string): void {
  if (wrong) throw new UsageError(sentence)
}
