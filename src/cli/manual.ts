/** Manual pages in man(7) roff, made from the table. `man -l` and mandoc take them. */
import { mkdirSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { UsageError } from '../base/errors.js'
import { version } from '../base/version.js'
import { DOOR_COMMANDS } from '../plan/sink-door-plan.js'
import { describe, grouped, valueName } from './help.js'
import { environmentName, isDoor, type Option, takesValue, type Verb } from './option.js'
import { optionsOf } from './options.js'
import { reasonOf } from './read-file.js'
import { atMostOne, VERBS } from './verbs.js'

/** `stampede manual [DIRECTORY]`. */
export function manualVerb(args: readonly string[]): number {
  const directory = atMostOne('manual', args)
  const pages = manualPages()
  if (directory === undefined) {
    process.stdout.write([...pages.values()].join(''))
    return 0
  }
  try {
    mkdirSync(directory, { recursive: true })
    for (const [name, page] of pages) writeFileSync(join(directory, name), page)
  } catch (error) {
    throw new UsageError(
      `manual: cannot write to '${directory}' (${reasonOf(error)}); give a directory that can be written.`,
    )
  }
  process.stdout.write([...pages.keys()].map((name) => `${join(directory, name)}\n`).join(''))
  return 0
}

/** The pages by file name. */
export function manualPages(): Map<string, string> {
  return new Map([
    ['stampede.1', programPage()],
    ['stampede-source.1', verbPage('source', 'stampede-source')],
    ['stampede-sink.1', verbPage('sink', 'stampede-sink')],
    ['smtp-source.1', verbPage('smtp-source', 'smtp-source')],
    ['smtp-sink.1', verbPage('smtp-sink', 'smtp-sink')],
  ])
}

function programPage(): string {
  return page('stampede', 'load engine for SMTP and LMTP', [
    ['SYNOPSIS', '\\fBstampede\\fR \\fICOMMAND\\fR [\\fIOPTION\\fR]... [\\fIOPERAND\\fR]...'],
    [
      'DESCRIPTION',
      'Sends mail to saturate a server from one machine, receives mail as fast, and says which side was the limit.',
    ],
    [
      'COMMANDS',
      VERBS.map(({ name, synopsis, sentence }) => tagged(bold(name), `${roff(sentence)}\n.br\n${roff(synopsis)}`)).join(
        '\n',
      ),
    ],
    [
      'OPTIONS',
      [
        tagged(bold('--help'), 'Show the commands and end.'),
        tagged(bold('--version'), 'Show the version and end.'),
      ].join('\n'),
    ],
    ['EXIT STATUS', EXIT],
    [
      'EXAMPLES',
      example(
        'A sink on all cores but one, and ten seconds of mail over ten connections:',
        'stampede sink 127.0.0.1:2525 &',
        'stampede source -s 10 --duration 10s 127.0.0.1:2525',
      ),
    ],
    ['SEE ALSO', '\\fBstampede-source\\fR(1), \\fBstampede-sink\\fR(1), \\fBsmtp-source\\fR(1), \\fBsmtp-sink\\fR(1)'],
  ])
}

function verbPage(verb: Verb, name: string): string {
  const info = VERBS.find((one) => one.name === verb)!
  const command = isDoor(verb) ? [verb] : ['stampede', verb]
  const operands = info.synopsis.slice(info.synopsis.indexOf('['))
  const sections: [string, string][] = [
    ['SYNOPSIS', `${command.map(bold).join(' ')} ${roff(operands).replace(/[A-Z]{2,}/g, '\\fI$&\\fR')}`],
    ['DESCRIPTION', `${roff(info.sentence)}\n.PP\n${DESCRIPTIONS[verb]}`],
  ]
  const options: string[] = []
  for (const [group, rows] of grouped(verb)) {
    options.push(`.SS ${quoted(group)}`)
    for (const option of rows) options.push(tagged(names(option, verb), roff(sentences(option, verb))))
  }
  sections.push(['OPTIONS', options.join('\n')])
  sections.push(['EXIT STATUS', DOOR_EXIT[verb] ?? EXIT])
  if (verb !== 'smtp-sink') sections.push(['ENVIRONMENT', environment(verb)])
  sections.push(['EXAMPLES', EXAMPLES[verb]])
  sections.push([
    'SEE ALSO',
    isDoor(verb)
      ? `\\fBstampede\\fR(1), ${bold(verb === 'smtp-source' ? 'stampede-source' : 'stampede-sink')}(1)`
      : `\\fBstampede\\fR(1), ${bold(verb === 'source' ? 'smtp-source' : 'smtp-sink')}(1)`,
  ])
  return page(name, info.sentence.replace(/\.$/, ''), sections)
}

const EXIT = [
  ['0', 'All was done and accepted.'],
  ['1', 'Something was not accepted, or it could not be done.'],
  ['2', 'Wrong options.'],
  ['98', 'With \\fB\\-\\-strict\\fR: the generator was saturated.'],
  ['128+n', 'Ended by signal n; what was measured is still printed.'],
]
  .map(([status, meaning]) => tagged(bold(status!), meaning!))
  .join('\n')

const DOOR_EXIT: Readonly<Partial<Record<Verb, string>>> = {
  'smtp-source': 'The status is 0 when all messages were attempted, else 1.',
  'smtp-sink': 'The status is 0 when \\fB\\-M\\fR or \\fB\\-n\\fR ended it, else 1. Signals have their usual effect.',
}

const DESCRIPTIONS: Readonly<Record<Verb, string>> = {
  source: [
    'The target is \\fIhost\\fR, \\fIhost\\fR:\\fIport\\fR, [\\fIIPv6\\fR]:\\fIport\\fR, \\fBunix:\\fR\\fI/path\\fR, or a URL \\fBsmtp://\\fR or \\fBlmtp://\\fR; port 25 by default.',
    'Connections are kept, commands are grouped when the server offers PIPELINING, and a summary says how many messages met which end, how long each took, and whether server or generator was the limit.',
    'A target that is neither loopback nor private needs \\fB\\-\\-i\\-own\\-this\\-server\\fR.',
    '.PP\nThe first SIGINT or SIGTERM lets what is under way come to its end (\\fB\\-\\-drain\\fR); the second leaves at once.',
    '.PP\nCounts take k, M and G; sizes also kB, MB, KiB and MiB; times ms, s, m and h; rates /s, /m and /h.',
  ].join('\n'),
  sink: [
    'The address is :\\fIport\\fR, \\fIhost\\fR:\\fIport\\fR, [\\fIIPv6\\fR]:\\fIport\\fR or \\fBunix:\\fR\\fI/path\\fR; port 0 lets the system choose.',
    'The backlog is the queue of connections not yet taken.',
    '.PP\nCounts take k, M and G; sizes also kB, MB, KiB and MiB; times ms, s, m and h.',
  ].join('\n'),
  'smtp-source': [
    "Takes the options of Postfix's program of that name and behaves like it: HELO, one command at a time, one connection a message unless \\fB\\-d\\fR, silent but for \\fB\\-c\\fR and \\fB\\-v\\fR, ended by the first refusal unless \\fB\\-A\\fR.",
    'Options end at the first operand, which is [\\fBinet:\\fR]\\fIhost\\fR[:\\fIport\\fR] or \\fBunix:\\fR\\fIpath\\fR.',
    '.PP\nNumbers are read as the C library does: what follows the digits is ignored.',
  ].join('\n'),
  'smtp-sink': [
    "Takes the options of Postfix's program of that name and behaves like it: the same replies, counters, dump files and diagnostics, silent but for \\fB\\-c\\fR and \\fB\\-v\\fR.",
    'What it receives is counted and thrown away unless \\fB\\-d\\fR or \\fB\\-D\\fR is given. It runs until \\fB\\-M\\fR, \\fB\\-n\\fR or a signal ends it.',
    'Options end at the first operand, which is [\\fBinet:\\fR][\\fIhost\\fR]:\\fIport\\fR or \\fBunix:\\fR\\fIpath\\fR; the second is the queue of connections not yet taken.',
    `.PP\n\\fICOMMANDS\\fR are words with commas or blanks between: ${DOOR_COMMANDS.map(bold).join(', ')}.`,
    '\\fBconnect\\fR is the greeting and \\fB.\\fR the end of the content. Of \\fB\\-q\\fR, \\fB\\-Q\\fR, \\fB\\-f\\fR, \\fB\\-r\\fR and \\fB\\-W\\fR for one command, the first in this order acts.',
    '.PP\nNumbers are read as the C library does: what follows the digits is ignored.',
  ].join('\n'),
}

const EXAMPLES: Readonly<Record<Verb, string>> = {
  source: [
    example(
      'A hundred thousand messages of 10 KiB over 50 connections:',
      'stampede source -s 50 -m 100k -l 10KiB 127.0.0.1:2525',
    ),
    example(
      'Five thousand messages a second for a minute, whatever the answers:',
      'stampede source -s 200 --rate 5k/s --duration 60s 127.0.0.1:2525',
    ),
  ].join('\n'),
  sink: example('A sink that ends after 1,000 messages:', 'stampede sink -M 1000 127.0.0.1:2525'),
  'smtp-source': example(
    'Ten sessions, a thousand messages, connections kept, with a counter:',
    'smtp-source -c -d -s 10 -m 1000 127.0.0.1:2525',
  ),
  'smtp-sink': [
    example('Running counters, and the end after a thousand messages:', 'smtp-sink -c -M 1000 127.0.0.1:2525 100'),
    example(
      'Every recipient refused for now, and replies to DATA two seconds late:',
      'smtp-sink -r rcpt -W data:2 127.0.0.1:2525 100',
    ),
  ].join('\n'),
}

function names(option: Option, verb: Verb): string {
  const long = [option.name, ...option.aliases].flatMap((name) => (option.negatable ? [name, `no-${name}`] : [name]))
  const all = [
    ...(option.letter === null ? [] : [`-${option.letter}`]),
    ...(isDoor(verb) ? [] : long.map((name) => `--${name}`)),
  ]
  const value = takesValue(option) ? ` \\fI${roff(valueName(option, verb))}\\fR` : ''
  return all.map((name) => `${bold(name)}${value}`).join(', ')
}

function sentences(option: Option, verb: Verb): string {
  return describe(option, verb).replace(/ \[default: (.*)\]$/, ' Default: $1.')
}

function environment(verb: Verb): string {
  if (verb === 'smtp-source') {
    const meaning =
      '\\fBclassic\\fR puts recipient numbers in front, as Postfix 3.8 and before did; else they follow the local part.'
    return tagged(bold('STAMPEDE_NUMBERING'), meaning)
  }
  const names = optionsOf(verb).filter((option) => !option.hidden && environmentName(option) !== null)
  const list = names.map((option) => `\\%${bold(environmentName(option)!)}`).join(', ')
  return `The command line wins over the environment, where an option without value is 1 or 0:\n${list}.`
}

function page(name: string, what: string, sections: readonly (readonly [string, string])[]): string {
  const head = [
    `.\\" Made by 'stampede manual'.`,
    `.TH ${quoted(name.toUpperCase())} 1 "" ${quoted(`stampede ${version()}`)} "Stampede"`,
  ]
  const lines = [...head, '.SH NAME', `${roff(name)} \\- ${roff(what)}`]
  for (const [title, body] of sections) lines.push(`.SH ${quoted(title)}`, body)
  return `${lines.join('\n')}\n`
}

function tagged(tag: string, body: string): string {
  return `.TP\n${tag}\n${body}`
}

function example(words: string, ...commands: string[]): string {
  return ['.PP', roff(words), '.PP', '.RS 4', '.nf', ...commands.map(roff), '.fi', '.RE'].join('\n')
}

function bold(text: string): string {
  return `\\fB${roff(text)}\\fR`
}

function quoted(text: string): string {
  return `"${roff(text).replaceAll('"', '\\(dq')}"`
}

/** Text that roff shows as it stands: hyphens that can be copied, no escape, no request at the start of a line. */
export function roff(text: string): string {
  return text.replaceAll('\\', '\\e').replaceAll('-', '\\-').replaceAll("'", '\\(aq').replace(/^\./gm, '\\&.')
}
