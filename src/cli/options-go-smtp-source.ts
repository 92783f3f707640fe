/** The rows of the drop-in go-smtp-source: one dash for each, letters and words. Their long names are for us alone. */
import { group, type Option } from './option.js'

const GO = ['go-smtp-source'] as const

export const GO_SMTP_SOURCE_OPTIONS: readonly Option[] = [
  ...group('Load', GO, [
    { letter: 's', name: 'sessions', kind: 'count', default: '1', sentence: 'Sessions at a time.' },
    { letter: 'm', name: 'messages', kind: 'count', default: '1', sentence: 'Messages in all.' },
    {
      letter: 'q',
      name: 'rate',
      kind: 'rate',
      value: 'N',
      default: '0',
      sentence: 'Messages a second, spaced evenly; 0 is no limit. Late ones catch up.',
    },
    {
      letter: 'd',
      name: 'reuse',
      kind: 'flag',
      sentence: 'Do not disconnect: send the next message over the same connection.',
    },
  ]),
  ...group('Connection', GO, [
    {
      name: 'tls',
      kind: 'flag',
      sentence: 'Use STARTTLS, whatever the certificate; not offered is an error.',
    },
    {
      name: 'resolve-once',
      kind: 'flag',
      sentence: 'Look the name up once for all connections, not anew for each.',
    },
  ]),
  ...group('Mail', GO, [
    { letter: 'f', name: 'from', kind: 'text', value: 'ADDR', default: 'from@example.com', sentence: 'Sender.' },
    { letter: 't', name: 'to', kind: 'text', value: 'ADDR', default: 'to@example.com', sentence: 'Recipient.' },
    {
      letter: 'r',
      name: 'recipients',
      kind: 'count',
      default: '1',
      sentence: 'Recipients of each message: a number is put in front of all but the last.',
    },
    {
      letter: 'S',
      name: 'subject',
      kind: 'text',
      default: 'from go-smtp-source',
      sentence: 'Subject, as it is: a percent sign means nothing.',
    },
    {
      letter: 'l',
      name: 'size',
      kind: 'count',
      default: '0',
      sentence: 'Octets of the body; 0 is four lines of text.',
    },
    { letter: 'F', name: 'message-file', kind: 'file', sentence: 'Send this file as headers and body. Excludes -l.' },
  ]),
  ...group('Output', GO, [
    {
      letter: 'v',
      name: 'verbose',
      kind: 'flag',
      sentence: 'Say on stderr what will be done and how far it is, and print a summary.',
    },
  ]),
]
