/** The rows of `stampede malformed`. */
import { group, type Option } from './option.js'

const VERB = ['malformed'] as const

export const MALFORMED_OPTIONS: readonly Option[] = [
  ...group('Catalogue', VERB, [
    {
      name: 'case',
      aliases: ['cases'],
      kind: 'list',
      sentence: 'Only these cases, commas between; all of them unless given.',
    },
    { name: 'list', kind: 'flag', onlyFlag: true, sentence: 'Name the cases, and end.' },
  ]),
  ...group('Conversation', VERB, [
    {
      letter: 'M',
      name: 'helo',
      kind: 'text',
      value: 'NAME',
      sentence: "Host name or [address] to say hello with. Default: this machine's name.",
    },
    {
      letter: 'f',
      name: 'from',
      kind: 'text',
      value: 'ADDR',
      sentence: 'A sender that the server takes. Default: foo@ and the --helo name.',
    },
    {
      letter: 't',
      name: 'to',
      kind: 'text',
      value: 'ADDR',
      sentence: 'A recipient that the server takes. Default: foo@ and the --helo name.',
    },
    {
      name: 'timeout',
      kind: 'duration',
      min: 1,
      default: '10s',
      sentence: 'Longest wait for a reply; then there is no answer.',
    },
  ]),
  ...group('Connection', VERB, [
    { letter: '4', name: 'ipv4', kind: 'flag', sentence: 'Resolve the target to IPv4 only.' },
    { letter: '6', name: 'ipv6', kind: 'flag', sentence: 'Resolve the target to IPv6 only.' },
  ]),
  ...group('Output', VERB, [{ name: 'json', kind: 'flag', sentence: 'Print the result as one JSON document.' }]),
  ...group('Safety', VERB, [
    {
      name: 'i-own-this-server',
      kind: 'flag',
      onlyFlag: true,
      sentence: 'Allow a target that is neither loopback nor private.',
    },
  ]),
]
