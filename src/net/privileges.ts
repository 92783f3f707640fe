/**
 * Becoming someone else, in the order of smtp-sink: the user is looked up, then groups, root directory, user. All of it is for the whole process: the
 * C library sets ids in every thread, and threads share their root and working directory. Failures are in the words of the original.
 */
import { readFileSync } from 'node:fs'
import { errnoText } from '../base/errno.js'
import { RunError } from '../base/errors.js'
import { type Libc, libc, NO_LIBC, type User } from './libc.js'

/**
 * Takes the ids of `name`, and before the last step the root directory `root`, if there is one. To be called on the main thread, with
 * everything loaded and opened that will be out of reach.
 * @throws RunError
 */
export function becomeUser(name: string, root: string | null, c: Libc | null = libc()): void {
  const user = findUser(name, c)
  if (user === null) throw new RunError(`unknown user: ${name}`)
  attempt(`setgid(${user.gid})`, () => process.setgid!(user.gid))
  attempt('initgroups', () => (process as unknown as InitGroups).initgroups(name, user.gid))
  if (root !== null) {
    if (c === null) throw new RunError(`chroot(${root}): ${NO_LIBC}`)
    attempt(`chroot(${root})`, () => c.chroot(root))
    attempt('chdir(/)', () => process.chdir('/'))
  }
  attempt(`setuid(${user.uid})`, () => process.setuid!(user.uid))
}

/** Node has it where there is setgid; its types don't. */
interface InitGroups {
  initgroups(user: string, extraGroup: number): void
}

/** Without the C library at hand, the users of the passwd(5) file. */
export function findUser(name: string, c: Libc | null): User | null {
  if (name === '' || name.includes('\0')) return null
  if (c !== null) return c.user(name)
  try {
    return userOf(readFileSync('/etc/passwd', 'utf8'), name)
  } catch {
    return null
  }
}

/** Finds a user in the text of a passwd(5) file. */
export function userOf(text: string, name: string): User | null {
  for (const line of text.split('\n')) {
    const [first, , uid, gid] = line.split(':')
    if (first === name && /^\d+$/.test(uid ?? '') && /^\d+$/.test(gid ?? ''))
      return { uid: Number(uid), gid: Number(gid) }
  }
  return null
}

function attempt(what: string, step: () => void): void {
  try {
    step()
  } catch (error) {
    throw new RunError(`${what}: ${errnoText(error as NodeJS.ErrnoException)}`)
  }
}
