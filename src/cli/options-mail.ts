/** The rows of what is sent. Postfix's letters keep their meaning; `stampede source` takes more behind some of them. */
import { group, type Option } from './option.js'

const SOURCE = ['source'] as const
const DOOR = ['smtp-source'] as const
/** `stampede source` and the drop-in door. */
const BOTH = ['source', 'smtp-source'] as const

export const MAIL_OPTIONS: readonly Option[] = [
  ...group('Mail', BOTH, [
    {
      letter: 'f',
      name: 'from',
      aliases: ['sender'],
      kind: 'text',
      value: 'ADDR',
      sentence:
        'Envelope sender, as it is; may be empty. With --from-pool a pattern. Default: foo@ and the --helo name.',
      doorSentence: 'Envelope sender, as it is; may be empty. Default: foo@ and the -M name.',
    },
    {
      letter: 't',
      name: 'to',
      aliases: ['recipient'],
      kind: 'text',
      value: 'ADDR',
      sentence: 'Envelope recipient, as it is. With --rcpt-pool a pattern. Default: foo@ and the --helo name.',
      doorSentence: 'Envelope recipient, as it is. Default: foo@ and the -M name.',
    },
  ]),
  ...group('Mail', DOOR, [
    { letter: 'r', name: 'recipients', kind: 'count', default: '1', sentence: 'Recipients of each message, numbered.' },
  ]),
  ...group('Mail', SOURCE, [
    {
      letter: 'r',
      name: 'recipients',
      kind: 'counts',
      default: '1',
      sentence: 'Recipients of each message, numbered; 1..25 draws how many.',
    },
  ]),
  ...group('Mail', BOTH, [
    {
      letter: 'N',
      name: 'number-rcpt',
      kind: 'flag',
      sentence: 'Number recipients from one counter for the whole run.',
    },
    {
      name: 'numbering',
      kind: 'choice',
      choices: ['newest', 'classic'],
      default: 'newest',
      sentence: 'Where the number goes: after the local part (Postfix 3.9 and later) or in front of it.',
    },
  ]),
  ...group('Mail', SOURCE, [
    {
      name: 'from-pool',
      kind: 'count',
      sentence:
        'This many senders, numbered from 1: behind the local part of --from, or where %d (or %05d) stands in it; %% is a percent sign.',
    },
    {
      name: 'rcpt-pool',
      kind: 'count',
      sentence: 'This many recipients, numbered as those of --from-pool are, by the pattern of --to.',
    },
    { name: 'from-file', kind: 'file', sentence: 'Senders from this file, one a line.' },
    { name: 'rcpt-file', kind: 'file', sentence: 'Recipients from this file, one a line.' },
    {
      name: 'pool-order',
      kind: 'choice',
      choices: ['random', 'turn'],
      default: 'random',
      sentence: 'Addresses of pools and files are drawn by the seed, or taken one after the other.',
    },
  ]),
  ...group('Mail', DOOR, [
    {
      letter: 'l',
      name: 'size',
      aliases: ['message-size'],
      kind: 'size',
      sentence: 'Payload of this many octets instead of four lines of text.',
    },
  ]),
  ...group('Mail', SOURCE, [
    {
      letter: 'l',
      name: 'size',
      aliases: ['message-size'],
      kind: 'sizes',
      sentence:
        'Payload of this many octets instead of four lines of text; or drawn: 1KiB..64KiB evenly, lognormal:MEDIAN,SIGMA or lognormal:p50=8KiB,p99=200KiB (bounds as ,1KiB..1MiB behind), file:NAME with lines of size and count. Of a distribution 256 sizes are sent, the middles of equal shares.',
    },
  ]),
  ...group('Mail', BOTH, [
    {
      letter: 'F',
      name: 'message-file',
      kind: 'file',
      sentence: 'Send this file as headers and body. Excludes -l.',
    },
  ]),
  ...group('Mail', SOURCE, [
    {
      name: 'corpus',
      kind: 'file',
      value: 'PATH[=WEIGHT]',
      repeatable: true,
      sentence:
        'Send whole messages: the .eml files of a directory, an mbox, or one file; each place as often as its weight says. Lines over 998 octets are broken.',
    },
    {
      name: 'mime',
      kind: 'text',
      value: 'KIND:SIZE,…',
      sentence:
        'Send a MIME message composed once of these parts, such as text:2KiB,html:4KiB,pdf:100KiB; kinds are text, html, pdf, image, zip and binary.',
    },
  ]),
  ...group('Mail', BOTH, [
    { letter: 'S', name: 'subject', kind: 'text', sentence: 'Add this Subject to the generated headers.' },
  ]),
  ...group('Mail', SOURCE, [
    {
      name: 'header',
      kind: 'text',
      value: "'NAME: VALUE'",
      repeatable: true,
      sentence: 'Add this line to the generated headers.',
    },
    {
      name: 'declare-size',
      kind: 'flag',
      sentence: 'Announce the size of each message with MAIL where the server offers SIZE (RFC 1870).',
    },
  ]),
]
