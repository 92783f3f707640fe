/** `--leaks` of a verb that loads a server: cycles instead of one run, and a verdict instead of its result. */
import { writeFileSync } from 'node:fs'
import { hostname } from 'node:os'
import { monotonicMs } from '../base/clock.js'
import { RunError } from '../base/errors.js'
import { version } from '../base/version.js'
import type { LeakCycle, LeakFinding } from '../measure/leaks.js'
import type { LeakPlan } from '../plan/leak-plans.js'
import type { SourcePlan } from '../plan/plan.js'
import { bytes, count, seconds } from '../report/format.js'
import { leaksPage } from '../report/leak-page/html.js'
import { type LeakDocument, leaksJson, leaksMarkdown, leaksText, wordOf } from '../report/leaks.js'
import { searchLeaks } from '../run/leaks.js'
import { ServerWatch } from '../watch/server-watch.js'
import { parseWatchTarget } from '../watch/watch-target.js'
import type { Given } from './given.js'
import { type LeakWish, leakStatus } from './leak-of.js'
import type { Machine } from './machine.js'
import { type OutFile, outFilesOf } from './out-files.js'
import { reasonOf } from './read-file.js'
import { Interrupts } from './signals.js'
import { autoTarget } from './watch-named.js'

const RENDER: Readonly<Record<string, (document: LeakDocument) => string>> = {
  json: leaksJson,
  text: leaksText,
  md: leaksMarkdown,
  html: leaksPage,
}

/** What the verb was asked to show. */
export interface LeakShown {
  readonly json: boolean
  readonly quiet: boolean
  readonly progress: boolean
  readonly color: boolean
}

/**
 * Searches, shows and writes what was found; the exit status: 99 a leak, 1 not enough evidence, 0 none. `again` is the line that repeats it.
 * @throws StampedeError
 */
export async function runLeaks(
  wish: LeakWish,
  plan: SourcePlan,
  given: Given,
  shown: LeakShown,
  again: string,
  machine: Pick<Machine, 'checkWritable'>,
): Promise<number> {
  const nameOf = (kind: string) => `leaks.${kind === 'text' ? 'txt' : kind}`
  const files = outFilesOf(given, { of: 'a search for leaks', kinds: Object.keys(RENDER), nameOf }, machine)
  const text = given.text('watch') ?? 'auto'
  const label = given.label('watch')
  const whom = text === 'auto' ? autoTarget(plan.target, label) : parseWatchTarget(text, label)
  const port = plan.target.kind === 'inet' ? plan.target.port : null
  const eyes = new ServerWatch(whom, { label: `${label} ${text}`, port })
  const interrupts = new Interrupts()
  const startedAt = new Date().toISOString()
  const fromMs = monotonicMs()
  const findings: LeakFinding[] = []
  try {
    for (const one of wish.plans) {
      if (interrupts.exitStatus !== null) break
      if (shown.progress) process.stderr.write(`${one.name}: ${one.sentence}\n`)
      const onCycle = shown.progress
        ? (cycle: LeakCycle) => void process.stderr.write(cycleLine(one, cycle))
        : undefined
      findings.push(
        await searchLeaks(one, eyes, {
          limits: wish.limits,
          signal: interrupts.signal,
          now: interrupts.now,
          ...(onCycle && { onCycle }),
        }),
      )
    }
  } finally {
    interrupts.close()
  }
  const document: LeakDocument = {
    schemaVersion: 1,
    role: 'leaks',
    version: version(),
    node: process.version,
    host: hostname(),
    startedAt,
    target: plan.target.text,
    watched: eyes.about,
    seed: plan.seed,
    again,
    elapsedMs: monotonicMs() - fromMs,
    word: wordOf(findings),
    leaks: findings,
    notes: eyes.notes,
  }
  if (shown.json) process.stdout.write(leaksJson(document))
  else if (!shown.quiet) process.stdout.write(leaksText(document, shown.color))
  writeFiles(files, document)
  return interrupts.exitStatus ?? leakStatus(document.word)
}

function cycleLine(plan: LeakPlan, { load, counted, counts, levels, fromMs, restedMs }: LeakCycle): string {
  const words = plan.candidates.flatMap((driver) => {
    const many = counts[driver] ?? 0
    return many === 0 || driver === 'MB' ? [] : [`${count(many)} ${driver}s`]
  })
  const memory = levels.memory === undefined ? '' : `   memory ${bytes(levels.memory)}`
  const descriptors = levels.descriptors === undefined ? '' : `   descriptors ${count(levels.descriptors)}`
  return `  ${load.padEnd(16)}${counted ? '' : 'warm-up  '}${seconds(restedMs - fromMs)}   ${words.join(', ')}${memory}${descriptors}\n`
}

function writeFiles(files: readonly OutFile[], document: LeakDocument): void {
  for (const { kind, path, label } of files) {
    try {
      writeFileSync(path, RENDER[kind]!(document))
    } catch (error) {
      throw new RunError(`${label}: cannot write '${path}' (${reasonOf(error)}).`)
    }
  }
}
