/** The rows of `stampede doctor`. */
import { group, type Option } from './option.js'

const VERB = ['doctor'] as const

export const DOCTOR_OPTIONS: readonly Option[] = [
  ...group('Ceiling', VERB, [
    {
      name: 'load',
      kind: 'flag',
      negatable: true,
      default: 'on',
      sentence: 'Measure what this machine can do on loopback, source against sink; --no-load only looks.',
    },
    {
      name: 'seconds',
      kind: 'duration',
      bareUnit: 's',
      min: 100,
      default: '3',
      sentence: 'How long each way of sending is measured. A bare number is seconds.',
    },
    { letter: 's', name: 'sessions', kind: 'count', default: '50', sentence: 'Parallel sessions meanwhile.' },
  ]),
  ...group('Target', VERB, [
    {
      letter: 'M',
      name: 'helo',
      kind: 'text',
      value: 'NAME',
      sentence: "Host name or [address] to say hello with. Default: this machine's name.",
    },
    { name: 'timeout', kind: 'duration', min: 1, default: '10s', sentence: 'Longest wait for anything from TARGET.' },
    {
      name: 'i-own-this-server',
      kind: 'flag',
      onlyFlag: true,
      sentence: 'Allow a target that is neither loopback nor private.',
    },
  ]),
  ...group('Output', VERB, [{ name: 'json', kind: 'flag', sentence: 'Print what was found as one JSON document.' }]),
]
