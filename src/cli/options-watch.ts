/** The rows of `stampede watch`. */
import { group, type Option } from './option.js'

const VERB = ['watch'] as const

export const WATCH_OPTIONS: readonly Option[] = [
  ...group('Watch', VERB, [
    { name: 'interval', kind: 'duration', min: 50, default: '1s', sentence: 'Time between samples.' },
    {
      name: 'duration',
      kind: 'duration',
      min: 1,
      sentence: 'End after so long; by default when the server ends, or with Ctrl-C.',
    },
    {
      name: 'restarts',
      kind: 'flag',
      sentence: 'Go on when the server ends, and wait for whoever takes its place.',
    },
  ]),
  ...group('Output', VERB, [
    { name: 'json', kind: 'flag', sentence: 'Print the result as one JSON document.' },
    { name: 'quiet', kind: 'flag', sentence: 'No lines while it goes and no summary; the exit status tells.' },
    { name: 'no-progress', kind: 'flag', sentence: 'No lines while it goes.' },
    {
      name: 'out',
      kind: 'text',
      value: 'KIND[=PATH]',
      repeatable: true,
      sentence:
        'Write a file: ndjson, every sample as it is taken; json, text, md or html, the result. Called watch.KIND unless named; may be repeated.',
    },
    {
      name: 'metrics',
      kind: 'text',
      value: 'HOST:PORT',
      sentence: 'Serve /metrics (OpenMetrics) there meanwhile; loopback unless a host is named, port 0 for any.',
    },
  ]),
]
