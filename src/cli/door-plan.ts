/** The door's options to a plan: HELO, lock-step, one connection a message, one thread, nothing said unless asked. */

import { freeze } from '../base/freeze.js'
import type { SourcePlan, Target } from '../plan/plan.js'
import type { DoorOptions } from './door-args.js'

/** What the door's plan takes from elsewhere than its options. */
export interface DoorCircumstances {
  /** argv[0] as typed. */
  readonly program: string
  /** -M or the system's host name, checked. */
  readonly helloName: string
  readonly target: Target
  readonly file: Uint8Array | null
  readonly numbering: 'newest' | 'classic'
  readonly seed: string
}

/** Longer than any kernel keeps trying, so that its own verdict is what ends a connect. */
const CONNECT_TIMEOUT_MS = 3_600_000
/** The original's var_timeout. */
const TIMEOUT_MS = 300_000

export function doorPlan(
  options: DoorOptions,
  { program, helloName, target, file, numbering, seed }: DoorCircumstances,
): SourcePlan {
  const delay = options.fixedDelay > 0 ? 'fixed' : options.randomDelay > 0 ? 'random' : null
  return freeze({
    target,
    load: {
      messages: options.messages,
      durationMs: null,
      arrivals: null,
      sessions: options.sessions,
      perSession: options.reuse ? null : 1,
      delay:
        delay === null
          ? null
          : { kind: delay, ms: Math.max(options.fixedDelay, options.randomDelay) * 1000, stepMs: 1000 },
      drainMs: 0,
      ramp: null,
      warmupMs: 0,
      backoff: { firstMs: 0, lastMs: 0 },
    },
    wire: {
      protocol: options.lmtp ? 'lmtp' : 'smtp',
      hello: options.old ? 'none' : 'helo',
      helloName,
      pipelining: 'off',
      chunking: 'off',
      depth: 1,
      until: null,
      holdMs: 0,
      family: options.family,
      sourceIps: [],
      connectBurst: 1,
      connectTries: options.connectTries,
      connectTimeoutMs: CONNECT_TIMEOUT_MS,
      timeoutMs: TIMEOUT_MS,
      tcpWindow: options.tcpWindow > 0 ? options.tcpWindow : null,
      tls: null,
      auth: null,
    },
    mail: {
      from: options.from ?? `foo@${helloName}`,
      to: options.to ?? `foo@${helloName}`,
      recipients: Math.max(1, options.recipients),
      recipientsMost: Math.max(1, options.recipients),
      numbering,
      // Since Postfix 3.9 -r implies -N.
      numbered: options.numbered || (numbering === 'newest' && options.recipients > 0),
      fromPool: null,
      toPool: null,
      size: options.size > 0 ? options.size : null,
      sizes: null,
      file,
      fileName: options.file,
      corpus: null,
      mime: null,
      headers: !options.old && options.file === null,
      subject: options.subject,
      extraHeaders: [],
      declareSize: false,
    },
    mix: [],
    mischief: [],
    thresholds: [],
    door: { program, counter: options.counter, verbose: options.verbose },
    allowReject: options.allowReject,
    retry: 'off',
    stopOnError: false,
    workers: 1,
    record: true,
    seed,
    publicTarget: true,
  })
}
