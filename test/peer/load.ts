import { existsSync } from 'node:fs'
import { built, run as runProgram, SOURCE } from './run-program.js'

/** Options of `stampede source` by their long names in camel case; `false` becomes `--no-…`. */
export interface LoadOptions {
  readonly target: string
  readonly [name: string]: string | number | boolean | readonly string[]
}

/** The part of a Result's JSON that the suites look at; names as in measure/result.ts. */
export interface LoadResult {
  readonly seed: string
  readonly elapsedMs: number
  readonly messages: {
    readonly asked: number | null
    readonly scheduled: number
    readonly accepted: number
    readonly deferred: number
    readonly refused: number
    readonly failed: number
    readonly dropped: number
    readonly retried: number
  }
  readonly recipients: { readonly accepted: number; readonly deferred: number; readonly refused: number }
  readonly sessions: {
    readonly asked: number
    readonly connects: number
    readonly connected: number
    readonly done: number
    readonly lost: number
  }
  readonly bytes: { readonly out: number; readonly in: number }
  readonly tls: {
    readonly full: number
    readonly resumed: number
    readonly failed: number
    readonly resumeShare: number
  } | null
  readonly auth: {
    readonly accepted: number
    readonly refused: number
    readonly wrong: number
    readonly wrongAccepted: number
  } | null
  readonly replies: readonly {
    readonly verb: string
    readonly code: number
    readonly count: number
    readonly sample: string
  }[]
  readonly errors: readonly {
    readonly error: string
    readonly after: string
    readonly count: number
    readonly sample: string
  }[]
  readonly unit: string
}

type Library = { run(options: LoadOptions): Promise<{ toJSON(): unknown }> & { stop(how?: { drain: string }): void } }

/** The library under test: the built one, or another that is to be held to the same suites. */
const INDEX = process.env.STAMPEDE_INDEX ?? built('index.js')

/** Options as words of a command line. */
export function words(options: LoadOptions): string[] {
  const { target, ...rest } = options
  const flags = Object.entries(rest).flatMap(([name, value]) => {
    const long = name.replace(/[A-Z]/g, (letter) => `-${letter.toLowerCase()}`)
    if (value === true) return [`--${long}`]
    if (value === false) return [`--no-${long}`]
    return (Array.isArray(value) ? value : [value]).flatMap((one) => [`--${long}`, `${one}`])
  })
  return [...flags, target]
}

/** A run through the command line; fails when it is not over in time or prints anything but one JSON document. */
export async function runCommand(
  options: LoadOptions,
  timeoutMs = 20_000,
): Promise<LoadResult & { code: number | null }> {
  const ran = await runProgram(SOURCE, ['--json', ...words(options)], { timeoutMs })
  if (ran.timedOut) throw new Error(`still running after ${timeoutMs} ms: ${ran.stderr}`)
  try {
    return { ...(JSON.parse(ran.stdout) as LoadResult), code: ran.code }
  } catch {
    throw new Error(`no JSON; status ${ran.code}; stdout ${JSON.stringify(ran.stdout)}; stderr ${ran.stderr}`)
  }
}

/** A run inside this process through the library's `run`: what the suites use for many short runs. */
export async function runLibrary(options: LoadOptions, timeoutMs = 20_000): Promise<LoadResult> {
  const library = (await import(INDEX)) as Library
  const job = library.run(options)
  let timer: NodeJS.Timeout | undefined
  const late = new Promise<never>((_, reject) => {
    timer = setTimeout(() => {
      job.stop({ drain: '0s' })
      reject(new Error(`still running after ${timeoutMs} ms`))
    }, timeoutMs)
  })
  try {
    return JSON.parse(JSON.stringify(await Promise.race([job, late]))) as LoadResult
  } finally {
    clearTimeout(timer)
  }
}

/** A run by the quicker way that there is: the library, or the command line (also with STAMPEDE_LOAD=command). */
export function runLoad(options: LoadOptions, timeoutMs?: number): Promise<LoadResult> {
  const library = process.env.STAMPEDE_LOAD !== 'command' && existsSync(INDEX)
  return library ? runLibrary(options, timeoutMs) : runCommand(options, timeoutMs)
}
