/** The drop-in go-smtp-source: its options on this engine; silent when all goes well, one line on stderr for each kind of failure. */
import { StampedeError, UsageError } from '../base/errors.js'
import type { RunResult } from '../measure/result.js'
import type { SourcePlan } from '../plan/plan.js'
import { toText } from '../report/text.js'
import { loadRunSource } from './engine.js'
import { GoFlagError } from './go-flags.js'
import { type GoOptions, goUsage, parseGoSource } from './go-smtp-source-args.js'
import { goSourcePlan } from './go-smtp-source-plan.js'
import { thisMachine } from './machine.js'
import { narrate } from './narrate.js'
import { Progress } from './progress.js'
import { Interrupts } from './signals.js'

/** Runs the door; the exit status. `program` is argv[0] as typed. */
export async function goDoor(program: string, args: readonly string[]): Promise<number> {
  const tell = (text: string) => process.stderr.write(text)
  let options: GoOptions
  try {
    options = parseGoSource(args)
  } catch (error) {
    if (!(error instanceof GoFlagError)) throw error
    tell(`${error.help ? '' : `${error.message}\n`}${goUsage(program)}`)
    return error.help ? 0 : 2
  }
  try {
    return await run(goSourcePlan(options, thisMachine()), options.verbose, (line) => tell(`${program}: ${line}\n`))
  } catch (error) {
    if (!(error instanceof StampedeError)) throw error
    tell(`${program}: ${error.message}\n`)
    return error instanceof UsageError ? 2 : 1
  }
}

async function run(plan: SourcePlan, verbose: boolean, tell: (line: string) => void): Promise<number> {
  const runSource = await loadRunSource()
  const interrupts = new Interrupts()
  const progress = verbose ? new Progress(process.stderr, 'messages', true) : null
  if (verbose) process.stderr.write(narrate(plan))
  try {
    const result = await runSource(plan, {
      signal: interrupts.signal,
      now: interrupts.now,
      onSecond: (second) => progress?.second(second),
    })
    progress?.close()
    for (const line of complaints(result)) tell(line)
    if (verbose) process.stdout.write(toText(result))
    return interrupts.exitStatus ?? (result.passed ? 0 : 1)
  } finally {
    progress?.close()
    interrupts.close()
  }
}

/** What went wrong, once for each kind, in the original's words. */
export function complaints({ replies, errors }: Pick<RunResult, 'replies' | 'errors'>): string[] {
  const unable = (phase: string) =>
    phase === 'connect' || phase === 'greeting' ? 'unable to connect to the server' : 'unable to send a mail'
  const times = (count: number) => (count === 1 ? '' : ` (${count} times)`)
  return [
    ...replies
      .filter(({ code }) => code >= 400)
      .map((row) => `${unable(row.verb)}: ${row.code} ${row.sample} after ${row.verb}${times(row.count)}`),
    ...errors.map((row) => {
      const sample = row.sample === '' ? '' : `: ${row.sample}`
      return `${unable(row.after)}: ${row.error} after ${row.after}${sample}${times(row.count)}`
    }),
  ]
}
