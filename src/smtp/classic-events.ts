/** What the drop-in smtp-sink shows of its conversations: `-v`, `-s`, `-c` and warnings. Texts are latin1, as they came; see `printable`. */
import type { ClassicSession } from './classic-session.js'

export interface ClassicEvents {
  /** A connection is about to be greeted; `-v` shows its peer. */
  connected(session: ClassicSession): void
  /** `-v`: a command line up to its CR LF or first NUL, known or not; `.` when content is complete. Only called with `-v`. */
  command(session: ClassicSession, line: string): void
  /** A command of `-s`: the word as typed, what follows it and one blank, further blanks kept. */
  logged(session: ClassicSession, word: string, argument: string): void
  /** A message is complete and counted; its reply comes after. */
  message(session: ClassicSession): void
  /** A QUIT was answered and counted. */
  quit(session: ClassicSession): void
  /** The peer has gone, or was sent away after a command: where `-v` shows `disconnect`. */
  disconnected(session: ClassicSession): void
  /** A connection that was greeted is closed, for whatever reason; after `disconnected`. */
  session(session: ClassicSession): void
  /** A line for the operator, without the program's name. */
  warning(text: string): void
}
