/** Clients that misbehave on purpose, and the command that plays the catalogue of malformed conversations by itself. */
import { group, type Option } from './option.js'

export const FAULT_OPTIONS: readonly Option[] = group(
  'Misbehaving clients',
  ['source'],
  [
    {
      name: 'slow-client',
      kind: 'text',
      value: 'SHARE[:WHERE[:N/TIME]]',
      repeatable: true,
      sentence:
        'This share of the sessions is slow in its commands, in data, or in reading replies: N octets every TIME. WHERE is commands, data or read; data:16/100ms unless given. May be repeated.',
    },
    {
      name: 'malformed',
      kind: 'text',
      value: 'SHARE[:CASE,CASE...]',
      repeatable: true,
      sentence:
        "This share of the sessions goes through malformed conversations, all of the catalogue or these cases; a table at the end judges the answers. 'stampede malformed --list' names the cases.",
    },
    {
      name: 'abort',
      kind: 'text',
      value: 'SHARE[:STAGE[:HOW]]',
      repeatable: true,
      sentence:
        'This share of the sessions breaks off at a stage: connect, greeting, ehlo, starttls, auth, mail, rcpt, data, body (half of the content sent) or dot; by reset or close. body:reset unless given. May be repeated.',
    },
    {
      name: 'half-open',
      kind: 'text',
      value: 'SHARE[:TIME]',
      repeatable: true,
      sentence:
        'This share of the sessions sends FIN after EHLO and stays until the server leaves too, or for TIME; 60s unless given.',
    },
    {
      name: 'connect-flood',
      kind: 'text',
      value: 'RATE[:OPEN]',
      repeatable: true,
      sentence:
        'Connections that say nothing, RATE of them beside the sessions; with OPEN of them (100 unless given) the oldest leaves for each new one.',
    },
    {
      name: 'fault-after',
      kind: 'duration',
      sentence:
        'Misbehave only after this time, so that what came before can be compared. A quarter of --duration, or of --messages, unless given, and 15s at most.',
    },
  ],
)
