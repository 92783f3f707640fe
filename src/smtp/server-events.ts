/** What a receiver's operator is shown of its conversations: `-v`, `-s`, `-c` and warnings. Texts are latin1, as they came; see `printable`. */
import type { Peer } from './server-machine.js'

export interface ServerEvents {
  /** A connection is about to be greeted; `-v` shows its peer. Null: nobody has asked for it. */
  connected(peer: Peer | null): void
  /** `-v`: a command line up to its CR LF or first NUL, known or not; `.` when content is complete. Only called with `-v`. */
  command(line: string): void
  /** A command of `-s`: the word as typed, what follows it and one blank, further blanks kept. */
  logged(word: string, argument: string): void
  /** A message is complete and counted; its reply comes after. */
  message(): void
  /** A QUIT was answered and counted. */
  quit(): void
  /** The peer has gone, or was sent away after a command: where `-v` shows `disconnect`. */
  disconnected(): void
  /** A connection that was greeted is closed, for whatever reason; after `disconnected`. */
  session(): void
  /** A line for the operator, without the program's name. */
  warning(text: string): void
}
