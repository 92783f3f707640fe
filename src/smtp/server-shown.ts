/** A Server whose operator looks on (`-v`, `-s`): the same conversations, and every command is shown before it is answered. */
import { DOOR_COMMANDS, type DoorCommand } from '../plan/sink-door-plan.js'
import { endOfText, Word, wordOf } from './classic-words.js'
import { skipBlanks, skipWord } from './command-parser.js'
import { Server } from './server.js'
import type { ServerEvents } from './server-events.js'
import type { Peer } from './server-machine.js'
import type { Model } from './server-model.js'
import type { Output } from './server-output.js'
import type { ServerSession } from './server-session.js'
import type { ServerOptions } from './server-voice.js'

export interface ShownOptions extends ServerOptions {
  readonly events: ServerEvents
  /** Whether every command is shown, and which are logged. */
  readonly verbose: boolean
  readonly log: readonly DoorCommand[]
}

export class ShownServer extends Server {
  readonly events: ServerEvents
  readonly verbose: boolean
  /** By Word. */
  readonly logs: readonly boolean[]

  constructor(options: ShownOptions) {
    super(options)
    this.events = options.events
    this.verbose = options.verbose
    this.logs = DOOR_COMMANDS.map((command) => options.log.includes(command))
    this.wantsPeer ||= options.verbose
  }

  override setModel(model: Model | null): void {
    super.setModel(model)
    this.wantsPeer ||= this.verbose
  }

  override open(peer: Peer | null): ServerSession {
    this.events.connected(peer)
    if (this.logs[Word.connect]) this.events.logged('connect', '')
    return super.open(peer)
  }

  override closed(session: ServerSession): void {
    this.events.disconnected()
    super.closed(session)
  }

  timedOut(): void {
    this.events.warning('read timeout')
  }

  /** Each command has to be seen by itself. */
  override mayRun(): boolean {
    return false
  }

  override take(session: ServerSession, buffer: Buffer, from: number, stop: number, out: Output): void {
    const at = skipBlanks(buffer, from, stop)
    const word = wordOf(buffer, at, stop)
    const text = shown(buffer.toString('latin1', at, endOfText(buffer, at, stop)), word)
    if (this.verbose) this.events.command(text)
    if (this.logs[word]) {
      const end = skipWord(buffer, at, stop) - at
      this.events.logged(text.slice(0, end), text.slice(end + 1))
    }
    super.take(session, buffer, from, stop, out)
  }

  override messageDone(session: ServerSession, verb: number, out: Output): void {
    if (this.verbose) this.events.command('.')
    if (this.logs[Word.dot]) this.events.logged('.', '')
    super.messageDone(session, verb, out)
  }
}

/** A line as it may be shown: what follows the mechanism of AUTH is as good as a password. */
function shown(line: string, word: Word): string {
  return word === Word.auth ? line.replace(/^(\S+\s+\S+)\s.*$/s, '$1 ***') : line
}
