/** The mail options to one type of mail. */
import { UsageError } from '../base/errors.js'
import { parseCount } from '../base/units.js'
import { encodedText, headerLine, LINE_LIMIT } from '../message/header-text.js'
import { wireLines } from '../message/wire-lines.js'
import type { MailPlan } from '../plan/mail-plan.js'
import type { WirePlan } from '../plan/plan.js'
import { readCorpus } from './corpus-of.js'
import type { Given } from './given.js'
import type { Machine } from './machine.js'
import { readMime } from './mime-of.js'
import { poolOf } from './pool-of.js'
import { readOctets } from './read-file.js'
import { readSize } from './size-of.js'

/** Options that say what is in a message, of which there can be one. */
const CONTENTS = ['size', 'message-file', 'corpus', 'mime'] as const

/** Reads one type of mail; of the conversation it takes the hello's name and whether there are headers. Throws UsageError. */
export function mailPlan(
  given: Given,
  machine: Machine,
  { hello, helloName }: Pick<WirePlan, 'hello' | 'helloName'>,
): MailPlan {
  const contents = CONTENTS.filter((name) => given.has(name))
  if (contents.length > 1) {
    const [first, second] = contents.map((name) => given.label(name))
    const why =
      contents.includes('message-file') && contents.includes('size') ? 'the file has its own size' : 'give one of them'
    throw new UsageError(`${first} and ${second} exclude each other; ${why}.`)
  }
  const from = given.text('from') ?? `foo@${helloName}`
  const to = given.text('to') ?? `foo@${helloName}`
  const toPool = poolOf(given, { pool: 'rcpt-pool', file: 'rcpt-file', pattern: 'to' }, to, machine)
  if (toPool !== null && given.has('number-rcpt')) {
    throw new UsageError(
      `${given.label('number-rcpt')} and ${given.label(given.has('rcpt-pool') ? 'rcpt-pool' : 'rcpt-file')} exclude each other; a pool has addresses of its own.`,
    )
  }
  const fromPool = poolOf(given, { pool: 'from-pool', file: 'from-file', pattern: 'from' }, from, machine)
  if (given.has('pool-order') && fromPool === null && toPool === null)
    throw new UsageError(
      `${given.label('pool-order')} says how a pool is gone through; give --rcpt-pool or --from-pool.`,
    )
  const numbering = given.choice<MailPlan['numbering']>('numbering') ?? 'newest'
  const sizeText = given.written('size')
  const size = sizeText === null ? null : readSize(sizeText, given.label('size'), machine)
  const fileName = given.text('message-file')
  const corpora = given.texts('corpus')
  const mime = given.text('mime')
  const subject = given.text('subject')
  return {
    from,
    to,
    ...recipients(given),
    numbering,
    // Since Postfix 3.9 -r implies -N; before, -r alone counts down within each message.
    numbered:
      toPool === null && ((given.flag('number-rcpt') ?? false) || (numbering === 'newest' && given.has('recipients'))),
    fromPool,
    toPool,
    size: typeof size === 'number' ? size : null,
    sizes: typeof size === 'number' ? null : size,
    file: fileName === null ? null : messageFile(readOctets(fileName, given.label('message-file'), machine)),
    fileName,
    corpus: corpora.length === 0 ? null : readCorpus(corpora, (i) => given.label('corpus', i), machine),
    mime: mime === null ? null : readMime(mime, given.label('mime')),
    headers: hello !== 'none' && fileName === null && corpora.length === 0,
    subject: subject === null ? null : encodedText(subject),
    extraHeaders: given.texts('header').map((text, i) => header(text, given.label('header', i))),
    declareSize: given.flag('declare-size') ?? false,
  }
}

function recipients(given: Given): Pick<MailPlan, 'recipients' | 'recipientsMost'> {
  const label = given.label('recipients')
  const text = given.written('recipients') ?? '1'
  const [low = '', high, ...more] = text.split('..')
  if (more.length > 0) throw new UsageError(`${label}: '${text}' is not a range of counts; give one such as 1..25.`)
  const least = parseCount(low, label)
  return { recipients: least, recipientsMost: high === undefined ? least : parseCount(high, label, { min: least }) }
}

/** A message file goes out as it is, unless a line is longer than SMTP may carry. */
function messageFile(octets: Uint8Array): Uint8Array {
  let longest = 0
  for (let at = 0; at < octets.length; ) {
    const newline = octets.indexOf(10, at)
    const end = newline < 0 ? octets.length : newline
    longest = Math.max(longest, end - at - (octets[end - 1] === 13 ? 1 : 0))
    at = end + 1
  }
  return longest > LINE_LIMIT ? wireLines(octets).octets : octets
}

function header(text: string, label: string): string {
  const read = headerLine(text)
  if ('line' in read) return read.line
  throw new UsageError(`${label}: '${text}' ${read.problem}; give one such as 'X-Load: 5'.`)
}
