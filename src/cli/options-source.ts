/** The rows of `stampede source` and of the drop-in smtp-source; Postfix's letters keep their meaning. */
import { group, type Option } from './option.js'
import { MAIL_OPTIONS } from './options-mail.js'
import { METRICS_OF_RUN } from './options-metrics.js'

const SOURCE = ['source'] as const
/** `stampede source` and the drop-in door. */
const BOTH = ['source', 'smtp-source'] as const

export const SOURCE_OPTIONS: readonly Option[] = [
  ...group('Load', BOTH, [
    { letter: 's', name: 'sessions', kind: 'count', default: '1', sentence: 'Parallel sessions.' },
    {
      letter: 'm',
      name: 'messages',
      kind: 'count',
      sentence: 'Messages in all, shared by the sessions. 1 unless --duration or --rate is given.',
      doorSentence: 'Messages in all, shared by the sessions. Default: 1.',
    },
  ]),
  ...group('Load', SOURCE, [
    {
      name: 'duration',
      kind: 'duration',
      min: 1,
      sentence: 'End after this time; with --messages, whichever comes first.',
    },
    { name: 'per-session', kind: 'count', sentence: 'Messages on one connection, exactly; then a new one.' },
    {
      name: 'workers',
      kind: 'workers',
      default: 'auto',
      sentence: 'Worker threads, never more than sessions; auto is one less than the cores.',
    },
    { name: 'drain', kind: 'duration', default: '5s', sentence: 'How long a stopped run waits for what is under way.' },
    {
      name: 'seed',
      kind: 'text',
      value: 'HEX',
      sentence: 'Repeat the traffic of the run that had this seed, 1 to 16 hexadecimal digits. Random when not given.',
    },
  ]),
  ...group('Load', BOTH, [
    {
      letter: 'd',
      name: 'reuse',
      kind: 'flag',
      default: 'on',
      negatable: true,
      sentence: 'Keep the connection for the next message; --no-reuse makes one for each.',
      doorSentence: 'Do not disconnect: send the next message over the same connection.',
    },
    {
      letter: 'w',
      name: 'delay',
      kind: 'duration',
      bareUnit: 's',
      min: 1,
      sentence: 'Wait after each message, fixed. A bare number is seconds.',
      doorSentence: 'Wait this many seconds after each message.',
    },
    {
      letter: 'R',
      name: 'random-delay',
      kind: 'duration',
      bareUnit: 's',
      min: 1,
      sentence: 'Wait after each message, drawn from 0 to this. A bare number is seconds and draws whole ones.',
      doorSentence: 'Wait a random number of seconds, from 0 to this, after each message.',
    },
  ]),
  ...group('Conversation', SOURCE, [
    {
      name: 'pipelining',
      kind: 'choice',
      choices: ['auto', 'off', 'require'],
      default: 'auto',
      sentence: 'Send commands in groups (RFC 2920): when offered, never, or else fail.',
    },
    {
      name: 'chunking',
      kind: 'choice',
      choices: ['off', 'auto', 'require'],
      default: 'off',
      sentence: 'Send content by BDAT (RFC 3030): never, when offered, or else fail.',
    },
    {
      name: 'depth',
      kind: 'count',
      sentence: 'Transactions in flight per session, with --chunking. 16 with --chunking, else 1.',
    },
  ]),
  ...group('Conversation', BOTH, [
    {
      letter: 'L',
      name: 'lmtp',
      kind: 'flag',
      sentence: 'Speak LMTP: LHLO, and one reply per recipient after the content.',
    },
    {
      letter: 'M',
      name: 'helo',
      aliases: ['myhostname'],
      kind: 'text',
      value: 'NAME',
      sentence:
        "Host name or [address] to say hello with; also the domain of default addresses. Default: this machine's name.",
    },
    {
      letter: 'o',
      name: 'old',
      kind: 'flag',
      sentence: 'Old mode: neither hello nor generated headers.',
    },
  ]),
  ...group('Conversation', SOURCE, [
    {
      name: 'until',
      kind: 'choice',
      choices: ['connect', 'greeting', 'ehlo', 'starttls', 'auth', 'mail', 'rcpt'],
      sentence: 'Stop each session at this stage and count handshakes instead of messages.',
    },
    {
      name: 'hold',
      kind: 'duration',
      default: '0s',
      sentence: 'Idle this long at the stage of --until before leaving.',
    },
  ]),
  ...group('Connection', BOTH, [
    { letter: '4', name: 'ipv4', kind: 'flag', sentence: 'Resolve the target to IPv4 only.' },
    { letter: '6', name: 'ipv6', kind: 'flag', sentence: 'Resolve the target to IPv6 only.' },
    {
      letter: 'C',
      name: 'connect-tries',
      kind: 'count',
      default: '1',
      sentence: 'Attempts to connect, in a row, before the message counts as failed.',
      doorSentence: 'Connection attempts allowed to each session. Default: 1.',
    },
    {
      letter: 'T',
      name: 'tcp-window',
      kind: 'size',
      sentence: "Socket buffers of this many octets each way. Default: the system's.",
    },
  ]),
  ...group('Connection', SOURCE, [
    {
      name: 'source-ip',
      kind: 'list',
      sentence: 'Connect from these addresses in turn: commas between, ranges as 127.0.0.1-127.0.0.9.',
    },
    { name: 'connect-burst', kind: 'count', default: '1', sentence: 'Handshakes outstanding at once, per worker.' },
    { name: 'connect-timeout', kind: 'duration', min: 1, default: '30s', sentence: 'Longest wait for a connection.' },
    {
      name: 'timeout',
      kind: 'duration',
      min: 1,
      sentence: 'Longest wait for any reply or write. Default: the waits of RFC 5321, stage by stage.',
    },
  ]),
  ...MAIL_OPTIONS,
  ...group('Failed mail', BOTH, [
    {
      letter: 'A',
      name: 'allow-reject',
      kind: 'flag',
      sentence: 'Refused and deferred mail is part of the test: it does not spoil the exit status.',
      doorSentence: 'Do not abort when the server refuses; warn and carry on.',
    },
  ]),
  ...group('Failed mail', SOURCE, [
    {
      name: 'retry',
      kind: 'choice',
      choices: ['off', 'later'],
      default: 'off',
      sentence: 'later: refused mail is sent once more at the end.',
    },
    { name: 'stop-on-error', kind: 'flag', sentence: 'End the run at the first message that is not accepted.' },
  ]),
  ...group('Output', BOTH, [
    {
      letter: 'c',
      name: 'count',
      kind: 'counter',
      sentence: 'Running count: progress on stderr every second, also when that is not a terminal.',
      doorSentence: 'Show a running counter on stdout.',
    },
    {
      letter: 'v',
      name: 'verbose',
      kind: 'counter',
      sentence: 'Say on stderr what will be done; twice: with the health of the workers at the end.',
      doorSentence: 'Show commands and replies on stderr. May be repeated.',
    },
  ]),
  ...group('Output', SOURCE, [
    { name: 'json', kind: 'flag', sentence: 'Print the result as one JSON document.' },
    { name: 'quiet', kind: 'flag', sentence: 'No progress and no summary; the exit status tells.' },
    { name: 'no-progress', kind: 'flag', sentence: 'As --live off.' },
    { name: 'print-plan', kind: 'flag', onlyFlag: true, sentence: 'Print what would be done as JSON, and do nothing.' },
    {
      name: 'strict',
      kind: 'flag',
      sentence:
        'Exit with 98 when the generator was saturated: the figures then say more about it than about the server.',
    },
    METRICS_OF_RUN,
    {
      name: 'no-record',
      kind: 'flag',
      hidden: true,
      sentence: 'Record no phases and histograms; for measuring what recording costs.',
    },
  ]),
  ...group('Safety', SOURCE, [
    {
      name: 'i-own-this-server',
      kind: 'flag',
      onlyFlag: true,
      sentence: 'Allow a target that is neither loopback nor private.',
    },
  ]),
]
