/** What a run is judged by, and where its result goes. */
import { group, type Option, type Row } from './option.js'

/** For every verb that runs a plan: of `stress` without the thresholds. */
export const BASELINE: Row = {
  name: 'baseline',
  kind: 'file',
  sentence:
    "The recording of an earlier run to compare with: a block of the summary says what is better or worse. Thresholds may speak of it, as in 'message.p99 < baseline + 10%'.",
}

/** For every verb that runs a plan. */
export const OUT: Row = {
  name: 'out',
  kind: 'text',
  value: 'KIND[=PATH]',
  repeatable: true,
  sentence:
    'Write a file: ndjson, the recording of the run; text, json, md, junit, its result; html, a page with its plots; hgrm, hlog, its latencies; csv, its seconds. Called run-SEED.KIND unless named; may be repeated.',
}

/** For every verb that loads a server. */
export const WATCH: Row = {
  name: 'watch',
  kind: 'text',
  value: 'WHOM',
  sentence:
    "Watch the server's processes and their children on this machine, once a second: a process number (1234), a port (:25), a socket (unix:/path), a name (smtpd), or auto for whoever listens where the mail goes.",
}

export const JUDGE_OPTIONS: readonly Option[] = [
  ...group(
    'Judgement',
    ['source'],
    [
      {
        name: 'threshold',
        aliases: ['thresholds'],
        kind: 'text',
        value: 'EXPR',
        repeatable: true,
        sentence:
          "What must hold, such as 'message.p99 < 250ms' or 'errors.rate < 0.1% after 10s abort'; may be repeated. Thresholds then decide the exit status.",
      },
      BASELINE,
    ],
  ),
  ...group(
    'Output',
    ['source'],
    [
      OUT,
      WATCH,
      {
        name: 'tag',
        kind: 'text',
        value: 'KEY=VALUE',
        repeatable: true,
        sentence: 'Words that go into the result as they are; may be repeated.',
      },
    ],
  ),
  ...group(
    'Output',
    ['run'],
    [
      {
        name: 'print-schema',
        kind: 'flag',
        onlyFlag: true,
        sentence: 'Print the JSON Schema of plan files, and do nothing.',
      },
    ],
  ),
]
