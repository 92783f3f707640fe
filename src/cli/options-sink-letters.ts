/** The rows of `stampede sink` that are there for those who know Postfix's smtp-sink: its letters, with their meaning. */
import { group, type Option } from './option.js'

const SINK = ['sink'] as const
const COMMANDS = 'COMMANDS'

/** How it listens, and as whom. */
export const SINK_SOCKET_LETTERS: readonly Option[] = group('Listening', SINK, [
  {
    letter: 'T',
    name: 'tcp-window',
    kind: 'size',
    sentence: "Socket buffers of this many octets each way. Default: the system's.",
  },
  {
    letter: 'u',
    name: 'user',
    kind: 'text',
    value: 'USER',
    sentence: 'Become this user once the address is bound.',
  },
  {
    letter: 'R',
    name: 'chroot',
    kind: 'file',
    value: 'DIR',
    sentence: 'Change the root directory to this one, too; needs --user.',
  },
])

/** What it announces and understands. */
export const SINK_VOICE_LETTERS: readonly Option[] = group('Conversation', SINK, [
  { letter: 'a', name: 'no-auth', kind: 'flag', sentence: 'Do not offer AUTH; contradicts --auth.' },
  {
    letter: 'C',
    name: 'no-xclient',
    kind: 'flag',
    sentence: 'Accepted for compatibility: XCLIENT is never offered.',
  },
  { letter: 'e', name: 'no-esmtp', kind: 'flag', sentence: 'No EHLO, and no ESMTP in the greeting.' },
  {
    letter: 'F',
    name: 'no-xforward',
    kind: 'flag',
    sentence: 'Accepted for compatibility: XFORWARD is never offered.',
  },
  { letter: 'N', name: 'no-dsn', kind: 'flag', sentence: 'Do not announce DSN.' },
  {
    letter: 'P',
    name: 'pix',
    kind: 'flag',
    sentence: 'Greet with asterisks, as some firewalls make it; implies --no-esmtp.',
  },
  { name: 'no-smtputf8', kind: 'flag', sentence: 'Do not announce SMTPUTF8.' },
  {
    name: 'lenient-eod',
    kind: 'flag',
    sentence: 'Lone line ends count in content too: a dot between two LFs or two CRs ends it. For testing senders.',
  },
])

/** Rules of the receiver model in few words. */
export const SINK_RULE_LETTERS: readonly Option[] = group('Receiver model by letters', SINK, [
  {
    letter: 'f',
    name: 'reject-hard',
    kind: 'text',
    value: COMMANDS,
    sentence:
      'Refuse these commands with --hard-reply; implies --no-pipelining. A list of connect, helo, ehlo, lhlo (all three are one stage), xclient, xforward (whatever is unknown), auth, mail, rcpt, data, ., rset, noop, vrfy, quit. May be repeated, as those below; the first that applies wins: -q, -Q, -f, -r, -W.',
  },
  {
    letter: 'r',
    name: 'reject-soft',
    kind: 'text',
    value: COMMANDS,
    sentence: 'Refuse them with --soft-reply; implies --no-pipelining.',
  },
  {
    letter: 'B',
    name: 'hard-reply',
    kind: 'text',
    value: 'REPLY',
    default: '500 5.3.0 Error: command failed',
    sentence: 'What --reject-hard says: 5xx and a text.',
  },
  {
    letter: 'b',
    name: 'soft-reply',
    kind: 'text',
    value: 'REPLY',
    default: '450 4.3.0 Error: command failed',
    sentence: 'What --reject-soft says: 4xx and a text.',
  },
  {
    letter: 'q',
    name: 'disconnect-at',
    kind: 'text',
    value: COMMANDS,
    sentence: 'Close the connection at these commands without a word.',
  },
  {
    letter: 'Q',
    name: 'hang-up-at',
    kind: 'text',
    value: COMMANDS,
    sentence: 'Answer them 421 and close the connection.',
  },
  {
    letter: 'W',
    name: 'command-delay',
    kind: 'text',
    value: 'COMMAND:TIME[:ODDS]',
    sentence:
      'Wait before the reply to a command; a bare number is seconds. With ODDS (1 to 99) TIME as often as draws in a row come out at that percentage, so perhaps not at all.',
  },
  {
    letter: 'w',
    name: 'data-delay',
    kind: 'duration',
    bareUnit: 's',
    min: 1,
    sentence: 'The same as --command-delay data:TIME.',
  },
  {
    letter: 'H',
    name: 'data-read-delay',
    kind: 'duration',
    bareUnit: 's',
    min: 1,
    sentence: 'Read nothing for so long after the reply to DATA.',
  },
  {
    letter: 'A',
    name: 'premature-reply',
    kind: 'duration',
    bareUnit: 's',
    sentence: 'So long after the reply to DATA say 550, in the midst of the content, and close. Wins over -H.',
  },
])
