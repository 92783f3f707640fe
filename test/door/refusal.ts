import assert from 'node:assert/strict'
import { type Called, call } from '../peer/called.js'
import { type Program, type Ran, run } from '../peer/run-program.js'

/** One in so many is given to the door's program, as a user would; the others to what its entry calls. */
const STARTED = 10

/** The distribution's program, the door that stands for it, and what that calls. */
export interface Doors {
  readonly original: Program
  readonly door: Program
  readonly main: (program: string, args: readonly string[]) => Promise<number>
}

/** The same command line to both: refused a second after the same words. `nth`: which one of all it is. */
export async function refusedAlike(
  { original, door, main }: Doors,
  nth: number,
  args: readonly string[],
): Promise<void> {
  const started = nth % STARTED === 0
  const [theirs, ours] = await Promise.all([
    run(original, args, { timeoutMs: 30_000 }),
    started ? run(door, args, { timeoutMs: 30_000 }) : call(main, NAME, args),
  ])
  assert.equal(theirs.code, 1)
  assert.ok(theirs.elapsedMs >= 1000, `${original.name}: ended after ${theirs.elapsedMs} ms`)
  // Without the start of a program only the timer is left, which has a grain of a millisecond.
  assert.ok(ours.elapsedMs >= (started ? 1000 : 999), `${door.name}: ended after ${ours.elapsedMs} ms`)
  assert.deepEqual(said(ours, started ? nameOf(door) : NAME), said(theirs, nameOf(original)))
}

/** What the door is called where it is called without a program. */
const NAME = 'the-door'

function nameOf({ argv0, command }: Program): string {
  return argv0 ?? command.at(-1)!
}

/** Its own name as `P`. */
function said({ code, stdout, stderr }: Ran | Called, name: string) {
  return { code, stdout, stderr: stderr.replaceAll(name, 'P') }
}
