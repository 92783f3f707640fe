/** Turns a step of the conversation into octets. */
import { type Renderer, Tail, type Wire } from '../message/renderer.js'
import type { Client } from '../smtp/client.js'
import { type Session, Step } from '../smtp/session.js'

/** Who says a session's steps. */
export interface Speaker {
  /** The transaction after the ones that `group` rendered last. */
  readonly next: number
  /** The octets of a step, all but `Step.bdat`. Valid until the next call, or until the memory is detached. */
  wire(session: Session, step: Step): Wire
  /** Transactions from `from` up to `end` by BDAT: as many of them as go into one write. */
  group(session: Session, from: number, end: number): Wire
  /** The last write still owns its memory: the next one gets other memory. Returns what `attach` takes back. */
  detach(): object
  attach(memory: object): void
}

/** Says a run of one text: the renderer's memory with this session's numbers in it. */
export class PlainSpeaker implements Speaker {
  next = 0
  private readonly client: Client
  private readonly renderer: Renderer

  constructor(client: Client, renderer: Renderer) {
    this.client = client
    this.renderer = renderer
  }

  wire(session: Session, step: Step): Wire {
    const { renderer } = this
    const { head } = session
    switch (step) {
      case Step.hello:
        return renderer.hello
      case Step.helo:
        return renderer.helo
      case Step.mail:
        return renderer.mail
      case Step.rcpt:
        this.setRecipients(session, head)
        return renderer.rcpt(session.rcptSeen)
      case Step.data:
        return renderer.data
      case Step.envelope:
        this.setRecipients(session, head)
        return renderer.envelope()
      case Step.content:
        this.setContent(session, head)
        return renderer.content(Tail.none)
      case Step.contentQuit:
        this.setContent(session, head)
        return renderer.content(Tail.quit)
      case Step.contentEnvelope:
        this.setContent(session, head)
        this.setRecipients(session, head + 1)
        return renderer.content(Tail.envelope)
      case Step.dot:
        return renderer.dot
      case Step.rset:
        return renderer.rset
      default:
        return renderer.quit
    }
  }

  /** All of them, unless a number needs a digit more than the laid-out text has room for. */
  group(session: Session, from: number, end: number): Wire {
    const { renderer } = this
    renderer.bdatBegin()
    let n = from
    for (; n < end; n++) {
      this.setContent(session, n)
      this.setRecipients(session, n)
      if (!renderer.bdatAdd()) break
    }
    this.next = n
    return renderer.bdatWire()
  }

  detach(): object {
    return this.renderer.detach()
  }

  attach(memory: object): void {
    this.renderer.attach(memory)
  }

  private setRecipients(session: Session, n: number): void {
    const { client } = this
    if (client.numbered) this.renderer.setRecipients(client.numbers[client.slot(session, n)]!, client.numberStep)
  }

  private setContent(session: Session, n: number): void {
    const { client } = this
    const slot = client.slot(session, n)
    const last = client.numbers[slot]! + (client.counts[slot]! - 1) * client.numberStep
    this.renderer.setContent(session.number, client.serials[slot]!, last)
  }
}
