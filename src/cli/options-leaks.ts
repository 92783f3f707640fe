/** The search for leaks: the rows of every verb that loads a server. */
import { LEAK_PLANS } from '../plan/leak-plans.js'
import { group, type Option } from './option.js'

export const LEAK_OPTIONS: readonly Option[] = [
  ...group(
    'Leaks',
    ['source', 'stress'],
    [
      {
        name: 'leaks',
        kind: 'list',
        value: 'PLAN,...',
        sentence: `Look for leaks of the watched server (--watch, else whoever listens on the target's port): load, rest and load again, and judge what stays. PLAN is ${LEAK_PLANS.join(', ')} (the load of the other flags), or all. Exit with 99 on a leak, with 1 when there was not enough evidence.`,
      },
      {
        name: 'leak-cycles',
        kind: 'count',
        min: 6,
        default: '40',
        sentence: 'Most cycles that count for one plan of --leaks; it ends before when all is clear.',
      },
      {
        name: 'leak-rest',
        kind: 'duration',
        min: 500,
        default: '3s',
        sentence: 'Longest wait after each load of --leaks for the server to come to rest.',
      },
      {
        name: 'leak-time',
        kind: 'duration',
        min: 1000,
        default: '90s',
        sentence:
          'After this time no cycle of a plan of --leaks begins any more; of aborted after 55s unless given, because a kernel forgets connections that are half closed after a minute.',
      },
    ],
  ),
  ...group(
    'Leaks',
    ['watch'],
    [
      {
        name: 'leaks',
        kind: 'flag',
        sentence:
          'Judge at the end whether memory, descriptors, sockets or threads grew with time; several minutes under load say more than a few seconds. Exit with 99 on a leak, with 1 when there was not enough evidence.',
      },
    ],
  ),
]
