import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import { UsageError } from '#src/base/errors.js'
import { checkPlan } from '#src/plan/check.js'
import type { MailPlan, MixPart } from '#src/plan/plan.js'
import { type PlanParts, planOf } from './source-plan.js'

const mailOf = (mail: Partial<MailPlan> = {}): MailPlan => planOf({ mail }).mail
const pool = (count: number) =>
  ({ kind: 'numbers', count, before: 'u', after: '@x', digits: 1, order: 'random' }) as const

function refused(parts: PlanParts, mix: readonly MixPart[], sentence: RegExp): void {
  assert.throws(
    () => checkPlan({ ...planOf(parts), mix }),
    (error) => error instanceof UsageError && sentence.test(error.message),
  )
}

describe('checks of the mail', () => {
  it('let good mixes pass', () => {
    checkPlan({
      ...planOf(),
      mix: [
        { weight: 0.5, mail: mailOf({ size: 5, toPool: pool(9), recipients: 1, recipientsMost: 9 }) },
        { weight: 80, mail: mailOf({ sizes: { kind: 'uniform', from: 1, to: 2 } }) },
      ],
    })
  })

  it('look at every part of a mix', () => {
    for (const weight of [0, -1, Number.NaN, Number.POSITIVE_INFINITY]) {
      refused({}, [{ weight, mail: mailOf() }], /^weight: \S+ is out of range; give one above 0\.$/)
    }
    refused({}, [{ weight: 1, mail: mailOf({ size: 0 }) }], /^--size: 0 is out of range/)
    refused(
      {},
      [{ weight: 1, mail: mailOf({ recipients: 3, recipientsMost: 2 }) }],
      /^--recipients: 3\.\.2 is no range/,
    )
    refused(
      {},
      [{ weight: 1, mail: mailOf({ toPool: pool(2), recipients: 3 }) }],
      /^--rcpt-pool: 2 addresses are too few/,
    )
    refused({}, [{ weight: 1, mail: mailOf({ from: 'a\nb' }) }], /^--from must be one line/)
    refused(
      {},
      Array(1001).fill({ weight: 1, mail: mailOf() }),
      /^A mix of 1001 types of mail is too large; give at most 1000\.$/,
    )
  })

  it('allow no line that SMTP may not carry', () => {
    checkPlan(planOf({ mail: { subject: 'x'.repeat(989) } }))
    refused(
      { mail: { subject: 'x'.repeat(990) } },
      [],
      /^--subject: no line may be over 998 octets; give at most 989, or/,
    )
  })

  it('allow one content', () => {
    const file = { file: Buffer.from('a'), fileName: 'f', headers: false }
    refused({ mail: { ...file, size: 5 } }, [], /^--size and --message-file exclude each other/)
    refused(
      { mail: { ...file, mime: { text: '', parts: [], composed: null } } },
      [],
      /^--message-file and --mime exclude/,
    )
  })

  it('ask for no offers of a server that is asked for none', () => {
    const wire = { hello: 'none' } as const
    const file = { file: Buffer.from('ä'), fileName: 'f', headers: false }
    refused({ wire, mail: file }, [], /^--message-file: 8-bit text needs a server that offers 8BITMIME and --old asks/)
    checkPlan(planOf({ mail: file }))
    checkPlan(planOf({ wire, mail: { ...file, file: Buffer.from('a') } }))
  })
})
