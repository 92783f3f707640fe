/** What a command line needs to know of the machine it is read on. Tests hand in another one. */
import { randomBytes } from 'node:crypto'
import { readFileSync } from 'node:fs'
import { availableParallelism, hostname } from 'node:os'
import { builtinService, type LookupService } from '../plan/target.js'

export interface Machine {
  readonly hostname: string
  readonly cores: number
  readonly lookupService: LookupService
  /** Throws the system's error. */
  readonly readFile: (path: string) => Uint8Array
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
    newSeed: () => randomBytes(4).toString('hex'),
  }
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
