/** The rows of `stampede stress`. */

import { group, type Option } from './option.js'
import { BASELINE, OUT, WATCH } from './options-judge.js'
import { METRICS_OF_RUN } from './options-metrics.js'
import { MALFORMED_SHARE, SLOW_OCTETS, SLOW_SHARE } from './stress-shares.js'

const STRESS = ['stress'] as const
const percent = (share: number) => `${share * 100}%`

export const STRESS_OPTIONS: readonly Option[] = [
  ...group('Target', STRESS, [
    {
      name: 'host',
      kind: 'text',
      value: 'HOST',
      default: 'localhost',
      sentence: 'Server to load: a name or an address.',
    },
    { letter: 'p', name: 'port', kind: 'count', default: '2525', sentence: 'Its port.' },
    {
      name: 'use-tls',
      kind: 'flag',
      sentence:
        'Encrypt by STARTTLS, and on port 465 from the first octet. The certificate is verified, except that of a server on loopback; not offered is an error.',
    },
    { name: 'insecure', kind: 'flag', sentence: 'Take any certificate; needs --use-tls.' },
    { name: 'username', kind: 'text', value: 'USER', sentence: 'Log in on every connection; needs --password.' },
    {
      name: 'password',
      kind: 'text',
      value: 'SECRET',
      sentence: 'The secret of --username; in the environment nobody else can read it off the command line.',
    },
    {
      name: 'auth-failure-rate',
      kind: 'share',
      default: '0.0',
      sentence: 'Share of the connections that try a wrong secret first; needs --username.',
    },
    {
      name: 'i-own-this-server',
      kind: 'flag',
      onlyFlag: true,
      sentence: 'Allow a target that is neither loopback nor private.',
    },
  ]),
  ...group('Load', STRESS, [
    {
      letter: 'd',
      name: 'duration',
      kind: 'duration',
      bareUnit: 's',
      min: 1,
      default: '300',
      sentence: 'End after this time. Here and below a bare number is seconds.',
    },
    { letter: 'c', name: 'max-connections', kind: 'count', default: '100', sentence: 'Most connections at once.' },
    {
      name: 'min-connections',
      kind: 'count',
      default: '10',
      sentence: 'Connections at the start, and between bursts; at most --max-connections.',
    },
    {
      name: 'ramp-up',
      kind: 'duration',
      bareUnit: 's',
      default: '30',
      sentence: 'Time from --min-connections to --max-connections, in a straight line; by default at most --duration.',
    },
    {
      name: 'burst-mode',
      kind: 'flag',
      sentence:
        'As many connections as the ramp allows only in bursts, the first at the start; --min-connections between them.',
    },
    {
      name: 'burst-interval',
      kind: 'duration',
      bareUnit: 's',
      min: 1,
      default: '30',
      sentence: 'Time from the beginning of a burst to that of the next; needs --burst-mode.',
    },
    {
      name: 'burst-duration',
      kind: 'duration',
      bareUnit: 's',
      min: 1,
      default: '5',
      sentence: 'How long a burst lasts; needs --burst-mode.',
    },
    {
      name: 'connection-reuse',
      kind: 'flag',
      default: 'on',
      negatable: true,
      sentence: 'Send several messages on a connection; without, each has its own.',
    },
    {
      name: 'messages-per-connection',
      kind: 'count',
      default: '10',
      sentence: 'Messages on a connection, exactly; then a new one.',
    },
    {
      name: 'seed',
      kind: 'text',
      value: 'HEX',
      sentence: 'Repeat the traffic of the run that had this seed, 1 to 16 hexadecimal digits. Random when not given.',
    },
  ]),
  ...group('Conversation', STRESS, [
    { name: 'message-size', kind: 'size', default: '1024', sentence: 'Payload of each message, in octets.' },
    {
      name: 'pipelining',
      kind: 'flag',
      sentence: 'Send commands in groups (RFC 2920) when the server offers it; without, one at a time.',
    },
    {
      name: 'slow-client',
      kind: 'flag',
      sentence: `Make ${percent(SLOW_SHARE)} of the connections, at least one, send their content ${SLOW_OCTETS} octets at a time, --slow-delay apart. What they send is in no figure.`,
    },
    {
      name: 'slow-delay',
      kind: 'duration',
      bareUnit: 's',
      min: 1,
      default: '0.1',
      sentence: 'Time between the pieces of slow clients; needs --slow-client.',
    },
    {
      name: 'malformed',
      kind: 'flag',
      sentence: `Make ${percent(MALFORMED_SHARE)} of the connections, at least one, go through the catalogue of malformed conversations. They are in no figure.`,
    },
  ]),
  ...group('Output', STRESS, [
    {
      name: 'no-monitor',
      kind: 'flag',
      sentence: 'Do not watch the CPU, memory, load and network of this machine, once a second.',
    },
    { letter: 'o', name: 'output', kind: 'file', sentence: 'Write the results to this file as JSON.' },
    BASELINE,
    WATCH,
    OUT,
    METRICS_OF_RUN,
  ]),
]
