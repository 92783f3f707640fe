/** How fast, by how many, and with which waits: the rows of `stampede source` for the shape of its load. */
import { group, type Option } from './option.js'

export const LOAD_OPTIONS: readonly Option[] = group(
  'Load shape',
  ['source'],
  [
    {
      name: 'rate',
      kind: 'text',
      value: 'RATE',
      repeatable: true,
      sentence:
        'Start messages on schedule (open loop), whatever the answers: so many per time (5k/s); stages, one for each time it is given (0..5k/s:60s goes up in a straight line, 5k/s:30s stays, 0:10s pauses), which make the --duration unless that is given; sine:1k/s,500/s,60s (mean, amplitude, period); or file:PATH with the moment of each message in a line, ascending, in seconds or with a unit.',
    },
    {
      name: 'arrivals',
      kind: 'choice',
      choices: ['even', 'poisson'],
      default: 'even',
      sentence: 'At even distances, or at random with the --rate as mean (the same moments for the same --seed).',
    },
    {
      name: 'burst',
      kind: 'text',
      value: 'RATE:EVERY:FOR',
      sentence: 'So much more than --rate at the beginning of every period: 2k/s:10s:1s is one second in ten.',
    },
    {
      name: 'late',
      kind: 'choice',
      choices: ['queue', 'drop'],
      default: 'queue',
      sentence:
        'A message whose moment comes while every session of its worker is busy: waits for one, or is given up at once and counted as dropped.',
    },
    {
      name: 'pace',
      kind: 'choice',
      choices: ['exact', 'timer'],
      default: 'exact',
      sentence:
        'Start to within microseconds, by watching the clock (up to one core for each worker, not counted as load), or to within a millisecond or two by timers.',
    },
    {
      name: 'ramp-up',
      kind: 'duration',
      default: '0s',
      sentence: 'Add sessions one by one, from --min-sessions at the start to all of them after this time.',
    },
    {
      name: 'ramp-down',
      kind: 'duration',
      default: '0s',
      sentence:
        'Send sessions away one by one, each after its message, in this time before the end of --duration, down to --min-sessions.',
    },
    {
      name: 'min-sessions',
      kind: 'count',
      default: '1',
      sentence: 'Sessions at the foot of --ramp-up and --ramp-down; with --rate at least one for each worker.',
    },
    {
      name: 'warmup',
      kind: 'duration',
      default: '0s',
      sentence: 'Leave what happens in this time at the beginning out of the result.',
    },
    {
      name: 'backoff',
      kind: 'text',
      value: 'FIRST..LAST',
      default: '10ms..250ms',
      sentence:
        'Waits before a session connects again that could not, or that the server turned away (421): doubled each time, from the first to the last.',
    },
    {
      name: 'exp-delay',
      kind: 'duration',
      min: 1,
      sentence: 'Wait after each message, drawn from the exponential distribution with this mean.',
    },
  ],
)
