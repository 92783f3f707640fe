/** AUTH of `stampede source`. */
import { CLIENT_MECHANISMS } from '../plan/client-auth-plan.js'
import { group, type Option } from './option.js'

/** What stands for a mechanism on the command line; `auto` for the best that is offered. */
export const MECHANISM_WORDS: readonly string[] = ['auto', ...CLIENT_MECHANISMS.map((name) => name.toLowerCase())]

export const AUTH_OPTIONS: readonly Option[] = group(
  'AUTH',
  ['source'],
  [
    {
      name: 'auth',
      kind: 'text',
      value: 'MECH:USER:PASSWORD',
      sentence: `Log in on each connection. MECH is one of ${MECHANISM_WORDS.join(', ')}; auto takes the best that the server offers, but never xoauth2, whose password is a bearer token. USER ends at its colon, PASSWORD is all behind it, sent in UTF-8 as given. Others on this machine can read it in the list of processes: STAMPEDE_AUTH and --auth-file keep it from them.`,
    },
    {
      name: 'auth-file',
      kind: 'file',
      sentence: 'Log in with these: user:password (or user:token) on each line; # begins a comment.',
    },
    {
      name: 'auth-mech',
      kind: 'choice',
      choices: MECHANISM_WORDS,
      default: 'auto',
      sentence: 'The mechanism for those of --auth-file.',
    },
    {
      name: 'auth-order',
      kind: 'choice',
      choices: ['robin', 'random'],
      default: 'robin',
      sentence: 'Which connection takes which user of --auth-file: in turn, or drawn.',
    },
    {
      name: 'auth-failure-rate',
      kind: 'share',
      default: '0',
      sentence: 'Share of the connections that try a wrong password first, and then the right one; counted apart.',
    },
    {
      name: 'auth-in-clear',
      kind: 'flag',
      sentence:
        'Let plain, login and xoauth2 send the password unencrypted to another machine, which is refused otherwise.',
    },
  ],
)
