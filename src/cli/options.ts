/**
 * The one table of options. Parsing, `--help`, manual pages, environment names and shell completion are all made from it; what is not
 * here does not exist. Postfix's letters keep Postfix's meaning.
 */
import { group, type Option, type Verb } from './option.js'
import { AUTH_OPTIONS } from './options-auth.js'
import { COMPARE_OPTIONS } from './options-compare.js'
import { DOCTOR_OPTIONS } from './options-doctor.js'
import { FAULT_OPTIONS } from './options-fault.js'
import { GO_SMTP_SOURCE_OPTIONS } from './options-go-smtp-source.js'
import { JUDGE_OPTIONS } from './options-judge.js'
import { LEAK_OPTIONS } from './options-leaks.js'
import { LIVE_OPTIONS } from './options-live.js'
import { LOAD_OPTIONS } from './options-load.js'
import { MALFORMED_OPTIONS } from './options-malformed.js'
import { OTLP_OPTIONS } from './options-otlp.js'
import { PROFILE_OPTIONS } from './options-profile.js'
import { REPORT_OPTIONS } from './options-report.js'
import { SINK_OPTIONS } from './options-sink.js'
import { SMTP_SINK_OPTIONS } from './options-smtp-sink.js'
import { SOURCE_OPTIONS } from './options-source.js'
import { STRESS_OPTIONS } from './options-stress.js'
import { TLS_OPTIONS } from './options-tls.js'
import { WATCH_OPTIONS } from './options-watch.js'

const ALL = ['source', 'run', 'sink', 'stress', 'malformed', 'watch', 'report', 'compare', 'profile', 'doctor'] as const

/** All options in the order of the help. A name or letter may stand twice, for different verbs. */
export const OPTIONS: readonly Option[] = [
  ...SOURCE_OPTIONS,
  ...LOAD_OPTIONS,
  ...TLS_OPTIONS,
  ...AUTH_OPTIONS,
  ...FAULT_OPTIONS,
  ...JUDGE_OPTIONS,
  ...LEAK_OPTIONS,
  ...SINK_OPTIONS,
  ...STRESS_OPTIONS,
  ...OTLP_OPTIONS,
  ...MALFORMED_OPTIONS,
  ...WATCH_OPTIONS,
  ...REPORT_OPTIONS,
  ...PROFILE_OPTIONS,
  ...COMPARE_OPTIONS,
  ...DOCTOR_OPTIONS,
  ...SMTP_SINK_OPTIONS,
  ...GO_SMTP_SOURCE_OPTIONS,
  ...LIVE_OPTIONS,
  ...group('Help', ALL, [
    { name: 'help', kind: 'flag', onlyFlag: true, sentence: 'Show this and end.' },
    { name: 'version', kind: 'flag', onlyFlag: true, sentence: 'Show the version and end.' },
  ]),
]

/** The options of one verb, in the order of the help; `run` has those of `source`, and a few of its own. */
export function optionsOf(verb: Verb): Option[] {
  return OPTIONS.filter(({ verbs }) => verbs.includes(verb) || (verb === 'run' && verbs.includes('source')))
}
