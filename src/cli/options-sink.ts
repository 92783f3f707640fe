/** The rows of `stampede sink`; Postfix's letters keep their meaning. */
import { group, type Option } from './option.js'
import { METRICS_OF_SINK } from './options-metrics.js'
import { SINK_RULE_LETTERS, SINK_SOCKET_LETTERS, SINK_VOICE_LETTERS } from './options-sink-letters.js'
import { SINK_MODEL_OPTIONS } from './options-sink-model.js'

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
  ...SINK_SOCKET_LETTERS,
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
  ...SINK_VOICE_LETTERS,
  ...group('TLS', SINK, [
    {
      name: 'tls',
      kind: 'choice',
      choices: ['off', 'starttls', 'implicit'],
      default: 'off',
      sentence: 'Offer STARTTLS, or speak TLS from the first octet, as LISTEN smtps://HOST:PORT does too.',
    },
    {
      name: 'tls-cert',
      kind: 'file',
      sentence:
        'Certificate in PEM, then those above it. Default: one made at start, signed by itself, for --hostname.',
    },
    { name: 'tls-key', kind: 'file', sentence: 'Private key of --tls-cert in PEM, without a passphrase.' },
    { name: 'tls-min', kind: 'choice', choices: ['1.2', '1.3'], sentence: 'Lowest version of TLS.' },
    { name: 'tls-max', kind: 'choice', choices: ['1.2', '1.3'], sentence: 'Highest version of TLS.' },
    { name: 'ciphers', kind: 'text', value: 'LIST', sentence: "Cipher suites, as 'openssl ciphers' names them." },
    {
      name: 'tls-client-ca',
      kind: 'file',
      sentence: 'Ask for client certificates, and take those only that these certificates (PEM) have signed.',
    },
  ]),
  ...group('AUTH', SINK, [
    {
      name: 'auth',
      kind: 'list',
      value: 'MECHS|off',
      default: 'off',
      sentence:
        'Offer AUTH: some of plain, login, cram-md5, xoauth2, scram-sha-256, or all. Everyone is accepted; scram-sha-256 is offered with --auth-users only, for its server has to know the password.',
    },
    {
      name: 'auth-users',
      kind: 'file',
      sentence: 'Accept these only: user:password (or user:token) on each line; # begins a comment.',
    },
    { name: 'auth-required', kind: 'flag', sentence: 'Answer MAIL with 530 until AUTH has succeeded.' },
  ]),
  ...SINK_MODEL_OPTIONS,
  ...SINK_RULE_LETTERS,
  ...group('Keeping', SINK, [
    {
      name: 'ledger',
      kind: 'file',
      sentence: 'Append a line of JSON for each accepted message: Message-Id, SHA-256 of the body, octets, addresses.',
    },
    {
      letter: 'd',
      name: 'dump-each',
      kind: 'text',
      value: 'TEMPLATE',
      sentence: 'Write each message into a file of its own: TEMPLATE, expanded by strftime(3), and eight digits.',
    },
    {
      letter: 'D',
      name: 'dump-all',
      kind: 'text',
      value: 'TEMPLATE',
      sentence: 'Append all messages to one file: TEMPLATE, expanded by strftime(3).',
    },
    {
      letter: 'S',
      name: 'dump-start',
      kind: 'text',
      sentence: 'Begin each message of a dump with TEXT; escapes such as \\n are understood.',
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
    {
      letter: 'v',
      name: 'verbose',
      kind: 'counter',
      sentence: 'Show connections and commands on stderr, secrets of AUTH left out.',
    },
    {
      letter: 's',
      name: 'log',
      kind: 'text',
      value: 'COMMANDS',
      sentence: 'Tell these commands to syslog, secrets left out; a list as with --reject-hard.',
    },
    METRICS_OF_SINK,
    { name: 'json', kind: 'flag', sentence: 'Print the totals as one JSON document at the end.' },
    { name: 'quiet', kind: 'flag', sentence: 'Print nothing; the exit status tells.' },
  ]),
]
