/** The files of a profile. */
import { readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { RunError } from '../base/errors.js'
import type { ThreadProfile } from '../pool/profiling.js'
import { trimmed } from './cpuprofile.js'
import { profilePage } from './page.js'
import type { ProfileDocument } from './shape.js'

/** Where our own compiled code is, as `frameOf` wants it. */
export const HOME = new URL('./dist/', import.meta.resolve('smtp-stampede/package.json')).href

/** Writes them into a directory that is there; their paths, the page first. Throws RunError. */
export function writeProfile(
  directory: string,
  profile: ProfileDocument,
  threads: readonly ThreadProfile[],
): readonly string[] {
  const script = readFileSync(new URL(import.meta.resolve('#src/profile/browser/main.js')), 'utf8')
  const files: [string, string][] = [
    ['flame.html', profilePage(profile, script)],
    ['profile.json', `${JSON.stringify(profile)}\n`],
    ...threads.map(({ name, profile: own, from, to }): [string, string] => [
      `${name.replace(' ', '-')}.cpuprofile`,
      JSON.stringify(trimmed(own, from.atUs, to.atUs)),
    ]),
  ]
  return files.map(([name, text]) => {
    const path = join(directory, name)
    try {
      writeFileSync(path, text)
    } catch (error) {
      throw new RunError(`cannot write '${path}' (${(error as Error).message}).`)
    }
    return path
  })
}
