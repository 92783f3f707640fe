/** The rows of `stampede profile`. None is set by the environment: the verb that is profiled has that. */
import { group, type Option } from './option.js'

/** Microseconds from one sample to the next, unless told otherwise. At 1,000 the samplers of a source alone take 6 % of its CPU, at this 4. */
export const PROFILE_INTERVAL_US = 2000

export const PROFILE_OPTIONS: readonly Option[] = group(
  'Profile',
  ['profile'],
  [
    {
      name: 'out-dir',
      kind: 'file',
      value: 'DIR',
      onlyFlag: true,
      sentence:
        'Where the files go: flame.html, profile.json, and a .cpuprofile of each thread. Default: profile-SEED.',
    },
    {
      name: 'after',
      kind: 'duration',
      onlyFlag: true,
      sentence:
        'When it begins, from the start of the run. Default: at the end of the warm-up, or after 1s without one.',
    },
    {
      name: 'for',
      kind: 'duration',
      min: 1,
      onlyFlag: true,
      sentence: 'How long it lasts. Default: to the end of the run.',
    },
    {
      name: 'interval',
      kind: 'count',
      value: 'MICROSECONDS',
      min: 50,
      default: `${PROFILE_INTERVAL_US}`,
      onlyFlag: true,
      sentence: 'Time from one sample to the next, 50 to 1000000.',
    },
    {
      name: 'perf',
      kind: 'flag',
      onlyFlag: true,
      sentence: "Mixed stacks of kernel, native code and JavaScript as well, by Linux' perf.",
    },
    {
      name: 'profile-target',
      kind: 'text',
      value: 'PID|:PORT',
      onlyFlag: true,
      sentence:
        'A flame graph of this process and its children too, by perf: the server under test, by its id or the port it listens on.',
    },
    {
      name: 'json',
      kind: 'flag',
      onlyFlag: true,
      sentence: 'Print profile.json to stdout in place of both summaries.',
    },
  ],
)
