/** Composes the MIME messages of a plan: once, before its workers begin. */
import { Rng, seedOf } from '../base/rng.js'
import { shared } from '../message/corpus.js'
import { wireLines } from '../message/wire-lines.js'
import type { MailPlan, MimePart, MimeRecipe, SourcePlan } from '../plan/plan.js'

/** Header fields that a composed message brings along; all others are generated for each message. */
const OWN_HEADERS = /^(MIME-Version|Content-[!-9;-~]*):/i

const WORDS =
  'the mail queue holds a letter for every server that listens and each reply comes back in its own good time when lines are long enough'.split(
    ' ',
  )

/** What each kind of attachment begins with, and what it is called. */
const FILES: {
  readonly [kind in Exclude<MimePart['kind'], 'text' | 'html'>]: readonly [magic: string, type: string, ending: string]
} = {
  pdf: ['%PDF-1.7\n%\xe2\xe3\xcf\xd3\n', 'application/pdf', 'pdf'],
  image: ['\x89PNG\r\n\x1a\n', 'image/png', 'png'],
  zip: ['PK\x03\x04', 'application/zip', 'zip'],
  binary: ['', 'application/octet-stream', 'bin'],
}

/** The plan with every recipe composed; the same seed gives the same octets. */
export async function composedPlan(plan: SourcePlan): Promise<SourcePlan> {
  const mix = await Promise.all(
    plan.mix.map(async (part, i) => ({ ...part, mail: await composedMail(part.mail, plan.seed, i + 1) })),
  )
  return { ...plan, mail: await composedMail(plan.mail, plan.seed, 0), mix }
}

async function composedMail(mail: MailPlan, seed: string, number: number): Promise<MailPlan> {
  return mail.mime === null ? mail : { ...mail, mime: await composed(mail.mime, seedOf(seed, number)) }
}

async function composed(recipe: MimeRecipe, seed: number): Promise<MimeRecipe> {
  // Most runs need no MIME.
  const { default: MailComposer } = await import('nodemailer/lib/mail-composer')
  const rng = new Rng(seed)
  const contents = recipe.parts.map(({ kind, size }, i) => ({ kind, i, octets: partOf(kind, size, rng) }))
  const word = (kind: 'text' | 'html') => contents.find((part) => part.kind === kind)?.octets.toString('latin1')
  const text = word('text')
  const html = word('html')
  const message = await new MailComposer({
    baseBoundary: seed.toString(16).padStart(8, '0'),
    ...(text === undefined ? {} : { text }),
    ...(html === undefined ? {} : { html }),
    attachments: contents.flatMap(({ kind, i, octets }) => {
      if (kind === 'text' || kind === 'html') return []
      const [, contentType, ending] = FILES[kind]
      return [{ filename: `${kind}-${i + 1}.${ending}`, content: octets, contentType }]
    }),
  })
    .compile()
    .build()
  const { octets, bodyAt } = wireLines(message)
  const body = shared(octets.length - bodyAt)
  body.set(octets.subarray(bodyAt))
  return { ...recipe, composed: { headers: ownHeaders(octets.toString('latin1', 0, bodyAt)), body } }
}

/** The fields that say how the body is to be read, with the lines that they are folded into. */
function ownHeaders(head: string): string {
  const fields = head.split(/\r\n(?![ \t])/).filter((field) => OWN_HEADERS.test(field))
  return fields.map((field) => `${field}\r\n`).join('')
}

/** So many octets of a kind, the same for the same seed. */
function partOf(kind: MimePart['kind'], size: number, rng: Rng): Buffer {
  if (kind === 'text') return prose(size, rng, '', '')
  if (kind === 'html') return prose(size, rng, '<!doctype html>\n<p>', '</p>\n')
  const octets = Buffer.allocUnsafe(size)
  for (let i = 0; i < size; i++) octets[i] = rng.upTo(255)
  octets.write(FILES[kind][0], 'latin1')
  return octets
}

/** Words in lines of at most 76 octets. */
function prose(size: number, rng: Rng, before: string, after: string): Buffer {
  let text = before
  let line = 0
  while (text.length < size - after.length) {
    const word = WORDS[rng.upTo(WORDS.length - 1)]!
    const full = line + word.length > 75
    text += `${full ? '\n' : line === 0 ? '' : ' '}${word}`
    line = (full ? 0 : line + 1) + word.length
  }
  return Buffer.from((text.slice(0, Math.max(0, size - after.length)) + after).slice(0, size), 'latin1')
}
