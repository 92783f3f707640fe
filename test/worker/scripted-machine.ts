/** A Machine whose client says what it shall do, a line each, for tests of whoever owns the sockets. */
import { type Conversation, Ending, type Machine, type Manner, type Peer, Wait } from '#src/smtp/server-machine.js'
import type { Output } from '#src/smtp/server-output.js'

const LF = 10
const CLOSED = 4

export class Talk implements Conversation {
  mode = 0
  ending: Ending = Ending.polite
  wait: Wait = Wait.none
  waitMs = 0
  manner: Manner | null = null
  carried = 0
  line = ''
  /** What is done when the wait is over. */
  owed = ''
  secured = false
  peer: Peer | null = null
  /** Consume, resume or secured was called on it after `closed`. */
  disturbed = false
  gone = 0
  timedOut = false

  idle(): boolean {
    return this.wait === Wait.none && this.line === ''
  }
}

/**
 * Lines, and what they do: `say TEXT`; `wait MS LINE`, `other LINE`: LINE when the wait is over; `tls TEXT`: says it, then TLS; `bye TEXT`; `silent`; `reset`.
 */
export class ScriptedMachine implements Machine<Talk> {
  wantsPeer = false
  draining = false
  greeting = 'say hello'
  manner: Manner | null = null
  readonly talks: Talk[] = []
  /** Octets of each call of `consume`, and when it was. */
  readonly sizes: number[] = []
  readonly times: number[] = []
  resumed = 0
  onConsume: () => void = () => {}

  open(peer: Peer | null): Talk {
    const talk = new Talk()
    talk.peer = peer
    talk.manner = this.manner
    this.talks.push(talk)
    return talk
  }

  greet(talk: Talk, out: Output): void {
    this.do(talk, this.greeting, out)
  }

  consume(talk: Talk, buffer: Buffer, start: number, end: number, out: Output): number {
    if (talk.gone > 0) talk.disturbed = true
    this.sizes.push(end - start)
    this.times.push(performance.now())
    this.onConsume()
    let at = start
    while (at < end && talk.wait === Wait.none && talk.mode !== CLOSED) {
      const found = buffer.indexOf(LF, at)
      const stop = found < 0 || found >= end ? end : found
      talk.line += buffer.toString('latin1', at, stop)
      at = stop
      if (stop === end) break
      at++
      const { line } = talk
      talk.line = ''
      this.do(talk, line, out)
    }
    return talk.mode === CLOSED ? end : at
  }

  resume(talk: Talk, out: Output): void {
    if (talk.gone > 0) talk.disturbed = true
    this.resumed++
    const { owed } = talk
    talk.owed = ''
    this.do(talk, owed, out)
  }

  secured(talk: Talk): void {
    if (talk.gone > 0) talk.disturbed = true
    talk.secured = true
  }

  timedOut(talk: Talk): void {
    if (talk.gone > 0) talk.disturbed = true
    talk.timedOut = true
  }

  closed(talk: Talk): void {
    talk.gone++
  }

  do(talk: Talk, line: string, out: Output): void {
    const [word, first = '', ...rest] = line.split(' ')
    const argument = [first, ...rest].join(' ')
    switch (word) {
      case 'wait':
        talk.wait = Wait.time
        talk.waitMs = Number(first)
        talk.owed = rest.join(' ')
        break
      case 'other':
        talk.wait = Wait.other
        talk.owed = argument
        break
      case 'tls':
        say(out, argument)
        talk.wait = Wait.tls
        break
      case 'bye':
        say(out, argument)
        talk.mode = CLOSED
        break
      case 'silent':
      case 'reset':
        talk.ending = Ending[word]
        talk.mode = CLOSED
        break
      default:
        say(out, argument)
    }
  }
}

function say(out: Output, text: string): void {
  const reply = `${text}\n`
  for (let i = 0; i < reply.length; i++) {
    if (out.length === out.size) out.flush()
    out.view.setUint8(out.length++, reply.charCodeAt(i))
  }
}
