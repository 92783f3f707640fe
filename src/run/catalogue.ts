/** The catalogue of malformed conversations, once against one server, one case after the other. */
import { RunError } from '../base/errors.js'
import { version } from '../base/version.js'
import type { MalformedRow } from '../measure/mischief.js'
import type { Target } from '../plan/plan.js'
import type { CaseWords, MalformedCase } from '../smtp/malformed/case.js'
import { VERDICTS, type Verdict } from '../smtp/malformed/judge.js'
import { type Baseline, playChecked, playHealthy, type Stage } from '../worker/mischief/player.js'
import { rowOf } from '../worker/mischief/tally.js'
import { Wire, WireEnd } from '../worker/mischief/wire.js'
import { reach } from './reach.js'

export interface CatalogueOptions {
  readonly target: Target
  readonly family: 0 | 4 | 6
  readonly mayBePublic: boolean
  /** TLS from the first octet, whatever the certificate. */
  readonly secure: boolean
  readonly cases: readonly MalformedCase[]
  readonly words: CaseWords
  /** How long a reply is waited for. */
  readonly patienceMs: number
  /** Aborted: ends after what it has. */
  readonly signal: AbortSignal
  readonly onRow?: (row: CatalogueRow) => void
}

/** One case, what the server answered, and what that is worth. */
export interface CatalogueRow extends Omit<MalformedRow, 'count'> {
  readonly what: string
}

export interface CatalogueResult {
  readonly schemaVersion: 1
  readonly role: 'malformed'
  readonly version: string
  readonly target: string
  /** ISO 8601, wall clock. */
  readonly startedAt: string
  /** First digits of the replies to MAIL, RCPT, DATA and the content of a healthy message: `2232` when all is well. */
  readonly healthy: string
  readonly rows: readonly CatalogueRow[]
  readonly verdicts: Readonly<Record<Verdict, number>>
  /** Nothing wrong, nobody crashed, every answer came. */
  readonly passed: boolean
}

/** Verdicts that a server need not be ashamed of. */
const GOOD: readonly string[] = ['right', 'tolerant', 'not offered', 'not reached']

/**
 * Plays every case and looks after each whether the server still serves; ends early once it does not.
 * @throws UsageError for a target that must not be troubled, RunError for one that does not take part in a proper conversation
 */
export async function runCatalogue(options: CatalogueOptions): Promise<CatalogueResult> {
  const { target, words, cases, patienceMs, signal } = options
  const startedAt = new Date()
  const endpoint = await reach(target, options.family, options.mayBePublic)
  const stage: Stage = {
    open: () => Wire.open({ endpoint, localAddress: null, secure: options.secure, patienceMs, signal }),
    manners: { hello: 'EHLO', startTls: false, words },
  }
  const baseline = await healthy(stage, target)
  const rows: CatalogueRow[] = []
  try {
    for (const one of cases) {
      const { count: _, ...row } = rowOf(await playChecked(one, stage, baseline))
      rows.push({ ...row, what: one.what })
      options.onRow?.(rows.at(-1)!)
      if (row.verdict === 'crashed') break
    }
  } catch (error) {
    if (!(error instanceof WireEnd)) throw error
    if (error.end !== 'stopped') throw new RunError(`TARGET '${target.text}': no connection any more: ${error.end}`)
  }
  const verdicts = Object.fromEntries(
    VERDICTS.map((verdict) => [verdict, rows.filter((row) => row.verdict === verdict).length]),
  ) as Record<Verdict, number>
  return {
    schemaVersion: 1,
    role: 'malformed',
    version: version(),
    target: target.text,
    startedAt: startedAt.toISOString(),
    healthy: baseline.digits,
    rows,
    verdicts,
    passed: rows.length === cases.length && rows.every(({ verdict }) => GOOD.includes(verdict)),
  }
}

async function healthy(stage: Stage, target: Target): Promise<Baseline> {
  try {
    return await playHealthy(stage)
  } catch (error) {
    if (!(error instanceof WireEnd)) throw error
    throw new RunError(`TARGET '${target.text}': no proper conversation with it: ${error.end}`)
  }
}
