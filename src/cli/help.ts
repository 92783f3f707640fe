/** `--help`, made from the table; 100 columns. */
import { DOOR_COMMANDS } from '../plan/sink-door-plan.js'
import { doorWord, isDoor, type Option, takesValue, type Verb } from './option.js'
import { optionsOf } from './options.js'
import { VERBS } from './verbs.js'

const WIDTH = 100
/** Where the sentences begin. */
const INDENT = 32

const TARGETS =
  'host, host:port, [IPv6]:port, unix:/path, smtp://host:port, lmtp://host:port or lmtp:///path; port 25 by default.'
const LISTENS = ':port, host:port, [IPv6]:port, unix:/path; port 0 lets the system choose.'

/** What stands below the options of each verb. */
const NOTES: Readonly<Record<Verb, readonly string[]>> = {
  source: [
    `TARGET is ${TARGETS}`,
    'Counts take k, M, G; sizes also KiB, MiB, kB, MB; times ms, s, m, h; rates /s, /m, /h. Each option except --help, --version, --print-plan and --i-own-this-server can be set in the environment, --connect-tries as STAMPEDE_CONNECT_TRIES; the command line wins.',
    'Exit status: 0 all was accepted, or all thresholds held; 1 something was not accepted, or the run could not be done; 2 wrong options; 98 with --strict, the generator was saturated; 99 a threshold was broken; 128+n ended by signal n.',
  ],
  run: [
    'PLAN is a file named .json, .yaml, .yml, .mjs or .js; a module exports the plan, or a function that makes it, as its default. Each option is a key, per-session as perSession; those of --print-plan and --print-schema show what there is. Files are named as seen from the plan. TARGET takes the place of the target in the plan.',
    'The command line wins over the environment (STAMPEDE_RATE), and that over the plan.',
    'Exit status: 0 all was accepted, or all thresholds held; 1 something was not accepted, or the run could not be done; 2 wrong options or plan; 98 with --strict, the generator was saturated; 99 a threshold was broken; 128+n ended by signal n.',
  ],
  sink: [
    `LISTEN is ${LISTENS} BACKLOG is the queue of connections not yet taken.`,
    'Counts take k, M, G; sizes also KiB, MiB, kB, MB; times ms, s, m, h. Options except --help and --version can be set in the environment, --max-size as STAMPEDE_MAX_SIZE; the command line wins.',
    'Exit status: 0 ended as asked; 1 could not listen; 2 wrong options; 128+n ended by signal n.',
  ],
  stress: [
    'Without --burst-mode there are as many connections as the ramp allows, all the time; each sends its next message when the last one was answered.',
    'Times take ms, s, m, h, and without unit are seconds; counts take k, M, G; sizes also KiB, MiB, kB, MB; shares are 0..1 or a percentage. Options except --help, --version and --i-own-this-server can be set in the environment, --password as STAMPEDE_PASSWORD; the command line wins.',
    'Exit status: 0 at least 95 % of the messages were accepted; 1 fewer were, or the run could not be done; 2 wrong options; 128+n ended by signal n.',
  ],
  malformed: [
    'TARGET is host, host:port, [IPv6]:port, unix:/path, smtp://host:port or smtps://host:port; port 25 by default. It is to take mail from --from to --to without STARTTLS or AUTH. Each case has a connection of its own; after it a healthy message shows on the same connection whether the session goes on, and on a new one whether the server still serves.',
    'Verdicts: right; tolerant, accepted though it need not be; wrong, with a word such as smuggled; closed, it left where it should have answered or gone on; no answer; crashed, it serves nobody any more; not offered, it lacks the extension; not reached, proper commands before it were refused.',
    'Exit status: 0 all was right or tolerable; 1 something was not, or it could not be done; 2 wrong options; 128+n ended by signal n.',
  ],
  watch: [
    'WHOM is a process number (1234), a port (:25, 127.0.0.1:25), a socket (unix:/path) or a name (smtpd) on this machine; a number alone is never a port. Children belong to the process, and so does whoever listens on the port with it.',
    'Columns: processes, CPU of one, memory, threads, descriptors, connections on the port by state, connections that wait to be accepted, CPU of the whole machine.',
    'Exit status: 0 the time was up; 1 the server ended, or it could not be done; 2 wrong options, or nobody to watch; 128+n ended by signal n, with the summary.',
  ],
  report: [
    'FILE is a recording, made with --out ndjson of source, run or stress. Several are merged second by second: of generators that ran side by side. One of stampede watch gives text, json, md and html.',
    'Exit status: 0 it was made, whether the run passed or not; 1 it could not be written; 2 wrong options, or a file that is no recording.',
  ],
  profile: [
    'VERB is source, run, stress or sink, with its options and operands. Its exit status is passed on.',
    'The profile is of the part that is measured: it begins when the warm-up is over and ends when the load does; of a sink, from its first connection to its end. A name given with --out-dir is a directory, which is made.',
    'A .cpuprofile opens in the developer tools of Chromium and in editors; flame.html needs a browser and nothing else. --perf and --profile-target need the program perf of Linux.',
    'Exit status: that of VERB; 1 also when there was nothing to profile; 2 wrong options.',
  ],
  compare: [
    'A and B are recordings, made with --out ndjson of source, run or stress; several runs of one side have commas between. B is better or worse than A where chance does not explain the difference: each run is drawn again from its own seconds, in stretches, 2,000 times.',
    'Exit status: 0 it was made, whatever it says; 1 it could not be written; 2 wrong options, or a file that is no recording; with --strict, 98 a generator was saturated, 99 a figure is worse.',
  ],
  doctor: [
    `TARGET is ${TARGETS} Also smtps://. It is connected to and greeted; no mail is sent. Without it only this machine is looked at.`,
    'Each finding is ok, note, warn or fail, with what follows from it and the command that mends it. Nothing is changed.',
    'Exit status: 0 runs can be done; 1 something makes them impossible; 2 wrong options; 128+n ended by signal n.',
  ],
  'smtp-source': [
    'TARGET is [inet:]host[:port] or unix:path. Options end at the first operand. STAMPEDE_NUMBERING=classic in the environment numbers recipients as Postfix 3.8 and before did.',
    'Exit status: 0 all messages were attempted; 1 anything else.',
  ],
  'go-smtp-source': [
    'TARGET is host[:port] or [IPv6]:port; port 25 by default. Options are written -flag, --flag, -flag=value or -flag value, and end at the first operand; those without value take -flag=false.',
    'Exit status: 0 all messages were accepted; 1 anything else; 2 wrong options; 128+n ended by signal n.',
  ],
  'smtp-sink': [
    `ENDPOINT is [inet:][host]:port or unix:path; BACKLOG is the queue of connections not yet taken. Options end at the first operand.`,
    `COMMANDS are words with commas or blanks between: ${DOOR_COMMANDS.join(' ')}; connect is the greeting, and the dot the end of the content.`,
    'Exit status: 0 ended by -M or -n; 1 anything else; 128+n ended by signal n.',
  ],
}

/** The help of one verb. */
export function verbHelp(verb: Verb): string {
  const info = VERBS.find(({ name }) => name === verb)!
  const lines = [`Usage: ${info.synopsis}`, '', ...wrap(info.sentence, 0, WIDTH)]
  for (const [group, options] of grouped(verb)) {
    lines.push('', `${group}:`)
    for (const option of options) lines.push(...entry(label(option, verb), describe(option, verb), INDENT))
  }
  for (const note of NOTES[verb]) lines.push('', ...wrap(note, 0, WIDTH))
  return `${lines.join('\n')}\n`
}

/** The help of the program. */
export function overview(): string {
  const lines = [
    'Usage: stampede COMMAND [OPTION]... [OPERAND]...',
    '',
    'Load engine for SMTP and LMTP.',
    '',
    'Commands:',
  ]
  for (const { name, sentence } of VERBS) lines.push(...entry(`  ${name}`, sentence, 18))
  lines.push(
    '',
    "'stampede COMMAND --help' or 'stampede help COMMAND' lists options; 'stampede --version' tells the version.",
  )
  lines.push('', 'Try it:', '  stampede sink 127.0.0.1:2525 &', '  stampede source -s 10 --duration 10s 127.0.0.1:2525')
  return `${lines.join('\n')}\n`
}

/** The visible options of a verb by group, in the order of the table. */
export function grouped(verb: Verb): Map<string, Option[]> {
  const groups = new Map<string, Option[]>()
  for (const option of optionsOf(verb)) {
    if (option.hidden || (isDoor(verb) && doorWord(option, verb) === null)) continue
    groups.set(option.group, [...(groups.get(option.group) ?? []), option])
  }
  return groups
}

/** Sentence and default. */
export function describe(option: Option, verb: Verb): string {
  const door = isDoor(verb)
  const sentence = (door ? option.doorSentence : null) ?? option.sentence
  const shown = option.default !== null && !(door && option.doorSentence !== null)
  return shown ? `${sentence} [default: ${option.default}]` : sentence
}

/** What stands for the value; the door knows no units. */
export function valueName(option: Option, verb: Verb): string {
  return isDoor(verb) && (option.kind === 'size' || option.kind === 'duration') ? 'N' : option.value
}

function label(option: Option, verb: Verb): string {
  const value = takesValue(option) ? ` ${valueName(option, verb)}` : ''
  if (isDoor(verb)) return `  ${doorWord(option, verb)}${value}`
  const letter = option.letter === null ? '    ' : `-${option.letter}, `
  return `  ${letter}--${option.negatable ? '[no-]' : ''}${option.name}${value}`
}

/** A label and its text beside it, or below where the label is long. */
function entry(name: string, text: string, indent: number): string[] {
  const [first = '', ...rest] = wrap(text, indent, WIDTH)
  return name.length + 1 < indent ? [name.padEnd(indent) + first.trimStart(), ...rest] : [name, first, ...rest]
}

/** Lines of at most `width` columns, each after `indent` blanks. */
export function wrap(text: string, indent: number, width: number): string[] {
  const lines: string[] = []
  let line = ''
  for (const word of text.split(' ')) {
    if (line !== '' && indent + line.length + 1 + word.length > width) {
      lines.push(' '.repeat(indent) + line)
      line = word
    } else line = line === '' ? word : `${line} ${word}`
  }
  lines.push(' '.repeat(indent) + line)
  return lines
}
