/** The rows of `stampede report`. */
import { REPORT_KINDS } from './formats.js'
import { group, type Option } from './option.js'

export const REPORT_OPTIONS: readonly Option[] = group(
  'Report',
  ['report'],
  [
    {
      name: 'as',
      kind: 'choice',
      choices: REPORT_KINDS,
      value: 'KIND',
      default: 'text',
      sentence: `What to make: ${REPORT_KINDS.join(', ')}.`,
    },
    {
      letter: 'o',
      name: 'output',
      kind: 'file',
      onlyFlag: true,
      sentence: 'Write it to this file instead of stdout.',
    },
    {
      name: 'series',
      kind: 'text',
      value: 'NAME',
      default: 'response',
      sentence:
        "With --as hgrm: the latency to write, as the summary calls it, such as service, dot or 'rcpt deferred'.",
    },
  ],
)
