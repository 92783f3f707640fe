/** The rows about what is shown while a run goes, and in which colours. */
import { group, type Option } from './option.js'

export const LIVE_OPTIONS: readonly Option[] = [
  ...group(
    'Output',
    ['source', 'stress'],
    [
      {
        name: 'live',
        kind: 'choice',
        choices: ['auto', 'full', 'line', 'off'],
        default: 'auto',
        sentence:
          'What stderr shows while it goes: the whole terminal with keys q, + and -; a line now and then; nothing. auto takes the terminal where there is one.',
      },
    ],
  ),
  ...group(
    'Output',
    ['source', 'stress', 'malformed', 'report', 'compare', 'doctor'],
    [{ name: 'no-color', kind: 'flag', sentence: 'No colours; NO_COLOR in the environment does the same.' }],
  ),
]
