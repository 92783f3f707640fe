/** All processes of this machine, looked at anew for each sample: whoever is known already costs nothing but a name in a folder. */
import { basename } from 'node:path'
import { linkOf, namesIn, textOf } from './proc-file.js'
import { parsePidStat } from './proc-text.js'

export interface ProcessRow {
  readonly pid: number
  readonly parent: number
  readonly name: string
  readonly startTicks: number
}

/** Looks for which a process is asked again who it is: it may have forked and not yet become another program. */
const YOUNG = 3

/** Programs that run other people's: there the script is a name too. */
const INTERPRETER =
  /^(?:node|nodejs|bun|deno|python[\d.]*|perl[\d.]*|ruby[\d.]*|php[\d.]*|java|sh|bash|dash|MainThread)$/

export class ProcessTable {
  readonly #rows = new Map<number, ProcessRow & { looks: number }>()

  /** Reads the table; those that are new or young. */
  scan(): ProcessRow[] {
    const names = namesIn('/proc')
    const young: ProcessRow[] = []
    const seen = new Set<number>()
    for (const name of Array.isArray(names) ? names : []) {
      const pid = Number(name)
      if (!Number.isInteger(pid)) continue
      const known = this.#rows.get(pid)
      seen.add(pid)
      if (known !== undefined && known.looks >= YOUNG) continue
      const stat = parsePidStat(textOf(`/proc/${pid}/stat`))
      if (stat === null) continue
      const looks = known?.startTicks === stat.startTicks ? known.looks + 1 : 1
      const row = { pid, parent: stat.parent, name: stat.name, startTicks: stat.startTicks, looks }
      this.#rows.set(pid, row)
      young.push(row)
    }
    for (const pid of this.#rows.keys()) if (!seen.has(pid)) this.#rows.delete(pid)
    return young
  }

  /** The next scan asks again who a process is: its number may have gone to another. */
  doubt(pid: number): void {
    this.#rows.delete(pid)
  }

  get(pid: number): ProcessRow | undefined {
    return this.#rows.get(pid)
  }

  all(): Iterable<ProcessRow> {
    return this.#rows.values()
  }
}

/** Every name that a process may be called by: the program's, the file's, the first word of its command line, and a script's. */
export function namesOf({ pid, name }: Pick<ProcessRow, 'pid' | 'name'>): string[] {
  const [first = '', ...words] = textOf(`/proc/${pid}/cmdline`).split('\0')
  // A program that has renamed itself may have written one word with spaces.
  const typed = basename(first.split(' ')[0]!.replace(/:$/, ''))
  const file = basename(linkOf(`/proc/${pid}/exe`).replace(/ \(deleted\)$/, ''))
  const names = new Set([name, typed, file])
  const script = words.find((word) => !word.startsWith('-'))
  if (script !== undefined && (INTERPRETER.test(typed) || INTERPRETER.test(file))) {
    names.add(basename(script))
    names.add(basename(script).replace(/\.[^.]+$/, ''))
  }
  names.delete('')
  return [...names]
}
