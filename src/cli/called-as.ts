/** argv[0] as a C program would see it. Node keeps only an absolute path of the script; the kernel knows more. */
import { existsSync, readFileSync } from 'node:fs'
import { basename, delimiter, join, resolve } from 'node:path'

/**
 * The name the program was called by. A shell that found it through PATH hands the interpreter a whole path; then it is the bare name,
 * which is what was typed.
 */
export function calledAs(): string {
  const script = process.argv[1] ?? 'stampede'
  const typed = commandLine().find((word) => word !== '' && resolve(word) === script) ?? script
  const name = basename(typed)
  return firstInPath(name) === typed ? name : typed
}

/** The words after node's own options and before ours include the script as the kernel got it. */
function commandLine(): string[] {
  try {
    return readFileSync('/proc/self/cmdline', 'utf8').split('\0').slice(1)
  } catch {
    return []
  }
}

function firstInPath(name: string): string | null {
  const places = (process.env.PATH ?? '').split(delimiter).map((directory) => join(directory, name))
  return places.find((path) => existsSync(path)) ?? null
}
