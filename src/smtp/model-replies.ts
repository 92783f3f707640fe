/** What a receiver model says: texts of rules, and things that look like replies and are none. */
import { Buffer } from 'node:buffer'
import type { MalformedKind, PolicyReply, StageName } from '../plan/policy.js'
import type { ReplyText } from './server-replies.js'

/** Octets of an overlong reply: twice what RFC 5321 section 4.5.3.1.5 allows, and what every output has room for. */
const OVERLONG = 1000

/** What would be said if all were well, near enough for something that is going to be spoilt. */
const WELL: Readonly<Record<StageName, readonly [code: number, text: string]>> = {
  connect: [220, 'ready ESMTP'],
  hello: [250, 'ready'],
  starttls: [220, '2.0.0 Ready'],
  auth: [235, '2.7.0 Ok'],
  mail: [250, '2.1.0 Ok'],
  rcpt: [250, '2.1.5 Ok'],
  data: [354, 'End data with <CR><LF>.<CR><LF>'],
  dot: [250, '2.0.0 Ok'],
  rset: [250, '2.0.0 Ok'],
  noop: [250, '2.0.0 Ok'],
  vrfy: [252, '2.0.0 Cannot verify'],
  quit: [221, '2.0.0 Bye'],
  other: [214, '2.0.0 Help'],
}

/** A reply of one or more lines. */
export function replyOf({ code, text }: PolicyReply): ReplyText {
  const lines = text.split('\n')
  return wordsOf(lines.map((line, i) => `${code}${i < lines.length - 1 ? '-' : ' '}${line}\r\n`).join(''))
}

/** A reply that breaks the syntax of replies (RFC 5321 section 4.2) in one way. */
export function malformedReply(kind: MalformedKind, stage: StageName): ReplyText {
  const [code, text] = WELL[stage]
  switch (kind) {
    case 'no-code':
      return wordsOf(`${text}\r\n`)
    case 'bare-lf':
      return wordsOf(`${code} ${text}\n`)
    case 'overlong':
      return wordsOf(`${`${code} ${text} `.padEnd(OVERLONG - 2, 'x')}\r\n`)
    case 'nul':
      return wordsOf(`${code} ${text}\0\r\n`)
    case 'half':
      return wordsOf(`${code}-${text}\r\n`)
  }
}

function wordsOf(text: string): ReplyText {
  const padded = Buffer.alloc(Math.ceil(text.length / 4) * 4)
  padded.write(text, 'latin1')
  return {
    words: Int32Array.from({ length: padded.length / 4 }, (_, i) => padded.readInt32LE(i * 4)),
    length: text.length,
  }
}
