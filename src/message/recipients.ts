import type { MailPlan } from '../plan/plan.js'
import type { Part } from './stencil.js'

/** Value numbers of a rendered message; recipient i of a transaction is `Value.number + i`. */
export const Value = {
  /** Number of the session in the run, and of the message in the session: the unique Message-Id. */
  session: 0,
  serial: 1,
  /** Number of the last recipient of the transaction that the content belongs to. */
  last: 2,
  /** First of the transaction's recipients. */
  number: 3,
} as const

/**
 * The addresses of one transaction, as text with number fields where they are numbered (section "Recipient numbering" of the
 * smtp-source manual page, newest and 3.8-and-before):
 * newest appends a number to the local part, split at the last `@`; classic puts it in front, and without `-N` counts
 * each transaction down with the last recipient left bare.
 */
export function recipientParts(mail: MailPlan): Part[][] {
  const addresses: Part[][] = []
  for (let i = 0; i < mail.recipients; i++) {
    if (mail.numbered) addresses.push(numbered(mail, Value.number + i))
    else if (mail.numbering === 'classic' && i < mail.recipients - 1)
      addresses.push([`${mail.recipients - i}${mail.to}`])
    else addresses.push([mail.to])
  }
  return addresses
}

/** The address in the `To:` header: newest Postfix names the last recipient sent, earlier ones the plain `-t`. */
export function headerRecipient(mail: MailPlan): Part[] {
  return mail.numbered && mail.numbering === 'newest' ? numbered(mail, Value.last) : [mail.to]
}

function numbered(mail: MailPlan, value: number): Part[] {
  const field: Part = { value, radix: 10, digits: 1 }
  if (mail.numbering === 'classic') return [field, mail.to]
  const at = mail.to.lastIndexOf('@')
  return at < 0 ? [mail.to, field] : [mail.to.slice(0, at), field, mail.to.slice(at)]
}
