/** One type of mail in words: options that give it again, and a line for people. */
import { formatCount, formatSize } from '../base/units.js'
import type { MailPlan, Pool } from '../plan/mail-plan.js'
import { corpusWord } from './corpus-of.js'
import { formatSizes } from './size-of.js'

/** The options that give this mail, all that are not defaults. */
export function mailWords(mail: MailPlan, helloName: string): string[] {
  const words: string[] = []
  const standard = `foo@${helloName}`
  if (mail.from !== standard) words.push('-f', mail.from)
  if (mail.to !== standard) words.push('-t', mail.to)
  if (mail.numbering !== 'newest') words.push('--numbering', mail.numbering)
  if (mail.recipientsMost !== 1) words.push('-r', recipientsText(mail))
  if (mail.numbered && (mail.numbering === 'classic' || mail.recipientsMost === 1)) words.push('-N')
  words.push(...poolWords(mail.fromPool, '--from'), ...poolWords(mail.toPool, '--rcpt'))
  if ((mail.fromPool ?? mail.toPool)?.order === 'turn') words.push('--pool-order', 'turn')
  if (mail.size !== null) words.push('-l', formatSize(mail.size))
  if (mail.sizes !== null) words.push('-l', formatSizes(mail.sizes))
  if (mail.fileName !== null) words.push('-F', mail.fileName)
  for (const source of mail.corpus?.sources ?? []) words.push('--corpus', corpusWord(source))
  if (mail.mime !== null) words.push('--mime', mail.mime.text)
  if (mail.subject !== null) words.push('-S', mail.subject)
  for (const line of mail.extraHeaders) words.push('--header', line.replaceAll('\r\n', ''))
  if (mail.declareSize) words.push('--declare-size')
  return words
}

function poolWords(pool: Pool | null, option: '--from' | '--rcpt'): string[] {
  if (pool === null) return []
  return pool.kind === 'numbers' ? [`${option}-pool`, formatCount(pool.count)] : [`${option}-file`, pool.fileName]
}

function recipientsText({ recipients, recipientsMost }: MailPlan): string {
  const least = formatCount(recipients)
  return recipientsMost === recipients ? least : `${least}..${formatCount(recipientsMost)}`
}

/** `from <a> to <b> × 3; 10KiB`. */
export function mailText(mail: MailPlan): string {
  const from = mail.fromPool === null ? `<${mail.from}>` : poolText(mail.fromPool)
  const to = mail.toPool === null ? `<${mail.to}>` : poolText(mail.toPool)
  return `from ${from} to ${to} × ${recipientsText(mail)}; ${contentText(mail)}`
}

function poolText(pool: Pool): string {
  const how = pool.order === 'turn' ? 'in turn' : 'drawn'
  if (pool.kind === 'file') return `${formatCount(pool.starts.length - 1)} of ${pool.fileName} ${how}`
  const number = (n: number) => `${pool.before}${String(n).padStart(pool.digits, '0')}${pool.after}`
  return `<${number(1)}>…<${number(pool.count)}> ${how}`
}

function contentText({ file, fileName, corpus, mime, size, sizes }: MailPlan): string {
  if (file !== null) return `${fileName} (${formatSize(file.length)})`
  if (mime !== null) return `MIME ${mime.text}`
  if (sizes !== null) return formatSizes(sizes)
  if (corpus === null) return size === null ? 'four lines' : formatSize(size)
  const remarks = [
    `${formatCount(corpus.messages.length)} messages`,
    ...(corpus.broken > 0 ? [`${formatCount(corpus.broken)} with overlong lines, broken`] : []),
    ...(corpus.withNul > 0 ? [`${formatCount(corpus.withNul)} with NUL`] : []),
    ...(corpus.messages.some(({ eightBit }) => eightBit) ? ['8-bit among them'] : []),
  ]
  return `${corpus.sources.map(({ path }) => path).join(', ')} (${remarks.join(', ')})`
}

/** A mail as JSON shows it: of octets only how many there are. */
export function shownMail({ file, fileName, fromPool, toPool, corpus, mime, ...mail }: MailPlan): object {
  return {
    ...mail,
    fromPool: shownPool(fromPool),
    toPool: shownPool(toPool),
    file: file === null ? null : { name: fileName, octets: file.length },
    corpus: corpus === null ? null : { ...corpus, octets: corpus.octets.length, messages: corpus.messages.length },
    mime: mime === null ? null : { text: mime.text, parts: mime.parts },
  }
}

function shownPool(pool: Pool | null): object | null {
  if (pool === null || pool.kind === 'numbers') return pool
  const { fileName, order, starts } = pool
  return { kind: 'file', fileName, count: starts.length - 1, order }
}
