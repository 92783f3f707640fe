/** A policy arranged for judging: per stage what can happen there, with shares added up and replies made. */
import { FaultKind } from '../measure/fault-kinds.js'
import {
  type CountRule,
  type DelayRule,
  type GreylistRule,
  type LimitRule,
  POLICY_STAGES,
  type Policy,
  type Refusal,
  type StageName,
  type TarpitRule,
} from '../plan/policy.js'
import { malformedReply, replyOf } from './model-replies.js'
import { Act, Stage } from './server-model.js'
import type { ReplyText } from './server-replies.js'

/** What happens to a command whose drawn number is below `upTo` and not below that of the outcome before. */
export interface Outcome {
  readonly upTo: number
  readonly act: Act
  readonly kind: FaultKind
  readonly reply: ReplyText | null
  readonly minOctets: number
  readonly maxOctets: number
}

/** A rule with its reply made. */
export interface Refusing<R> {
  readonly rule: R
  readonly act: Act
  readonly reply: ReplyText
}

/** A limit, and a number by which its buckets are told from those of others. */
export interface Limiting extends Refusing<LimitRule> {
  readonly kind: number
}

export interface StageRules {
  readonly stage: Stage
  readonly outcomes: readonly Outcome[]
  readonly delays: readonly DelayRule[]
  readonly limits: readonly Limiting[]
  readonly maxMessages: Refusing<CountRule> | null
  readonly maxRecipients: Refusing<CountRule> | null
  readonly greylist: Refusing<GreylistRule> | null
  /** The sender of MAIL has to be remembered. */
  readonly wantsSender: boolean
  readonly tarpits: readonly TarpitRule[]
  /** Nothing of all that. */
  readonly idle: boolean
}

/** The rules of every stage, by its number. */
export function arrange(policy: Policy): readonly StageRules[] {
  const limits = policy.limit.map((rule, i) => ({ ...refusing(rule), kind: FIRST_LIMIT + i }))
  const { greylist, maxMessages, maxRecipients, tarpit } = policy
  return POLICY_STAGES.map((name) => {
    const stage = Stage[name]
    const rules = {
      stage,
      outcomes: outcomesAt(policy, name),
      delays: policy.delay.filter(({ stages }) => stages.includes(name)),
      limits: limits.filter(({ rule }) => LIMIT_STAGES[rule.per] === stage),
      maxMessages: maxMessages && stage === Stage.mail ? refusing(maxMessages) : null,
      maxRecipients: maxRecipients && stage === Stage.rcpt ? refusing(maxRecipients) : null,
      greylist: greylist && stage === Stage.rcpt ? refusing(greylist) : null,
      wantsSender: stage === Stage.mail && (greylist !== null || limits.some(({ rule }) => rule.per === 'sender')),
      tarpits: tarpit,
    }
    const { maxMessages: messages, maxRecipients: recipients, greylist: grey, wantsSender } = rules
    const fixed = messages !== null || recipients !== null || grey !== null || wantsSender
    const lists = rules.outcomes.length + rules.delays.length + rules.limits.length + tarpit.length
    return { ...rules, idle: !fixed && lists === 0 }
  })
}

const LIMIT_STAGES = { connection: Stage.connect, client: Stage.mail, sender: Stage.mail, domain: Stage.rcpt } as const
/** Kinds of keys: clients, triplets and senders come before. */
export const KeyKind = { client: 0, sender: 1, triplet: 2 } as const
const FIRST_LIMIT = 8

function outcomesAt(policy: Policy, stage: StageName): Outcome[] {
  const outcomes: Outcome[] = []
  let upTo = 0
  const add = (share: number, kind: FaultKind, act: Act, reply: ReplyText | null, octets?: [number, number]) => {
    if (share === 0) return
    upTo += share
    const [minOctets, maxOctets] = octets ?? [0, 0]
    // Shares that add up to one leave nothing over, whatever their sum lost in rounding.
    outcomes.push({ upTo: upTo > 1 - 1e-9 ? 1 : upTo, act, kind, reply, minOctets, maxOctets })
  }
  const here = <R extends { readonly stages: readonly StageName[] }>(rules: readonly R[]) =>
    rules.filter(({ stages }) => stages.includes(stage))
  for (const rule of here(policy.disconnect)) add(rule.share, FaultKind.close, Act.close, null)
  for (const rule of here(policy.reset)) add(rule.share, FaultKind.reset, Act.reset, null)
  if (stage === 'data') {
    for (const { share, minOctets, maxOctets } of policy.cut)
      add(share, FaultKind.cut, Act.cut, null, [minOctets, maxOctets])
  }
  for (const rule of here(policy.reject)) add(rule.share, FaultKind.reject, actOf(rule), replyOf(rule))
  for (const rule of here(policy.wrong)) add(rule.share, FaultKind.wrong, Act.instead, replyOf(rule))
  for (const rule of here(policy.malformed))
    add(rule.share, FaultKind.malformed, Act.instead, malformedReply(rule.as, stage))
  return outcomes
}

function refusing<R extends Refusal>(rule: R): Refusing<R> {
  return { rule, act: actOf(rule), reply: replyOf(rule) }
}

function actOf({ close }: Refusal): Act {
  return close ? Act.replyAndClose : Act.reply
}
