/** The rows of `stampede sink`; Postfix's letters keep their meaning. */
import { group, type Option } from './option.js'

const SINK = ['sink'] as const

export const SINK_OPTIONS: readonly Option[] = [
  ...group('Listening', SINK, [
    { letter: '4', name: 'ipv4', kind: 'flag', sentence: 'Listen on IPv4 only.' },
    { letter: '6', name: 'ipv6', kind: 'flag', sentence: 'Listen on IPv6 only.' },
    {
      letter: 'm',
      name: 'max-sessions',
      kind: 'count',
      default: '1M',
      sentence: 'Simultaneous connections; more wait in the backlog.',
    },
    { name: 'workers', kind: 'workers', default: 'auto', sentence: 'Worker threads; auto is one less than the cores.' },
    {
      name: 'ready-fd',
      kind: 'count',
      min: 1,
      sentence: 'Write the address, one line, to this open descriptor once connections are taken.',
    },
  ]),
  ...group('Conversation', SINK, [
    {
      letter: 'h',
      name: 'hostname',
      kind: 'text',
      value: 'NAME',
      default: 'smtp-sink',
      sentence: 'Name in the greeting and the hello reply.',
    },
    {
      letter: 'L',
      name: 'lmtp',
      kind: 'flag',
      sentence: 'Speak LMTP: LHLO, and one reply per recipient after the content.',
    },
    {
      letter: 't',
      name: 'timeout',
      kind: 'duration',
      bareUnit: 's',
      min: 1,
      default: '100s',
      sentence: 'Close a connection that was idle this long. A bare number is seconds.',
    },
    { letter: 'p', name: 'no-pipelining', kind: 'flag', sentence: 'Do not announce PIPELINING.' },
    { letter: '8', name: 'no-8bitmime', kind: 'flag', sentence: 'Do not announce 8BITMIME.' },
    { letter: 'E', name: 'no-enhancedstatuscodes', kind: 'flag', sentence: 'Do not announce ENHANCEDSTATUSCODES.' },
    { name: 'no-chunking', kind: 'flag', sentence: 'Do not announce CHUNKING.' },
    {
      name: 'max-size',
      kind: 'size',
      sentence: 'Largest message; announced by SIZE, larger ones are refused. Default: no limit.',
    },
  ]),
  ...group('Ending', SINK, [
    { letter: 'M', name: 'quit-after-messages', kind: 'count', sentence: 'End after this many messages.' },
    { letter: 'n', name: 'quit-after-quits', kind: 'count', sentence: 'End after this many QUITs.' },
  ]),
  ...group('Output', SINK, [
    {
      letter: 'c',
      name: 'count',
      kind: 'counter',
      sentence: 'Running counters on stderr: connections closed, QUITs, messages.',
    },
    { name: 'json', kind: 'flag', sentence: 'Print the totals as one JSON document at the end.' },
    { name: 'quiet', kind: 'flag', sentence: 'Print nothing; the exit status tells.' },
  ]),
]
