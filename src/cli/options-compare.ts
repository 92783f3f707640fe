/** The rows of `stampede compare`. */
import { group, type Option } from './option.js'

/** What a comparison can be shown as. */
export const COMPARE_KINDS = ['text', 'md', 'json', 'html'] as const

export const COMPARE_OPTIONS: readonly Option[] = group(
  'Compare',
  ['compare'],
  [
    {
      name: 'as',
      kind: 'choice',
      choices: COMPARE_KINDS,
      value: 'KIND',
      default: 'text',
      onlyFlag: true,
      sentence: `What to make: ${COMPARE_KINDS.join(', ')}.`,
    },
    {
      letter: 'o',
      name: 'output',
      kind: 'file',
      onlyFlag: true,
      sentence: 'Write it to this file instead of stdout.',
    },
    {
      name: 'confidence',
      kind: 'share',
      default: '95%',
      sentence: 'How sure intervals, and all verdicts together, are to be: 50% to 99.9%.',
    },
    {
      name: 'least',
      kind: 'share',
      default: '1%',
      sentence: "A difference smaller than this part of A's figure is none, however sure.",
    },
    {
      name: 'strict',
      kind: 'flag',
      onlyFlag: true,
      sentence: 'Exit with 99 when a figure is worse, with 98 when a generator was saturated.',
    },
  ],
)
