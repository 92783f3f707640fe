/** Chooses how a run's mail is drawn and said: one text, laid out once; or many, put together for each write. */
import { Composer } from '../message/composer.js'
import { Deck, isPlain } from '../message/deck.js'
import { QUIT, Renderer } from '../message/renderer.js'
import { helloLines, messageText, uniqueId } from '../message/text.js'
import type { Share, SourcePlan } from '../plan/plan.js'
import type { Client } from '../smtp/client.js'
import { MixedSpeaker } from './mixed-speaker.js'
import { PlainSpeaker, type Speaker } from './speaker.js'

/** What this worker draws its mail from; null where all of it is one text. `date` is the `Date:` of every message. */
export function deckOf(share: Share, date: string): Deck | null {
  const { mix, mail, wire, seed } = share.plan
  if (isPlain(mix, mail)) return null
  return new Deck(share, { helloName: wire.helloName, date, seed })
}

/** Who says what the client decides. */
export function speakerOf(plan: SourcePlan, client: Client, date: string): Speaker {
  const { mail, wire, seed } = plan
  if (client.deck === null) {
    return new PlainSpeaker(client, new Renderer(messageText(mail, wire, date, uniqueId(seed)), wire.depth))
  }
  const { hello, helo } = helloLines(wire)
  return new MixedSpeaker(client, new Composer(client.deck, client, wire.depth), {
    hello: Buffer.from(hello, 'latin1'),
    helo: Buffer.from(helo, 'latin1'),
    data: Buffer.from('DATA\r\n', 'latin1'),
    dot: Buffer.from('.\r\n', 'latin1'),
    rset: Buffer.from('RSET\r\n', 'latin1'),
    quit: QUIT,
  })
}
