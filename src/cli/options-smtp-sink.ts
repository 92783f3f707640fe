/** The rows of the drop-in smtp-sink: letters only, with Postfix's meaning. Names are for the reader of this table. */
import { group, type Option } from './option.js'

const DOOR = ['smtp-sink'] as const
const COMMANDS = 'COMMANDS'

export const SMTP_SINK_OPTIONS: readonly Option[] = [
  ...group('Listening', DOOR, [
    { letter: '4', name: 'ipv4', kind: 'flag', sentence: 'Resolve the address to IPv4 only.' },
    { letter: '6', name: 'ipv6', kind: 'flag', sentence: 'Resolve the address to IPv6 only.' },
    {
      letter: 'm',
      name: 'max-sessions',
      kind: 'count',
      sentence: 'Simultaneous connections; more wait without a greeting. Default: 256.',
    },
    {
      letter: 'T',
      name: 'tcp-window',
      kind: 'count',
      sentence: "Socket buffers of this many octets each way. Default: the system's.",
    },
    {
      letter: 'u',
      name: 'user',
      kind: 'text',
      value: 'USER',
      sentence: 'Become this user once the address is bound. Root has to give one.',
    },
    {
      letter: 'R',
      name: 'root',
      kind: 'file',
      value: 'DIR',
      sentence: 'Change the root directory to this one; needs root, and is ignored without -u.',
    },
  ]),
  ...group('Conversation', DOOR, [
    {
      letter: 'L',
      name: 'lmtp',
      kind: 'flag',
      sentence: 'Speak LMTP: LHLO, one reply per recipient after the content.',
    },
    {
      letter: 'h',
      name: 'hostname',
      kind: 'text',
      value: 'NAME',
      sentence: 'Name in the greeting and the hello reply. Default: smtp-sink.',
    },
    { letter: 'e', name: 'no-esmtp', kind: 'flag', sentence: 'No EHLO, and no ESMTP in the greeting.' },
    {
      letter: 'P',
      name: 'pix',
      kind: 'flag',
      sentence: 'Greet with asterisks, as some firewalls make it; implies -e.',
    },
    { letter: 'p', name: 'no-pipelining', kind: 'flag', sentence: 'Do not announce PIPELINING.' },
    { letter: '8', name: 'no-8bitmime', kind: 'flag', sentence: 'Do not announce 8BITMIME.' },
    { letter: 'a', name: 'no-auth', kind: 'flag', sentence: 'Do not announce AUTH; the command is still taken.' },
    { letter: 'C', name: 'no-xclient', kind: 'flag', sentence: 'Do not announce XCLIENT, and do not know it.' },
    { letter: 'F', name: 'no-xforward', kind: 'flag', sentence: 'Do not announce XFORWARD, and do not know it.' },
    { letter: 'E', name: 'no-enhancedstatuscodes', kind: 'flag', sentence: 'Do not announce ENHANCEDSTATUSCODES.' },
    { letter: 'N', name: 'no-dsn', kind: 'flag', sentence: 'Do not announce DSN.' },
    {
      letter: 't',
      name: 'timeout',
      kind: 'count',
      sentence: 'Close a connection that said nothing for this many seconds. Default: 100.',
    },
  ]),
  ...group('Refusing', DOOR, [
    {
      letter: 'f',
      name: 'hard-reject',
      kind: 'text',
      value: COMMANDS,
      sentence: 'Answer these commands with the 5xx reply of -B; implies -p.',
    },
    {
      letter: 'r',
      name: 'soft-reject',
      kind: 'text',
      value: COMMANDS,
      sentence: 'Answer these commands with the 4xx reply of -b; implies -p.',
    },
    {
      letter: 'Q',
      name: 'disconnect',
      kind: 'text',
      value: COMMANDS,
      sentence: 'Answer these commands with 421, and close.',
    },
    {
      letter: 'q',
      name: 'hang-up',
      kind: 'text',
      value: COMMANDS,
      sentence: 'Close without a word on these commands.',
    },
    {
      letter: 'b',
      name: 'soft-reply',
      kind: 'text',
      value: 'REPLY',
      sentence: 'The reply of -r. Default: 450 4.3.0 Error: command failed.',
    },
    {
      letter: 'B',
      name: 'hard-reply',
      kind: 'text',
      value: 'REPLY',
      sentence: 'The reply of -f. Default: 500 5.3.0 Error: command failed.',
    },
    {
      letter: 'A',
      name: 'abort-after',
      kind: 'count',
      sentence: 'This many seconds after DATA, answer 550 and close before the content has come.',
    },
  ]),
  ...group('Delays', DOOR, [
    {
      letter: 'W',
      name: 'delay',
      kind: 'text',
      value: 'CMD:N[:P]',
      sentence: 'Answer a command N seconds later; with P, N times as often as P percent came true in a row.',
    },
    { letter: 'w', name: 'data-delay', kind: 'count', sentence: 'The same as -W data:N.' },
    { letter: 'H', name: 'read-delay', kind: 'count', sentence: 'Read content this many seconds after DATA.' },
  ]),
  ...group('Keeping', DOOR, [
    {
      letter: 'd',
      name: 'dump',
      kind: 'file',
      value: 'TEMPLATE',
      sentence: 'Write each message to a file: the template of strftime(3), and an id behind it.',
    },
    {
      letter: 'D',
      name: 'dump-all',
      kind: 'file',
      value: 'TEMPLATE',
      sentence: 'Append all messages to one file, the template of strftime(3). Excludes -d.',
    },
    {
      letter: 'S',
      name: 'start-string',
      kind: 'text',
      sentence: 'Text before each message that is kept; backslash escapes as in C.',
    },
  ]),
  ...group('Ending', DOOR, [
    { letter: 'M', name: 'quit-after-messages', kind: 'count', sentence: 'End after this many messages.' },
    {
      letter: 'n',
      name: 'quit-after-quits',
      kind: 'count',
      sentence: 'End when a connection closes and this many QUITs were said.',
    },
  ]),
  ...group('Output', DOOR, [
    { letter: 'c', name: 'count', kind: 'flag', sentence: 'Show running counters on stdout.' },
    {
      letter: 'v',
      name: 'verbose',
      kind: 'counter',
      sentence: 'Show connections and commands on stderr. May be repeated.',
    },
    { letter: 's', name: 'log', kind: 'text', value: COMMANDS, sentence: 'Tell these commands to syslog.' },
  ]),
]
