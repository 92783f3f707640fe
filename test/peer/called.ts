import { AsyncLocalStorage } from 'node:async_hooks'
import { performance } from 'node:perf_hooks'

/** What a call of a program's main function left behind; octets of its output are latin1. */
export interface Called {
  readonly code: number
  readonly stdout: string
  readonly stderr: string
  readonly elapsedMs: number
}

interface Outputs {
  stdout: string
  stderr: string
}

const outputs = new AsyncLocalStorage<Outputs>()

/** What is written within a call goes to that call; everything else where it ever went. */
for (const name of ['stdout', 'stderr'] as const) {
  const stream = process[name]
  const write = stream.write
  stream.write = function taken(this: NodeJS.WriteStream, ...words: Parameters<typeof write>): boolean {
    const own = outputs.getStore()
    if (own === undefined) return write.apply(this, words)
    const [chunk] = words as unknown as [string | Uint8Array]
    own[name] += Buffer.from(chunk as string).toString('latin1')
    return true
  } as typeof write
}

/**
 * Calls what a program's entry calls, in this process: for suites that compare hundreds of command lines, where to start the program would be nearly
 * all of it. Calls may overlap.
 */
export async function call(
  main: (program: string, args: readonly string[]) => Promise<number>,
  program: string,
  args: readonly string[],
): Promise<Called> {
  const own: Outputs = { stdout: '', stderr: '' }
  const began = performance.now()
  const code = await outputs.run(own, () => main(program, args))
  return { code, ...own, elapsedMs: performance.now() - began }
}
