/** `--live`: how a run is shown while it goes. */
import { UsageError } from '../base/errors.js'
import type { SourcePlan } from '../plan/plan.js'
import type { ColorDepth } from '../report/live-paint.js'
import { noColor } from './colors.js'
import type { Companion } from './company.js'
import type { Given } from './given.js'
import type { Environment } from './parse.js'
import { Progress } from './progress.js'
import { shapeWords } from './rate-words.js'
import type { Interrupts } from './signals.js'
import { inForeground, StderrTerminal } from './terminal.js'

export type LiveMode = 'full' | 'line' | 'off'

/** What it depends on besides the options. */
export interface Surroundings {
  readonly environment: Environment
  /** stderr is a terminal. */
  readonly terminal: boolean
  /** It is not that of a shell that has us in the background. */
  readonly foreground: boolean
}

/** How to show it. @throws UsageError for a full view without a terminal */
export function liveMode(
  wanted: 'auto' | 'full' | 'line' | 'off',
  label: string,
  { environment, terminal, foreground }: Surroundings,
): LiveMode {
  if (wanted === 'off' || wanted === 'line') return wanted
  if (wanted === 'full' && !terminal)
    throw new UsageError(`${label}: full needs a terminal on stderr; give line, or leave it out.`)
  const { TERM, CI } = environment
  // A terminal that knows nothing but lines.
  if (TERM === 'dumb' || TERM === '') return 'line'
  if (wanted === 'full') return 'full'
  const robot = CI !== undefined && CI !== '' && CI !== 'false'
  return terminal && foreground && !robot ? 'full' : 'line'
}

/** What shows the run, or null. `verb` is the name of the verb in the picture. Throws UsageError. */
export async function liveOf(
  verb: string,
  given: Given,
  plan: SourcePlan,
  environment: Environment,
  interrupts: Interrupts,
): Promise<Companion | null> {
  const mode = liveMode((given.choice('live') ?? 'auto') as 'auto', given.label('live'), {
    environment,
    terminal: process.stderr.isTTY === true,
    foreground: inForeground(),
  })
  if (mode === 'off') return null
  if (mode === 'line') return new Progress(process.stderr, unitOf(plan), eager(verb, given))
  const { LiveView } = await import('./live-view.js')
  // A terminal that is hung up ends the run as Ctrl-C does; without this view it ends the program.
  interrupts.also('SIGHUP')
  return new LiveView({
    verb,
    plan,
    load: plan.load.arrivals === null ? 'closed loop' : `open loop ${shapeWords(plan.load.arrivals.shape).join(' ')}`,
    terminal: new StderrTerminal(),
    keyboard: process.stdin.isTTY ? process.stdin : null,
    depth: depthOf(given, environment),
    unicode: isUtf8(environment),
    alternate: environment.TERM !== 'linux',
    interrupted: () => interrupts.signal.aborted,
    signal: (name) => process.kill(0, name),
  })
}

function unitOf({ wire }: SourcePlan): 'messages' | 'handshakes' {
  return wire.until === null ? 'messages' : 'handshakes'
}

function eager(verb: string, given: Given): boolean {
  return verb !== 'stress' && (given.counter('count') > 0 || given.counter('verbose') > 0)
}

/** By Node's knowledge of terminals (TERM, COLORTERM and their like). */
function depthOf(given: Given, environment: Environment): ColorDepth {
  if (noColor(environment, given)) return 1
  return process.stderr.getColorDepth({ ...environment }) as ColorDepth
}

/** By the locale, as the C library finds it (setlocale(3)); Windows' own terminals draw what they are given. */
export function isUtf8({ LC_ALL, LC_CTYPE, LANG, WT_SESSION }: Environment): boolean {
  if (WT_SESSION !== undefined) return true
  return /utf-?8/i.test(LC_ALL || LC_CTYPE || LANG || '')
}
