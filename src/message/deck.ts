/** Which mail a transaction carries: every type and content of a run as one weighted list, and what each needs a server to offer. */
import { seedOf } from '../base/rng.js'
import type { MailPlan, Share } from '../plan/plan.js'
import type { Content, HeadWords } from './contents.js'
import { drawn, Purpose } from './drawn.js'
import { isAscii } from './header-text.js'
import { type DrawFrame, MailType } from './mail-type.js'

/** What a server must offer for a mail, as bits. */
export const Need = {
  /** 8BITMIME (RFC 6152): octets above 127 in the content. */
  eightBit: 1,
  /** SMTPUTF8 (RFC 6531): addresses or header fields in UTF-8. */
  smtpUtf8: 2,
} as const

export class Deck {
  readonly types: readonly MailType[]
  readonly typeOf: Uint16Array
  readonly contents: readonly Content[]
  /** Of the mail drawn last: which it is, to how many, and what it needs. */
  variant = 0
  recipients = 1
  needs = 0
  private readonly frame: DrawFrame
  /** Upper end of each variant's part of [0, 1). */
  private readonly upTo: Float64Array
  private readonly needsOf: Uint8Array
  /** Some address of a type is UTF-8, so that each mail's own must be looked at. */
  private readonly mixedAddresses: readonly boolean[]

  constructor(share: Share, words: HeadWords) {
    const { plan } = share
    this.frame = {
      seed: seedOf(plan.seed, 0),
      sessions: plan.load.sessions,
      workers: plan.workers,
      worker: share.worker,
    }
    const parts = plan.mix.length > 0 ? plan.mix : [{ weight: 1, mail: plan.mail }]
    this.types = parts.map(({ mail }) => new MailType(mail, this.frame, words))
    this.contents = this.types.flatMap(({ contents }) => contents)
    this.typeOf = Uint16Array.from(this.types.flatMap(({ contents }, type) => contents.map(() => type)))
    this.mixedAddresses = this.types.map(({ from, to }) => from.someUtf8 || to.someUtf8)
    this.needsOf = Uint8Array.from(
      this.contents,
      ({ eightBit, utf8Headers }) => (eightBit ? Need.eightBit : 0) | (utf8Headers ? Need.smtpUtf8 : 0),
    )
    const weights = this.types.flatMap(({ contents }, type) => {
      const all = contents.reduce((sum, { weight }) => sum + weight, 0)
      return contents.map(({ weight }) => (weight * parts[type]!.weight) / all)
    })
    const all = weights.reduce((sum, weight) => sum + weight, 0)
    let sum = 0
    this.upTo = Float64Array.from(weights, (weight) => {
      sum += weight
      return sum / all
    })
    this.upTo[this.upTo.length - 1] = 1
  }

  /** Draws the mail for a message of a session; `first` is the number of its first recipient. */
  draw(session: number, serial: number, first: number): void {
    const variant = this.variantAt(drawn(this.frame.seed, session, serial, Purpose.variant))
    const type = this.typeOf[variant]!
    this.variant = variant
    this.recipients = this.types[type]!.countFor(session, serial)
    this.needs = this.needsOf[variant]!
    if (this.mixedAddresses[type]) this.needs |= this.addressNeeds(this.types[type]!, session, serial, first)
  }

  /** Whether any mail at all can be sent to a server that offers only these. */
  sendable(offered: number): boolean {
    return this.needsOf.some((needs, variant) => {
      const { from, to } = this.types[this.typeOf[variant]!]!
      const always = (from.alwaysUtf8 || to.alwaysUtf8 ? Need.smtpUtf8 : 0) | needs
      return (always & ~offered) === 0
    })
  }

  private variantAt(bits: number): number {
    const { upTo } = this
    const chance = (bits >>> 0) / 2 ** 32
    let low = 0
    let high = upTo.length - 1
    while (low < high) {
      const middle = (low + high) >> 1
      if (chance < upTo[middle]!) high = middle
      else low = middle + 1
    }
    return low
  }

  private addressNeeds(type: MailType, session: number, serial: number, first: number): number {
    const sender = type.from.isUtf8(type.sender(session, serial))
    const start = type.start(session, serial, first)
    const stride = type.stride(session, serial)
    let some = sender
    for (let i = 0; i < this.recipients && !some; i++) {
      some = type.to.isUtf8(type.recipient(i, this.recipients, first, start, stride))
    }
    if (!some) return 0
    // Generated headers carry the addresses, and with them their octets.
    return type.named ? Need.smtpUtf8 | Need.eightBit : Need.smtpUtf8
  }
}

/**
 * Whether a run sends one content to numbered or fixed addresses in plain ASCII, as smtp-source does: then everything is laid out once and
 * patched, and nothing is drawn.
 */
export function isPlain(mix: readonly unknown[], mail: MailPlan): boolean {
  return (
    mix.length === 0 &&
    mail.recipients === mail.recipientsMost &&
    mail.fromPool === null &&
    mail.toPool === null &&
    mail.sizes === null &&
    mail.corpus === null &&
    !mail.declareSize &&
    isAscii(mail.from + mail.to) &&
    mail.mime === null &&
    !mail.file?.some((octet) => octet > 127)
  )
}
