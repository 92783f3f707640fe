// Compiles native-bench/floor/*.c into native-bench/build/ when a source is newer than its program.
import { spawnSync } from 'node:child_process'
import { existsSync, mkdirSync, statSync } from 'node:fs'
import { dirname, join } from 'node:path'
import { fileURLToPath } from 'node:url'

/** This folder, and the repository it stands in. */
export const here = dirname(fileURLToPath(import.meta.url))
export const root = dirname(here)

export const PROGRAMS = ['client', 'sink', 'rusage']

/** Makes every program that is missing or out of date. Throws one sentence when there is no compiler or it fails. */
export function buildFloor() {
  const folder = join(here, 'build')
  mkdirSync(folder, { recursive: true })
  for (const name of PROGRAMS) {
    const source = join(here, 'floor', `${name}.c`)
    const program = join(folder, name)
    if (existsSync(program) && statSync(program).mtimeMs > statSync(source).mtimeMs) continue
    const done = spawnSync('cc', ['-O2', '-Wall', '-Wextra', '-o', program, source], { encoding: 'utf8' })
    if (done.error) throw new Error(`cc can't be run (${done.error.message}); the floor needs a C compiler`)
    if (done.status !== 0) throw new Error(`cc failed on native-bench/floor/${name}.c:\n${done.stderr}`)
    if (done.stderr) process.stderr.write(done.stderr)
  }
}
