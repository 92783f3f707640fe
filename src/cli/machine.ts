/** What a command line needs to know of the machine it is read on. Tests hand in another one. */
import { randomBytes } from 'node:crypto'
import { accessSync, constants, existsSync, readdirSync, readFileSync, statSync } from 'node:fs'
import { availableParallelism, hostname } from 'node:os'
import { dirname } from 'node:path'
import { builtinService, type LookupService } from '../plan/target.js'

export interface Machine {
  readonly hostname: string
  readonly cores: number
  readonly lookupService: LookupService
  /** Throws the system's error. */
  readonly readFile: (path: string) => Uint8Array
  /** The names in a directory; null for what is none. Throws the system's error. */
  readonly readFolder: (path: string) => readonly string[] | null
  /** Whether a file of that name could be written, where `directories` that are missing would be made. Throws the system's error. */
  readonly checkWritable: (path: string, directories: boolean) => void
  /** Eight hexadecimal digits. */
  readonly newSeed: () => string
}

/** This machine. */
export function thisMachine(): Machine {
  return {
    hostname: hostname(),
    cores: availableParallelism(),
    lookupService: (name) => systemService(name) ?? builtinService(name),
    readFile: (path) => readFileSync(path),
    readFolder: (path) => (statSync(path).isDirectory() ? readdirSync(path) : null),
    checkWritable,
    newSeed: () => randomBytes(4).toString('hex'),
  }
}

function checkWritable(path: string, directories: boolean): void {
  if (!directories && existsSync(path)) {
    accessSync(path, constants.W_OK)
    return
  }
  let above = dirname(path)
  while (directories && above !== dirname(above) && !existsSync(above)) above = dirname(above)
  // What is no directory has no '.'; and it is asked for as a name, not joined, which would take it away again.
  accessSync(`${above}/.`, constants.W_OK | constants.X_OK)
}

/** `auto` worker threads: a core is left for the main thread and the peer. */
export function autoWorkers(cores: number): number {
  return Math.max(1, cores - 1)
}

/** A TCP service of /etc/services; without that file the mail services everyone knows. */
export function systemService(name: string): number | null {
  let text: string
  try {
    text = readFileSync('/etc/services', 'latin1')
  } catch {
    return builtinService(name)
  }
  return findService(text, name)
}

/** Finds a TCP service by name or alias in the text of a services(5) file. */
export function findService(text: string, name: string): number | null {
  for (const line of text.split('\n')) {
    const [first, at, ...aliases] = line.replace(/#.*/, '').trim().split(/\s+/)
    const port = /^(\d+)\/tcp$/.exec(at ?? '')?.[1]
    if (port !== undefined && (first === name || aliases.includes(name))) return Number(port)
  }
  return null
}
