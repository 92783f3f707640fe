/** The options of the drop-in smtp-sink to a plan: one thread, nothing said unless asked. */

import { freeze } from '../base/freeze.js'
import type { Target } from '../plan/plan.js'
import type { SinkPlan } from '../plan/sink-plan.js'
import { octetsOf } from './door-args.js'
import type { SinkDoorOptions } from './smtp-sink-args.js'

/** `program` is argv[0] as typed, `listen` the endpoint with its host resolved. */
export function sinkDoorPlan(options: SinkDoorOptions, program: string, listen: Target): SinkPlan {
  const template = options.dumpEach ?? options.dumpAll
  return freeze({
    listen,
    family: options.family,
    backlog: options.backlog,
    workers: 1,
    protocol: options.lmtp ? 'lmtp' : 'smtp',
    hostname: options.hostname,
    maxSessions: options.maxSessions,
    maxSize: null,
    idleTimeoutMs: options.timeout * 1000,
    without: [],
    quitAfterMessages: options.quitAfterMessages || null,
    quitAfterQuits: options.quitAfterQuits || null,
    policy: null,
    tls: null,
    auth: null,
    keep: {
      ledger: null,
      dump:
        template === null
          ? null
          : { kind: options.dumpEach === null ? 'all' : 'each', template, prefix: options.dumpPrefix },
    },
    greeting: 'esmtp',
    afterData: null,
    lenientEod: false,
    record: false,
    talk: { verbose: false, log: [] },
    tcpWindow: options.tcpWindow || null,
    door: {
      program: octetsOf(program),
      esmtp: options.esmtp,
      maskedGreeting: options.maskedGreeting,
      announce: {
        pipelining: options.pipelining,
        eightBitMime: options.eightBitMime,
        auth: options.auth,
        xclient: options.xclient,
        xforward: options.xforward,
        enhancedStatusCodes: options.enhancedStatusCodes,
        dsn: options.dsn,
      },
      softReply: options.softReply,
      hardReply: options.hardReply,
      hangUp: [...options.hangUp],
      disconnect: [...options.disconnect],
      hardReject: [...options.hardReject],
      softReject: [...options.softReject],
      log: [...options.log],
      delays: [...options.delays.values()],
      dataReadDelay: options.abortAfter === null ? options.dataReadDelay || null : null,
      abortAfter: options.abortAfter,
      counter: options.counter,
      verbose: options.verbose,
    },
  })
}
