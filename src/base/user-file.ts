/** A file of users: `user:password` on each line, the password everything behind the first colon; empty lines and lines with # in front are skipped. */
import { UsageError } from './errors.js'

/**
 * Passwords by user. `label` is what the sentences begin with: the option that named the file.
 * @throws UsageError for a line that is none, a user who comes twice, or a file without any
 */
export function parseUserFile(text: string, label: string): ReadonlyMap<string, string> {
  const users = new Map<string, string>()
  const lines = text.replace(/^\uFEFF/, '').split(/\r?\n/)
  lines.forEach((line, i) => {
    if (line.trim() === '' || line.startsWith('#')) return
    const colon = line.indexOf(':')
    const user = line.slice(0, colon)
    const password = line.slice(colon + 1)
    // Neither can be sent: RFC 4616 has at least one character in each, and NUL between them.
    if (colon < 1 || password === '' || line.includes('\0')) {
      throw new UsageError(`${label}: line ${i + 1} is not a user and a password; give user:password.`)
    }
    if (users.has(user)) throw new UsageError(`${label}: line ${i + 1} has user '${user}' again; give each user once.`)
    users.set(user, password)
  })
  if (users.size === 0) throw new UsageError(`${label}: there is no user in the file; give lines of user:password.`)
  return users
}
