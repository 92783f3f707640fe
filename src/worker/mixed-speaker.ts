import type { Composer } from '../message/composer.js'
import type { Wire } from '../message/renderer.js'
import type { Client } from '../smtp/client.js'
import { Extension } from '../smtp/extensions.js'
import { type Session, Step } from '../smtp/session.js'
import type { Speaker } from './speaker.js'

/** The commands that are the same for every mail. */
export interface FixedLines {
  readonly hello: Buffer
  readonly helo: Buffer
  readonly data: Buffer
  readonly dot: Buffer
  readonly rset: Buffer
  readonly quit: Buffer
}

/** Says a run of many mails: each transaction's own, as the deck gave it. */
export class MixedSpeaker implements Speaker {
  next = 0
  private readonly client: Client
  private readonly composer: Composer
  private readonly lines: FixedLines

  constructor(client: Client, composer: Composer, lines: FixedLines) {
    this.client = client
    this.composer = composer
    this.lines = lines
  }

  wire(session: Session, step: Step): Wire {
    const { client, composer, lines } = this
    const slot = client.slot(session, session.head)
    composer.begin()
    switch (step) {
      case Step.mail:
        composer.addMail(session.number, slot, sizeOffered(session))
        break
      case Step.rcpt:
        composer.addRcpt(session.number, slot, session.rcptSeen)
        break
      case Step.envelope:
        composer.addEnvelope(session.number, slot, sizeOffered(session))
        break
      case Step.content:
        composer.addContent(session.number, slot)
        break
      case Step.contentQuit:
        composer.addContent(session.number, slot)
        composer.addQuit()
        break
      case Step.contentEnvelope:
        composer.addContent(session.number, slot)
        composer.addEnvelope(session.number, client.slot(session, session.head + 1), sizeOffered(session))
        break
      case Step.hello:
        return lines.hello
      case Step.helo:
        return lines.helo
      case Step.data:
        return lines.data
      case Step.dot:
        return lines.dot
      case Step.rset:
        return lines.rset
      default:
        return lines.quit
    }
    return composer.wire()
  }

  /** Ends before what no longer goes into the group's memory, and after a body that is not copied. */
  group(session: Session, from: number, end: number): Wire {
    const { client, composer } = this
    composer.groupBegin()
    let n = from
    while (n < end && composer.groupAdd(session.number, client.slot(session, n), sizeOffered(session))) n++
    this.next = n
    return composer.wire()
  }

  detach(): object {
    return this.composer.detach()
  }

  attach(memory: object): void {
    this.composer.attach(memory)
  }
}

function sizeOffered(session: Session): boolean {
  return (session.extensions & Extension.size) !== 0
}
