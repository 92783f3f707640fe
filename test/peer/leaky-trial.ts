import { performance } from 'node:perf_hooks'
import type { LeakFinding, LeakVerdict } from '#src/measure/leaks.js'
import { FAULTS, type FaultName, type PlantedFault } from './leaky-faults.js'
import { LeakyProcess, type LeakyTotals } from './leaky-process.js'
import { run, SOURCE } from './run-program.js'

/** One server with a planted fault, judged once. */
export interface Trial {
  readonly kind: FaultName
  readonly seed: number
  readonly right: boolean
  /** Why not; else ''. */
  readonly why: string
  /** The verdict that matters, and its cycles. */
  readonly words: string
  /** How far the slope is from what the server really kept, as a share of it; null: nothing leaks. */
  readonly error: number | null
  readonly elapsedMs: number
  readonly status: number | null
  readonly finding: LeakFinding | null
  readonly totals: LeakyTotals
}

/** Starts the server, searches it with the program as a user would, and compares. */
export async function judgeFault(kind: FaultName, seed: number, flags: readonly string[] = []): Promise<Trial> {
  const fault: PlantedFault = FAULTS[kind]
  await using server = await LeakyProcess.start(kind, seed)
  const began = performance.now()
  const args = ['--leaks', fault.plan, '--json', '--no-progress', '--seed', (0xbeef00 + seed).toString(16)]
  const ran = await run(SOURCE, [...args, ...flags, `127.0.0.1:${server.port}`], { timeoutMs: 180_000 })
  const elapsedMs = performance.now() - began
  const totals = await server.stop()
  const found = { kind, seed, elapsedMs, status: ran.code, totals }
  if (ran.stdout === '') {
    return { ...found, right: false, why: ran.stderr.trim(), words: 'no verdict', error: null, finding: null }
  }
  const [finding] = (JSON.parse(ran.stdout) as { leaks: LeakFinding[] }).leaks
  const about = fault.leaks?.resource ?? 'memory'
  const verdict = finding!.verdicts.find(({ resource }) => resource === about)
  const truth = truthOf(kind, fault, totals)
  const slope = verdict?.slopes.find(({ driver }) => driver === fault.leaks?.driver)
  const error = truth === null || slope === undefined ? null : Math.abs(slope.perUnit / truth - 1)
  const why = whyWrong(fault, finding!, verdict, ran.code)
  const cycles = finding!.cycles.filter(({ counted }) => counted).length
  const words = `${about} ${verdict?.word ?? 'not judged'} after ${cycles} cycles`
  return { ...found, right: why === '', why, words, error, finding: finding! }
}

function whyWrong(fault: PlantedFault, finding: LeakFinding, verdict: LeakVerdict | undefined, status: number | null) {
  if (verdict?.word !== fault.word)
    return `${verdict?.resource ?? 'it'} is ${verdict?.word}, not ${fault.word}: ${verdict?.reason}`
  if (fault.leaks !== null) {
    const blamed = verdict.slopes.filter((slope) => slope.blamed).map(({ driver }) => driver)
    if (!blamed.includes(fault.leaks.driver)) return `laid to ${blamed.join(', ')}, not to ${fault.leaks.driver}`
  }
  const more = finding.verdicts.find(
    ({ resource, word }) => word === 'leaking' && resource !== verdict.resource && !fault.besides.includes(resource),
  )
  if (more !== undefined) return `${more.resource} is said to leak too`
  const wanted = fault.word === 'leaking' ? 99 : null
  if (wanted !== null && status !== wanted) return `exit ${status}, not ${wanted}`
  return ''
}

/** What the server really kept for each unit, by its own books where it drew. */
function truthOf(kind: FaultName, { leaks }: PlantedFault, totals: LeakyTotals): number | null {
  if (leaks === null) return null
  if (kind === 'close-wait') return totals.sockets / totals.aborted
  return leaks.perUnit
}
