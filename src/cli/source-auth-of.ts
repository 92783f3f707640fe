/** AUTH of a source's plan. What is wrong with a credential is said without showing it. */
import { UsageError } from '../base/errors.js'
import { parseUserFile } from '../base/user-file.js'
import {
  CLIENT_MECHANISMS,
  type ClientAuthPlan,
  type ClientMechanism,
  type Credential,
} from '../plan/client-auth-plan.js'
import type { Given } from './given.js'
import type { Machine } from './machine.js'
import { MECHANISM_WORDS } from './options-auth.js'
import { readText } from './read-file.js'

const NEED_AUTH = ['auth-mech', 'auth-order', 'auth-failure-rate', 'auth-in-clear'] as const
/** Only a file has more than one user, and no mechanism of its own. */
const NEED_FILE = ['auth-mech', 'auth-order'] as const

/** What `--auth` or `--auth-file` and their companions ask for; null: no AUTH. Throws UsageError. */
export function sourceAuth(given: Given, machine: Machine): ClientAuthPlan | null {
  const text = given.text('auth')
  const file = given.text('auth-file')
  if (text !== null && file !== null) {
    throw new UsageError(`${given.label('auth')} and ${given.label('auth-file')} exclude each other; give one of them.`)
  }
  const idle = (text !== null ? NEED_FILE : file !== null ? [] : NEED_AUTH).find((name) => given.has(name))
  if (idle !== undefined) {
    const needed = text !== null ? '--auth-file in place of --auth' : '--auth or --auth-file with it'
    throw new UsageError(`${given.label(idle)} is about users that are not given; give ${needed}.`)
  }
  if (text === null && file === null) return null
  const { mechanism, credentials } = text === null ? fromFile(given, machine) : one(text, given.label('auth'))
  return {
    mechanism,
    credentials,
    order: given.choice<'robin' | 'random'>('auth-order') ?? 'robin',
    failureRate: given.share('auth-failure-rate') ?? 0,
    inClear: given.flag('auth-in-clear') ?? false,
    file,
  }
}

type Who = Pick<ClientAuthPlan, 'mechanism' | 'credentials'>

/** `MECH:USER:PASSWORD`; the password may have colons in it. */
function one(text: string, label: string): Who {
  const [, word, user, secret] = /^([^:]+):([^:]+):(.+)$/s.exec(text) ?? []
  if (
    word === undefined ||
    user === undefined ||
    secret === undefined ||
    !MECHANISM_WORDS.includes(word.toLowerCase())
  ) {
    const what =
      word === undefined ? 'that is not MECH:USER:PASSWORD' : 'the part before the first colon is no mechanism'
    throw new UsageError(`${label}: ${what}; give auto:USER:PASSWORD, or another of ${MECHANISM_WORDS.join(', ')}.`)
  }
  return { mechanism: mechanismOf(word), credentials: [{ user, secret }] }
}

function fromFile(given: Given, machine: Machine): Who {
  const users = parseUserFile(readText(given, 'auth-file', machine)!, given.label('auth-file'))
  const credentials: Credential[] = [...users].map(([user, secret]) => ({ user, secret }))
  return { mechanism: mechanismOf(given.choice('auth-mech') ?? 'auto'), credentials }
}

function mechanismOf(word: string): ClientMechanism | null {
  return CLIENT_MECHANISMS.find((name) => name === word.toUpperCase()) ?? null
}
