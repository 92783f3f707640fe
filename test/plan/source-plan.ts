import type { ArrivalPlan } from '#src/plan/arrivals.js'
import type { LoadPlan, MailPlan, SourcePlan, WirePlan } from '#src/plan/plan.js'

/** Parts of a plan that differ from the plain one. */
export interface PlanParts {
  readonly load?: Partial<LoadPlan>
  readonly wire?: Partial<WirePlan>
  readonly mail?: Partial<MailPlan>
  readonly workers?: number
}

/** Evenly spaced arrivals, so many per second. */
export function evenly(rate: number): ArrivalPlan {
  return { shape: { kind: 'constant', rate }, burst: null, process: 'even', late: 'queue', pace: 'exact' }
}

/** One message over one session to nowhere. */
export function planOf({ load, wire, mail, workers = 1 }: PlanParts = {}): SourcePlan {
  return {
    target: { kind: 'inet', host: '127.0.0.1', port: 25, text: '127.0.0.1:25' },
    load: {
      messages: 1,
      durationMs: null,
      arrivals: null,
      sessions: 1,
      perSession: null,
      delay: null,
      drainMs: 0,
      ramp: null,
      warmupMs: 0,
      backoff: { firstMs: 10, lastMs: 250 },
      ...load,
    },
    wire: {
      protocol: 'smtp',
      hello: 'ehlo',
      helloName: 'client.example',
      pipelining: 'auto',
      chunking: 'off',
      depth: 1,
      until: null,
      holdMs: 0,
      family: 0,
      sourceIps: [],
      connectBurst: 1,
      connectTries: 1,
      connectTimeoutMs: 1000,
      timeoutMs: null,
      tcpWindow: null,
      tls: null,
      auth: null,
      ...wire,
    },
    mail: {
      from: 'a@example.org',
      to: 'b@example.net',
      recipients: 1,
      recipientsMost: mail?.recipients ?? 1,
      numbering: 'newest',
      numbered: false,
      fromPool: null,
      toPool: null,
      size: null,
      sizes: null,
      file: null,
      fileName: null,
      corpus: null,
      mime: null,
      headers: true,
      subject: null,
      extraHeaders: [],
      declareSize: false,
      ...mail,
    },
    mix: [],
    mischief: [],
    thresholds: [],
    door: null,
    allowReject: false,
    retry: 'off',
    stopOnError: false,
    workers,
    record: true,
    seed: 'abcd',
  }
}
