/** Manual pages in man(7) roff, made from the table. `man -l` and mandoc take them. */
import { mkdirSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { UsageError } from '../base/errors.js'
import { type Metric, THRESHOLD_METRICS } from '../measure/threshold-metrics.js'
import { type MetricEntry, runMetrics, sinkMetrics } from '../serve/catalogue.js'
import { orList } from './given.js'
import { describe, grouped, valueName } from './help.js'
import { DESCRIPTIONS, EXAMPLES, EXIT, OWN_EXIT, RELATED } from './manual-words.js'
import { doorWord, environmentName, isDoor, type Option, takesValue, type Verb } from './option.js'
import { optionsOf } from './options.js'
import { reasonOf } from './read-file.js'
import { bold, example, page, quoted, roff, tagged } from './roff.js'
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
    ['stampede-run.1', verbPage('run', 'stampede-run')],
    ['stampede-sink.1', verbPage('sink', 'stampede-sink')],
    ['stampede-stress.1', verbPage('stress', 'stampede-stress')],
    ['stampede-malformed.1', verbPage('malformed', 'stampede-malformed')],
    ['stampede-watch.1', verbPage('watch', 'stampede-watch')],
    ['stampede-report.1', verbPage('report', 'stampede-report')],
    ['stampede-profile.1', verbPage('profile', 'stampede-profile')],
    ['stampede-compare.1', verbPage('compare', 'stampede-compare')],
    ['stampede-doctor.1', verbPage('doctor', 'stampede-doctor')],
    ['smtp-source.1', verbPage('smtp-source', 'smtp-source')],
    ['smtp-sink.1', verbPage('smtp-sink', 'smtp-sink')],
    ['go-smtp-source.1', verbPage('go-smtp-source', 'go-smtp-source')],
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
    [
      'SEE ALSO',
      [
        'stampede-source',
        'stampede-run',
        'stampede-sink',
        'stampede-stress',
        'stampede-malformed',
        'stampede-watch',
        'stampede-report',
        'stampede-profile',
        'stampede-compare',
        'stampede-doctor',
        'smtp-source',
        'smtp-sink',
        'go-smtp-source',
      ]
        .map((name) => `${bold(name)}(1)`)
        .join(', '),
    ],
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
  if (verb === 'source' || verb === 'run') sections.push(['THRESHOLDS', thresholds()])
  const shown = METRICS_OF[verb]
  if (shown !== undefined) sections.push(['METRICS', metrics(shown())])
  sections.push(['EXIT STATUS', OWN_EXIT[verb] ?? EXIT])
  if (verb !== 'smtp-sink' && verb !== 'go-smtp-source' && verb !== 'profile')
    sections.push(['ENVIRONMENT', environment(verb)])
  sections.push(['EXAMPLES', EXAMPLES[verb]])
  sections.push(['SEE ALSO', `\\fBstampede\\fR(1), ${bold(RELATED[verb])}(1)`])
  return page(name, info.sentence.replace(/\.$/, ''), sections)
}

function names(option: Option, verb: Verb): string {
  const long = [option.name, ...option.aliases].flatMap((name) => (option.negatable ? [name, `no-${name}`] : [name]))
  const letter = option.letter === null ? [] : [`-${option.letter}`]
  const all = isDoor(verb) ? [doorWord(option, verb)!] : [...letter, ...long.map((word) => `--${word}`)]
  const value = takesValue(option) ? ` \\fI${roff(valueName(option, verb))}\\fR` : ''
  return all.map((name) => `${bold(name)}${value}`).join(', ')
}

function sentences(option: Option, verb: Verb): string {
  return describe(option, verb).replace(/ \[default: (.*)\]$/, ' Default: $1.')
}

/** Whose `--metrics` shows what. */
const METRICS_OF: Partial<Record<Verb, () => readonly MetricEntry[]>> = {
  source: runMetrics,
  run: runMetrics,
  stress: runMetrics,
  sink: sinkMetrics,
}

/** What `--threshold` can say, from the one list of metrics. */
function thresholds(): string {
  const metrics = Object.entries<Metric>(THRESHOLD_METRICS).map(([name, { labels, aggregates, sentence }]) => {
    const said = Object.entries(labels).map(([label, { required, values, aliases }]) => {
      const names = aliases === undefined ? values : Object.keys(aliases)
      const shown = names.length > 20 ? `${names.slice(0, 5).join(', ')} and so on` : names.join(', ')
      return ` Label ${label}${required ? ', which is needed' : ''}: ${shown}.`
    })
    const kinds = Object.keys(aggregates).map((one) => (one === 'p' ? 'p50 to p99.99' : one))
    return tagged(bold(name), roff(`${sentence} As ${orList(kinds)}.${said.join('')}`))
  })
  return [
    roff('METRIC[{label=value,...}][.AGGREGATE] COMPARISON VALUE[UNIT] [after TIME] [abort]'),
    '.PP',
    roff(
      'Times need ms, s or us; shares (rate, of all messages unless said otherwise) are 0.1% or 0.001; what is per second needs /s. Comparisons are < <= > >= == !=. Where nothing was measured a threshold has not held.',
    ),
    '.PP',
    roff(
      'With --baseline, VALUE may be baseline, the same figure of that run, or so much more or less: baseline + 10%, baseline - 5%, baseline + 5ms, and of shares baseline + 0.001.',
    ),
    '.PP',
    roff(
      'All are judged over the whole run, without the warm-up. With abort one is also looked at each second, but not before the time that after gives, and ends the run once it is broken: a count, a max or a min when nothing can mend it any more, anything else when it is broken over the run so far.',
    ),
    ...metrics,
  ].join('\n')
}

/** What `--metrics` shows, from the families themselves. */
function metrics(entries: readonly MetricEntry[]): string {
  return [
    roff(
      'What /metrics has with --metrics, as OpenMetrics or Prometheus text, whichever is asked for; times are in seconds.',
    ),
    ...entries.map(({ name, type, labels, help }) =>
      tagged(`\\%${bold(name)}`, roff(`${type}${labels.length === 0 ? '' : `, by ${labels.join(', ')}`}. ${help}`)),
    ),
  ].join('\n')
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
