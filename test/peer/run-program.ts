import { type ChildProcess, spawn } from 'node:child_process'
import { performance } from 'node:perf_hooks'
import { fileURLToPath } from 'node:url'

/** A program under test: what to spawn, and the name that it is to believe it was called by (where the kernel lets us choose). */
export interface Program {
  readonly name: string
  readonly command: readonly [string, ...string[]]
  readonly argv0?: string
  readonly env?: { readonly [name: string]: string }
}

/** What a finished program left behind. */
export interface Ran {
  readonly stdout: string
  readonly stderr: string
  /** null when a signal ended it. */
  readonly code: number | null
  readonly signal: NodeJS.Signals | null
  readonly elapsedMs: number
  /** It was killed because its time was up. */
  readonly timedOut: boolean
}

export interface RunOptions {
  readonly env?: { readonly [name: string]: string }
  /** Killed after this long; 20,000 unless given. */
  readonly timeoutMs?: number
  readonly cwd?: string
  /** A descriptor that takes all output instead; what the program left behind is then empty. */
  readonly output?: number
}

/** A started program. `done` never rejects for what the program did, only when it could not be started. */
export interface Running {
  readonly child: ChildProcess
  readonly done: Promise<Ran>
  kill(signal?: NodeJS.Signals): void
}

const ROOT = fileURLToPath(new URL('../../', import.meta.url))

/** A file of the built project. */
export function built(path: string): string {
  return `${ROOT}dist/${path}`
}

/** The distribution's smtp-source; argv[0] is the bare name, as a shell would give it. */
export const ORIGINAL: Program = { name: 'smtp-source 3.7', command: ['/usr/sbin/smtp-source'], argv0: 'smtp-source' }

/** The drop-in door. */
export const DOOR: Program = { name: 'the door smtp-source', command: [process.execPath, built('bin/smtp-source.js')] }

/** The main program with its verb `source`. */
export const SOURCE: Program = {
  name: 'stampede source',
  command: [process.execPath, built('bin/stampede.js'), 'source'],
}

/** The main program with its verb `sink`. */
export const SINK: Program = { name: 'stampede sink', command: [process.execPath, built('bin/stampede.js'), 'sink'] }

/** The main program with its verb `stress`. */
export const STRESS: Program = {
  name: 'stampede stress',
  command: [process.execPath, built('bin/stampede.js'), 'stress'],
}

/** Starts a program. Octets of its output are latin1, so that every one of them can be told. */
export function start(program: Program, args: readonly string[], options: RunOptions = {}): Running {
  const [file, ...first] = program.command
  const began = performance.now()
  const child = spawn(file, [...first, ...args], {
    ...(program.argv0 === undefined ? {} : { argv0: program.argv0 }),
    ...(options.cwd === undefined ? {} : { cwd: options.cwd }),
    env: { ...process.env, TZ: 'UTC', NODE_OPTIONS: '', ...program.env, ...options.env },
    stdio: ['ignore', options.output ?? 'pipe', options.output ?? 'pipe'],
  })
  const out: Buffer[] = []
  const err: Buffer[] = []
  child.stdout?.on('data', (chunk: Buffer) => out.push(chunk))
  child.stderr?.on('data', (chunk: Buffer) => err.push(chunk))
  let timedOut = false
  const done = new Promise<Ran>((resolve, reject) => {
    const timer = setTimeout(() => {
      timedOut = true
      child.kill('SIGKILL')
    }, options.timeoutMs ?? 20_000)
    child.once('error', (error) => {
      clearTimeout(timer)
      reject(error)
    })
    child.once('close', (code, signal) => {
      clearTimeout(timer)
      resolve({
        stdout: Buffer.concat(out).toString('latin1'),
        stderr: Buffer.concat(err).toString('latin1'),
        code,
        signal,
        elapsedMs: performance.now() - began,
        timedOut,
      })
    })
  })
  return { child, done, kill: (signal = 'SIGKILL') => void child.kill(signal) }
}

/** Starts a program and waits for its end. */
export function run(program: Program, args: readonly string[], options: RunOptions = {}): Promise<Ran> {
  return start(program, args, options).done
}
