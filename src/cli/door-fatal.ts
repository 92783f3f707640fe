/** How a drop-in door ends badly: the original's words on stderr, and status 1 a second later. */
import { setTimeout as sleep } from 'node:timers/promises'
import { StampedeError } from '../base/errors.js'
import { DoorFatal, octetsOf, printable } from './door-args.js'

/** The original leaves that much time between a fatal error's words and its exit. */
const PAUSE_MS = 1000

/** Tells the error that ended the door; the exit status. Anything but DoorFatal and StampedeError is thrown on. */
export async function endDoor(program: string, error: unknown): Promise<number> {
  if (!(error instanceof DoorFatal) && !(error instanceof StampedeError)) throw error
  // A worker that met the fatal error has told it, and has waited.
  if (error.message === '') return 1
  const name = octetsOf(program)
  for (const line of error instanceof DoorFatal ? error.lines : []) say(`${name}: ${line}\n`)
  say(`${name}: fatal: ${printable(error.message)}\n`)
  await sleep(PAUSE_MS)
  return 1
}

/** One write to stderr, octets as they are. */
export function say(line: string): void {
  process.stderr.write(Buffer.from(line, 'latin1'))
}
