/** The options of the drop-in go-smtp-source to a plan: EHLO localhost, lock-step, any certificate; the rest as `stampede source` has it. */
import { RunError, UsageError } from '../base/errors.js'
import { freeze } from '../base/freeze.js'
import { checkPlan } from '../plan/check.js'
import { type ClientTlsPlan, PLAIN_TLS } from '../plan/client-tls-plan.js'
import type { SourcePlan } from '../plan/plan.js'
import type { GoOptions } from './go-smtp-source-args.js'
import type { Machine } from './machine.js'
import { parse } from './parse.js'
import { sourcePlan } from './plan-of.js'

/** The original says so, whatever the machine is called. */
const HELLO_NAME = 'localhost'

/** The plan. Throws RunError without a host, UsageError for a host or file that cannot be used. */
export function goSourcePlan(options: GoOptions, machine: Machine): SourcePlan {
  const [target, ...more] = options.operands
  if (target === undefined || target === '') throw new RunError('host is missing')
  if (more.length > 0) throw new RunError(`'${more[0]}' is one operand too many; options stand before the host`)
  if (options.file !== null && options.size > 0)
    throw new UsageError('-l and -F exclude each other; the file has its own size.')
  const file = options.file === null ? [] : ['-F', options.file]
  const base = sourcePlan(parse('source', [...file, `--sessions=${options.sessions}`, '--', target], {}), machine)
  const plan: SourcePlan = {
    ...base,
    load: {
      ...base.load,
      messages: options.messages,
      arrivals:
        options.rate === 0
          ? null
          : {
              shape: { kind: 'constant', rate: options.rate },
              burst: null,
              process: 'even',
              late: 'queue',
              pace: 'timer',
            },
      perSession: options.reuse ? null : 1,
    },
    wire: {
      ...base.wire,
      helloName: HELLO_NAME,
      pipelining: 'off',
      tls: options.tls ? STARTTLS : null,
      resolveEach: !options.resolveOnce,
    },
    mail: {
      ...base.mail,
      from: options.from,
      to: options.to,
      recipients: options.recipients,
      recipientsMost: options.recipients,
      numbering: 'classic',
      numbered: false,
      size: options.size === 0 ? null : options.size,
      subject: options.file === null ? options.subject : null,
    },
    publicTarget: true,
  }
  checkPlan(plan)
  return freeze(plan)
}

/** The original takes any certificate and resumes no session. */
const STARTTLS: ClientTlsPlan = { ...PLAIN_TLS, mode: 'starttls', resume: 0, verify: false }
