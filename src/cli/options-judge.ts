/** What a run is judged by, and where its result goes. */
import { group, type Option } from './option.js'

export const JUDGE_OPTIONS: readonly Option[] = [
  ...group(
    'Judgement',
    ['source'],
    [
      {
        name: 'threshold',
        aliases: ['thresholds'],
        kind: 'text',
        value: 'EXPR',
        repeatable: true,
        sentence:
          "What must hold, such as 'message.p99 < 250ms' or 'errors.rate < 0.1% after 10s abort'; may be repeated. Thresholds then decide the exit status.",
      },
    ],
  ),
]
