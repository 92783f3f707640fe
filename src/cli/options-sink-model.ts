/** The rows of `stampede sink` that make it behave like a real receiver, or misbehave. */
import { PROFILE_NAMES } from '../smtp/profiles.js'
import { group, type Option } from './option.js'

const SINK = ['sink'] as const

/** Rules may be repeated; those of one name given as flags take the place of the same section of the file. */
export const SINK_MODEL_OPTIONS: readonly Option[] = group('Receiver model', SINK, [
  {
    name: 'profile',
    kind: 'choice',
    choices: PROFILE_NAMES,
    value: 'NAME',
    sentence: `Manners of a kind of receiver, as a model: ${PROFILE_NAMES.join(', ')}. --policy and flags win over it.`,
  },
  {
    name: 'policy',
    kind: 'file',
    sentence: 'Rules from a file, .json, .yaml or .yml, in the form that --print-policy shows. Flags win over it.',
  },
  { name: 'print-policy', kind: 'flag', onlyFlag: true, sentence: 'Print the rules as a policy file and end.' },
  {
    name: 'seed',
    kind: 'text',
    value: 'HEX',
    sentence: 'Seed of all chance, up to 16 hexadecimal digits. Default: a new one, told in the summary.',
  },
  {
    name: 'reject',
    kind: 'text',
    value: 'STAGE:CODE[:SHARE][:TEXT]',
    sentence:
      'Answer a share (0.02 or 2%) of a stage with this code; 421 also closes. Stages: connect, hello, starttls, auth, mail, rcpt, data, dot, rset, noop, vrfy, quit, other; several between commas, or all. May be repeated, as the rules below.',
  },
  {
    name: 'delay',
    kind: 'text',
    value: 'STAGE:TIME[:SHARE]',
    onlyFlag: true,
    sentence:
      'Wait before replies: 20ms, 10ms..50ms, exp:MEAN, normal:MEAN:SD, lognormal:MEDIAN:P99 or geometric:TIME:ODDS. Delays of a stage add up.',
  },
  {
    name: 'limit',
    kind: 'text',
    value: 'PER:RATE[:BURST[:CODE]]',
    sentence:
      'Token bucket per connection or client (address: connections, messages), sender or domain (of recipients), such as client:10/s:20. Empty: 421, or 451 for sender and domain. BURST defaults to one second of RATE.',
  },
  { name: 'max-recipients', kind: 'text', value: 'N[:CODE]', sentence: 'Recipients of a message; beyond, 452 4.5.3.' },
  {
    name: 'max-messages',
    kind: 'text',
    value: 'N[:CODE]',
    sentence: 'Messages of a session; then MAIL is answered 421 and the connection closed.',
  },
  {
    name: 'greylist',
    kind: 'text',
    value: 'PASS[:LIFETIME]',
    sentence:
      'Answer 451 until PASS has gone since a client, sender and recipient were first seen together; forget them when not seen for LIFETIME (36d).',
  },
  {
    name: 'tarpit',
    kind: 'text',
    value: 'PER:STEP[:FREE[:MAX]]',
    sentence:
      'Every reply waits STEP for each connection, of the client or in all, above FREE (0), at most MAX (1m): client:5ms:2:1s.',
  },
  { name: 'slow-banner', kind: 'text', value: 'TIME[:SHARE]', sentence: 'Wait before the greeting.' },
  {
    name: 'slow-read',
    kind: 'text',
    value: 'TIME[:SHARE]',
    sentence: 'Read nothing for so long after each read, on a share of the connections.',
  },
  {
    name: 'drip',
    kind: 'text',
    value: 'OCTETS:TIME[:SHARE]',
    sentence: 'Write replies in pieces of so many octets, so long apart, on a share of the connections.',
  },
  {
    name: 'disconnect',
    kind: 'text',
    value: 'STAGE[:SHARE]',
    sentence: 'Close the connection without a word at this stage.',
  },
  { name: 'reset-at', kind: 'text', value: 'STAGE[:SHARE]', sentence: 'Reset the connection at this stage.' },
  {
    name: 'cut',
    kind: 'text',
    value: 'OCTETS[:SHARE]',
    sentence: 'Reset the connection after so many octets of content, or any number of A..B.',
  },
  {
    name: 'wrong',
    kind: 'text',
    value: 'STAGE:CODE[:SHARE][:TEXT]',
    sentence: 'Let the command take effect, and answer it with a code that is not due, such as data:250.',
  },
  {
    name: 'malformed',
    kind: 'text',
    value: 'STAGE:KIND[:SHARE]',
    sentence:
      'Let the command take effect, and answer with what is no reply: no-code, bare-lf, overlong, nul, or half (of a reply of several lines).',
  },
])
