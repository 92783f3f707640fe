/**
 * The one table of options. Parsing, `--help`, manual pages, environment names and shell completion are all made from it; what is not
 * here does not exist. Postfix's letters keep Postfix's meaning.
 */
import { group, type Option, type Verb } from './option.js'
import { JUDGE_OPTIONS } from './options-judge.js'
import { AUTH_OPTIONS } from './options-auth.js'
import { SINK_OPTIONS } from './options-sink.js'
import { SMTP_SINK_OPTIONS } from './options-smtp-sink.js'
import { SOURCE_OPTIONS } from './options-source.js'

const ALL = ['source', 'sink'] as const

/** All options in the order of the help. A name or letter may stand twice, for different verbs. */
export const OPTIONS: readonly Option[] = [
  ...SOURCE_OPTIONS,
  ...AUTH_OPTIONS,
  ...JUDGE_OPTIONS,
  ...SINK_OPTIONS,
  ...SMTP_SINK_OPTIONS,
  ...group('Help', ALL, [
    { name: 'help', kind: 'flag', onlyFlag: true, sentence: 'Show this and end.' },
    { name: 'version', kind: 'flag', onlyFlag: true, sentence: 'Show the version and end.' },
  ]),
]

/** The options of one verb, in the order of the help. */
export function optionsOf(verb: Verb): Option[] {
  return OPTIONS.filter((option) => option.verbs.includes(verb))
}
