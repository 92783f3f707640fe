/** Rules between the fields of the mail: what excludes or needs what. Each is one sentence that names the options. */
import type { MailPlan, Pool } from './mail-plan.js'
import type { SourcePlan, WirePlan } from './plan.js'
import { refuse, whole } from './rules.js'

/** Types of mail that a mix can have. */
const MIX_MAX = 1000
/** Octets of a Subject that is one line: 998 of RFC 5321 section 4.5.3.1.6, without the name. */
const SUBJECT_MAX = 998 - 'Subject: '.length

/** Throws UsageError for mail that contradicts itself, in `mail` or in a part of the mix. */
export function checkMail({ mail, mix, wire }: SourcePlan): void {
  refuse(/[\r\n\0]/.test(wire.helloName), '--helo must be one line; give text without line ends.')
  refuse(mix.length > MIX_MAX, `A mix of ${mix.length} types of mail is too large; give at most ${MIX_MAX}.`)
  for (const { weight, mail: one } of mix) {
    refuse(!(weight > 0 && Number.isFinite(weight)), `weight: ${weight} is out of range; give one above 0.`)
    checkType(one, wire)
  }
  checkType(mail, wire)
}

function checkType(mail: MailPlan, wire: WirePlan): void {
  whole(mail.recipients, '--recipients', 1)
  refuse(
    !(Number.isSafeInteger(mail.recipientsMost) && mail.recipientsMost >= mail.recipients),
    `--recipients: ${mail.recipients}..${mail.recipientsMost} is no range; give the smaller number first.`,
  )
  for (const [option, text] of [
    ['--from', mail.from],
    ['--to', mail.to],
    ['--subject', mail.subject ?? ''],
  ] as const) {
    refuse(/[\r\n\0]/.test(text), `${option} must be one line; give text without line ends.`)
  }
  refuse(
    Buffer.byteLength(mail.subject ?? '') > SUBJECT_MAX,
    `--subject: no line may be over 998 octets; give at most ${SUBJECT_MAX}, or --header, which folds.`,
  )
  checkContent(mail, wire)
  checkPool(mail.fromPool, '--from', 1)
  checkPool(mail.toPool, '--rcpt', mail.recipientsMost)
}

function checkContent(mail: MailPlan, wire: WirePlan): void {
  const contents = [
    mail.size === null ? null : '--size',
    mail.sizes === null ? null : '--size',
    mail.file === null ? null : '--message-file',
    mail.corpus === null ? null : '--corpus',
    mail.mime === null ? null : '--mime',
  ].filter((option) => option !== null)
  refuse(contents.length > 1, `${contents[0]} and ${contents[1]} exclude each other; give one of them.`)
  if (mail.size !== null) whole(mail.size, '--size', 1)
  const entire = mail.file !== null ? '--message-file' : mail.corpus !== null ? '--corpus' : null
  refuse(
    entire !== null && mail.extraHeaders.length > 0,
    `--header adds to generated headers and ${entire} has its own; give one of them.`,
  )
  refuse(
    wire.hello === 'none' && mail.extraHeaders.length > 0,
    '--header adds to generated headers and --old has none; give one of them.',
  )
  refuse(mail.mime !== null && !mail.headers, '--mime needs headers and --old has none; give one of them.')
  // Without a hello a server can offer nothing, and what needs an offer would never leave.
  refuse(
    wire.hello === 'none' && (mail.corpus?.messages.every(({ eightBit }) => eightBit) ?? hasEightBit(mail.file)),
    `${entire}: 8-bit text needs a server that offers 8BITMIME and --old asks for no offers; leave out --old.`,
  )
  refuse(
    wire.hello === 'none' && mail.declareSize,
    '--declare-size needs a server that offers SIZE and --old asks for no offers; leave out --old.',
  )
}

function checkPool(pool: Pool | null, option: '--from' | '--rcpt', recipients: number): void {
  if (pool === null) return
  const count = pool.kind === 'numbers' ? pool.count : pool.starts.length - 1
  const name = `${option}-${pool.kind === 'numbers' ? 'pool' : 'file'}`
  refuse(
    count < recipients,
    `${name}: ${count} addresses are too few for messages to ${recipients} recipients; give more, or fewer --recipients.`,
  )
}

function hasEightBit(octets: Uint8Array | null): boolean {
  return octets?.some((octet) => octet > 127) ?? false
}
