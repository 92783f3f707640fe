/** What is sent: envelope, headers and content of one type of mail. A run sends one type, or a weighted mix of several. */

/** Payload sizes drawn for each message, in octets. */
export type SizeDraw =
  /** Each size from `from` to `to` as likely as the other. */
  | { readonly kind: 'uniform'; readonly from: number; readonly to: number }
  /** The logarithm is normal around that of the median with `sigma`; cut off at the bounds. */
  | {
      readonly kind: 'lognormal'
      readonly median: number
      readonly sigma: number
      readonly from: number
      readonly to: number
    }
  /** Sizes as often as their counts say. */
  | {
      readonly kind: 'histogram'
      readonly fileName: string
      readonly rows: readonly { readonly size: number; readonly count: number }[]
    }

/** One message of a corpus: where it lies in the octets. */
export interface CorpusMessage {
  /** As BDAT sends it. */
  readonly start: number
  readonly end: number
  /** As DATA sends it: dots doubled, the final dot behind. */
  readonly dataStart: number
  readonly dataEnd: number
  /** Octets above 127 somewhere, and UTF-8 in its headers (RFC 6532). */
  readonly eightBit: boolean
  readonly utf8Headers: boolean
  readonly weight: number
}

/** Whole messages, made fit for the wire when they were loaded. Nothing is added to them. */
export interface Corpus {
  /** What was loaded, and how often it is drawn in relation to the others. */
  readonly sources: readonly { readonly path: string; readonly weight: number }[]
  /** In shared memory: workers read them where they lie. */
  readonly octets: Uint8Array
  readonly messages: readonly CorpusMessage[]
  /** Messages with a NUL in them, and with lines that were too long and are broken now. */
  readonly withNul: number
  readonly broken: number
}

/** One part of a composed message. */
export interface MimePart {
  readonly kind: 'text' | 'html' | 'pdf' | 'image' | 'zip' | 'binary'
  /** Octets before they are encoded for transfer. */
  readonly size: number
}

/** A message with attachments, composed once before the run. */
export interface MimeRecipe {
  readonly text: string
  readonly parts: readonly MimePart[]
  /** Its own headers (whole lines) and its body as BDAT sends it, in shared memory; null until they are composed. */
  readonly composed: { readonly headers: string; readonly body: Uint8Array } | null
}

/** Addresses that senders or recipients are taken from. */
export type Pool =
  /** Numbers 1 to `count`, each with at least `digits` digits, between the two texts. */
  | {
      readonly kind: 'numbers'
      readonly count: number
      readonly before: string
      readonly after: string
      readonly digits: number
      readonly order: PoolOrder
    }
  /** Addresses of a file, one a line; UTF-8 in shared memory. Address i lies between `starts[i]` and `starts[i + 1]`, with a line feed at its end. */
  | {
      readonly kind: 'file'
      readonly fileName: string
      readonly octets: Uint8Array
      readonly starts: Uint32Array
      readonly order: PoolOrder
    }

/** How addresses are taken from a pool: drawn by the seed, or one after the other. */
export type PoolOrder = 'random' | 'turn'

/** One type of mail. */
export interface MailPlan {
  /** Envelope sender and recipient, put between `<` and `>` as they are. With a pool of numbers the pattern they are made from. */
  readonly from: string
  readonly to: string
  /** Recipients of a message: from `recipients` up to `recipientsMost`, drawn evenly. */
  readonly recipients: number
  readonly recipientsMost: number
  /** Numbers in recipients: appended to the local part (Postfix 3.9 and later) or put in front (3.8 and before). */
  readonly numbering: 'newest' | 'classic'
  /** Number from one counter per run (`-N`). */
  readonly numbered: boolean
  readonly fromPool: Pool | null
  readonly toPool: Pool | null
  /** Payload octets (`-l`); null: the four-line default text, or one of the following. */
  readonly size: number | null
  readonly sizes: SizeDraw | null
  /** Octets of a message file (`-F`), as read; replaces headers and payload. */
  readonly file: Uint8Array | null
  readonly fileName: string | null
  readonly corpus: Corpus | null
  readonly mime: MimeRecipe | null
  /** Generate From, To, Date, Message-Id (false with `-o`, and with whole messages). */
  readonly headers: boolean
  readonly subject: string | null
  /** Header lines after the generated ones, folded, without their last line end. */
  readonly extraHeaders: readonly string[]
  /** Announce each message's size with MAIL where the server offers SIZE (RFC 1870). */
  readonly declareSize: boolean
}

/** One part of a mix. */
export interface MixPart {
  /** How often in relation to the other parts; above 0. */
  readonly weight: number
  readonly mail: MailPlan
}
