/**
 * The receiver model: does what a Policy says, command by command. Chance comes first: of what excludes each other at a stage one number decides, so that
 * each has exactly its share of all commands there. A command that chance leaves alone (or only answers wrongly) has to pass the
 * fixed rules: counts, greylist, token buckets. Whatever is said then waits as delays and tarpits want it.
 *
 * Every connection draws from a generator of its own, made of the policy's seed, the worker's number and the connection's number in it: the same
 * commands in the same order meet the same faults, however connections interleave.
 */
import { Rng, seedOf } from '../base/rng.js'
import { FaultKind, faultCounter } from '../measure/fault-kinds.js'
import type { Policy } from '../plan/policy.js'
import { returnToken, takeToken } from './model-buckets.js'
import { drawMs } from './model-draws.js'
import { passesGreylist } from './model-greylist.js'
import { KeyMaker, Mailbox } from './model-keys.js'
import type { ModelMemory } from './model-memory.js'
import { arrange, KeyKind, type Limiting, type Outcome, type Refusing, type StageRules } from './model-rules.js'
import { connectionsOf, countIn, countOut, tarpitMs } from './model-tarpit.js'
import type { Manner, Peer } from './server-machine.js'
import { Act, type Model, type ModelState, Stage, type Verdict } from './server-model.js'

export interface ReceiverModelOptions {
  readonly policy: Policy
  /** Shared by all workers of the sink. */
  readonly memory: ModelMemory
  readonly worker: number
  /** A row of `SinkCounter`s; faults are counted into it by kind. */
  readonly counters: Float64Array
  /** Milliseconds of a clock that all workers share. */
  readonly now: () => number
}

/** What is kept of one connection. */
class Visitor {
  rng: Rng
  /** Where it was counted; it leaves there, though the model may have been given another memory since. */
  memory: ModelMemory
  clientHigh: number
  clientLow: number
  senderHigh = 0
  senderLow = 0
  messages = 0

  constructor(rng: Rng, memory: ModelMemory, { high, low }: KeyMaker) {
    this.rng = rng
    this.memory = memory
    this.clientHigh = high
    this.clientLow = low
  }
}

/** Connections of one worker that are told apart by their generators; far more than one lives to see. */
const CONNECTIONS = 2 ** 40

export class ReceiverModel implements Model {
  policy: Policy
  rules: readonly StageRules[]
  memory: ModelMemory
  worker: number
  counters: Float64Array
  now: () => number
  opened = 0
  verdict: Verdict = { act: Act.pass, delayMs: 0, reply: null, cutAfter: 0 }
  key = new KeyMaker()
  mailbox = new Mailbox()
  /** High and low halves of the keys of a stage's limits, while they are asked one by one. */
  bucketKeys = new Int32Array(0)

  constructor({ policy, memory, worker, counters, now }: ReceiverModelOptions) {
    this.policy = policy
    this.rules = arrange(policy)
    this.memory = memory
    this.worker = worker
    this.counters = counters
    this.now = now
    this.bucketKeys = new Int32Array(2 * policy.limit.length)
  }

  /** Other rules from the next command on. Open connections keep their state; what was remembered stays, unless the memory is another. */
  change(policy: Policy, memory: ModelMemory): void {
    this.policy = policy
    this.rules = arrange(policy)
    this.memory = memory
    this.bucketKeys = new Int32Array(2 * policy.limit.length)
  }

  open(peer: Peer): { readonly state: ModelState; readonly manner: Manner | null } {
    const rng = new Rng(seedOf(this.policy.seed, this.worker * CONNECTIONS + this.opened++))
    const client = this.key.begin(KeyKind.client).text(peer.address).end()
    const state = new Visitor(rng, this.memory, client)
    countIn(this.memory, client.high, client.low, this.now())
    return { state, manner: this.manner(rng) }
  }

  manner(rng: Rng): Manner | null {
    const { drip, slowRead } = this.policy
    const drips = drip !== null && rng.next() < drip.share
    const slow = slowRead !== null && rng.next() < slowRead.share
    if (drips) this.count(FaultKind.drip)
    if (slow) this.count(FaultKind.slowRead)
    if (!drips && !slow) return null
    return {
      dripOctets: drips ? drip.octets : 0,
      dripMs: drips ? drip.everyMs : 0,
      readPauseMs: slow ? slowRead.pauseMs : 0,
    }
  }

  judge(state: ModelState, stage: Stage, buffer: Buffer, at: number, stop: number, recipients: number): Verdict {
    const verdict = this.verdict
    verdict.act = Act.pass
    verdict.delayMs = 0
    verdict.reply = null
    verdict.cutAfter = 0
    const rules = this.rules[stage]!
    // A connection that came before the first model has no state, and is let be.
    if (rules.idle || state === null) return verdict
    const visitor = state as Visitor
    const outcome = rules.outcomes.length > 0 ? outcomeOf(rules.outcomes, visitor.rng.next()) : null
    if (outcome === null || outcome.act === Act.instead || outcome.act === Act.cut) {
      const refusal = this.refusal(rules, visitor, buffer, at, stop, recipients)
      if (refusal !== null) {
        verdict.act = refusal.act
        verdict.reply = refusal.reply
      } else if (outcome !== null) this.happen(outcome, visitor)
    } else this.happen(outcome, visitor)
    if (verdict.act !== Act.close && verdict.act !== Act.reset) verdict.delayMs = this.delay(rules, visitor)
    return verdict
  }

  happen({ act, reply, kind, minOctets, maxOctets }: Outcome, { rng }: Visitor): void {
    const verdict = this.verdict
    verdict.act = act
    verdict.reply = reply
    if (act === Act.cut) verdict.cutAfter = minOctets + rng.upTo(maxOctets - minOctets)
    this.count(kind)
  }

  /** The first fixed rule that does not let the command pass; null when all do. */
  refusal(
    rules: StageRules,
    visitor: Visitor,
    buffer: Buffer,
    at: number,
    stop: number,
    recipients: number,
  ): Refusing<unknown> | null {
    const { maxMessages, maxRecipients, greylist, limits } = rules
    if (maxMessages !== null && visitor.messages >= maxMessages.rule.count) {
      this.count(FaultKind.messages)
      return maxMessages
    }
    if (maxRecipients !== null && recipients >= maxRecipients.rule.count) {
      this.count(FaultKind.recipients)
      return maxRecipients
    }
    if (rules.wantsSender) {
      const { from, to } = this.mailbox.find(buffer, at, stop)
      const sender = this.key.begin(KeyKind.sender).octets(buffer, from, to).end()
      visitor.senderHigh = sender.high
      visitor.senderLow = sender.low
    }
    if (greylist !== null && !this.known(greylist.rule.passMs, greylist.rule.lifetimeMs, visitor, buffer, at, stop)) {
      this.count(FaultKind.greylist)
      return greylist
    }
    return limits.length === 0 ? null : this.limit(limits, visitor, buffer, at, stop)
  }

  known(passMs: number, lifetimeMs: number, visitor: Visitor, buffer: Buffer, at: number, stop: number): boolean {
    const { from, to } = this.mailbox.find(buffer, at, stop)
    const { high, low } = this.key
      .begin(KeyKind.triplet)
      .key(visitor.clientHigh, visitor.clientLow)
      .key(visitor.senderHigh, visitor.senderLow)
      .octets(buffer, from, to)
      .end()
    return passesGreylist(this.memory.triplets, high, low, passMs, lifetimeMs, this.now())
  }

  /** One token of every bucket, or none of any. */
  limit(limits: readonly Limiting[], visitor: Visitor, buffer: Buffer, at: number, stop: number): Limiting | null {
    const { buckets } = this.memory
    const keys = this.bucketKeys
    const nowMs = this.now()
    for (let i = 0; i < limits.length; i++) {
      const limiting = limits[i]!
      const { rate, burst } = limiting.rule
      const { high, low } = this.bucketKey(limiting, visitor, buffer, at, stop)
      keys[i * 2] = high
      keys[i * 2 + 1] = low
      if (takeToken(buckets, high, low, rate, burst, nowMs)) continue
      for (let j = 0; j < i; j++) returnToken(buckets, keys[j * 2]!, keys[j * 2 + 1]!, limits[j]!.rule.burst)
      this.count(FaultKind.limit)
      return limiting
    }
    return null
  }

  bucketKey({ rule, kind }: Limiting, visitor: Visitor, buffer: Buffer, at: number, stop: number): KeyMaker {
    const key = this.key.begin(kind)
    if (rule.per === 'sender') return key.key(visitor.senderHigh, visitor.senderLow).end()
    if (rule.per !== 'domain') return key.key(visitor.clientHigh, visitor.clientLow).end()
    const { domain, to } = this.mailbox.find(buffer, at, stop)
    return key.octets(buffer, domain, to).end()
  }

  /** Milliseconds that the reply waits. */
  delay({ stage, delays, tarpits }: StageRules, visitor: Visitor): number {
    let drawn = 0
    for (const { share, time } of delays) {
      if (share === 1 || visitor.rng.next() < share) drawn += drawMs(time, visitor.rng)
    }
    if (drawn > 0) this.count(stage === Stage.connect ? FaultKind.banner : FaultKind.delay)
    let held = 0
    for (const tarpit of tarpits) {
      const { memory, clientHigh, clientLow } = visitor
      held += tarpitMs(
        tarpit,
        tarpit.per === 'all' ? Atomics.load(memory.head, 0) : connectionsOf(memory, clientHigh, clientLow),
      )
    }
    if (held > 0) this.count(FaultKind.tarpit)
    return drawn + held
  }

  delivered(state: ModelState): void {
    if (state !== null) (state as Visitor).messages++
  }

  closed(state: ModelState): void {
    if (state === null) return
    const { memory, clientHigh, clientLow } = state as Visitor
    countOut(memory, clientHigh, clientLow)
  }

  count(kind: FaultKind): void {
    this.counters[faultCounter(kind)]!++
  }
}

/** What the drawn number means; null: nothing happens. */
function outcomeOf(outcomes: readonly Outcome[], drawn: number): Outcome | null {
  for (const outcome of outcomes) if (drawn < outcome.upTo) return outcome
  return null
}
