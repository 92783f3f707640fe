/** What the manual pages say of each verb beyond its options. */
import { DOOR_COMMANDS } from '../plan/sink-door-plan.js'
import type { Verb } from './option.js'
import { bold, example, tagged } from './roff.js'

/** The page that comes nearest to each. */
export const RELATED: Readonly<Record<Verb, string>> = {
  source: 'smtp-source',
  run: 'stampede-source',
  sink: 'smtp-sink',
  stress: 'stampede-source',
  malformed: 'stampede-source',
  watch: 'stampede-source',
  report: 'stampede-source',
  profile: 'stampede-source',
  compare: 'stampede-report',
  doctor: 'stampede-source',
  'smtp-source': 'stampede-source',
  'smtp-sink': 'stampede-sink',
  'go-smtp-source': 'stampede-source',
}

/** Of every verb that has none of its own. */
export const EXIT = [
  ['0', 'All was done and accepted, or all thresholds held.'],
  ['1', 'Something was not accepted, or it could not be done.'],
  ['2', 'Wrong options or plan.'],
  ['98', 'With \\fB\\-\\-strict\\fR: the generator was saturated.'],
  ['99', 'A threshold was broken.'],
  ['128+n', 'Ended by signal n; what was measured is still printed.'],
]
  .map(([status, meaning]) => tagged(bold(status!), meaning!))
  .join('\n')

export const OWN_EXIT: Readonly<Partial<Record<Verb, string>>> = {
  stress: [
    ['0', 'At least 95 percent of the messages were accepted.'],
    ['1', 'Fewer were, or it could not be done.'],
    ['2', 'Wrong options.'],
    ['128+n', 'Ended by signal n; what was measured is still printed and written.'],
  ]
    .map(([status, meaning]) => tagged(bold(status!), meaning!))
    .join('\n'),
  malformed: [
    ['0', 'All answers were right or tolerable.'],
    ['1', 'Some were not, or it could not be done.'],
    ['2', 'Wrong options.'],
    ['128+n', 'Ended by signal n; what was seen until then is still printed.'],
  ]
    .map(([status, meaning]) => tagged(bold(status!), meaning!))
    .join('\n'),
  watch: [
    ['0', 'The time was up.'],
    ['1', 'The server ended, or it could not be done.'],
    ['2', 'Wrong options, or there is nobody to watch.'],
    ['128+n', 'Ended by signal n; the summary is still printed.'],
  ]
    .map(([status, meaning]) => tagged(bold(status!), meaning!))
    .join('\n'),
  profile: [
    tagged(bold('1'), 'There was nothing to profile, or the verb says so.'),
    tagged(bold('2'), 'Wrong options.'),
    tagged('other', 'That of the verb.'),
  ].join('\n'),
  report: [
    ['0', 'It was made, whether the run had passed or not.'],
    ['1', 'It could not be written.'],
    ['2', 'Wrong options, or a file that is no recording.'],
  ]
    .map(([status, meaning]) => tagged(bold(status!), meaning!))
    .join('\n'),
  compare: [
    ['0', 'It was made, whatever it says.'],
    ['1', 'It could not be written.'],
    ['2', 'Wrong options, a file that is no recording, or runs that cannot be compared.'],
    ['98', 'With \\fB\\-\\-strict\\fR: a generator was saturated.'],
    ['99', 'With \\fB\\-\\-strict\\fR: a figure is worse.'],
  ]
    .map(([status, meaning]) => tagged(bold(status!), meaning!))
    .join('\n'),
  doctor: [
    ['0', 'Runs can be done, whatever was noted.'],
    ['1', 'Something makes them impossible: a target that is not there, a limit that leaves nothing.'],
    ['2', 'Wrong options.'],
    ['128+n', 'Ended by signal n; what was found until then is still printed.'],
  ]
    .map(([status, meaning]) => tagged(bold(status!), meaning!))
    .join('\n'),
  'smtp-source': 'The status is 0 when all messages were attempted, else 1.',
  'go-smtp-source':
    'The status is 0 when all messages were accepted, 2 for wrong options, 128+n when signal n ended it, else 1.',
  'smtp-sink': 'The status is 0 when \\fB\\-M\\fR or \\fB\\-n\\fR ended it, else 1. Signals have their usual effect.',
}

/** What follows the first sentence, in roff. */
export const DESCRIPTIONS: Readonly<Record<Verb, string>> = {
  source: [
    'The target is \\fIhost\\fR, \\fIhost\\fR:\\fIport\\fR, [\\fIIPv6\\fR]:\\fIport\\fR, \\fBunix:\\fR\\fI/path\\fR, or a URL \\fBsmtp://\\fR or \\fBlmtp://\\fR; port 25 by default.',
    'Connections are kept, commands are grouped when the server offers PIPELINING, and a summary says how many messages met which end, how long each took, and whether server or generator was the limit.',
    'A target that is neither loopback nor private needs \\fB\\-\\-i\\-own\\-this\\-server\\fR.',
    '.PP\nThe first SIGINT or SIGTERM lets what is under way come to its end (\\fB\\-\\-drain\\fR); the second leaves at once.',
    '.PP\nCounts take k, M and G; sizes also kB, MB, KiB and MiB; times ms, s, m and h; rates /s, /m and /h.',
  ].join('\n'),
  run: [
    `The plan is a file named .json, .yaml, .yml, .mjs or .js. A module exports the plan, or a function that makes it, as its default. \\fITARGET\\fR takes the place of the target in the plan.`,
    'Each option below is a key of the plan, in camel case or as it is; \\fB\\-\\-print\\-schema\\fR shows all of them, for editors too. Files are named as seen from the plan.',
    '.PP\nBeside them there are \\fBtarget\\fR; \\fBload\\fR, stages of \\fBrate\\fR and \\fBfor\\fR, one after the other; \\fBsessions\\fR with \\fBmax\\fR and \\fBmessagesEach\\fR; \\fBmix\\fR, types of mail with their \\fBweight\\fR; \\fBthresholds\\fR; \\fBtags\\fR.',
    '.PP\nThe command line wins over the environment, and that over the plan.',
  ].join('\n'),
  sink: [
    'The address is :\\fIport\\fR, \\fIhost\\fR:\\fIport\\fR, [\\fIIPv6\\fR]:\\fIport\\fR or \\fBunix:\\fR\\fI/path\\fR; port 0 lets the system choose.',
    'The backlog is the queue of connections not yet taken.',
    '.PP\nCounts take k, M and G; sizes also kB, MB, KiB and MiB; times ms, s, m and h.',
  ].join('\n'),
  stress: [
    'Connections come one by one, from \\fB\\-\\-min\\-connections\\fR up to \\fB\\-\\-max\\-connections\\fR; each sends its next message when the last one was answered.',
    'A summary says how many messages met which end and how long each took; \\fB\\-\\-output\\fR writes it as JSON, with the state of this machine second by second.',
    '.PP\nThe first SIGINT or SIGTERM lets what is under way come to its end; the second leaves at once.',
    '.PP\nA bare number is seconds; times also take ms, s, m and h. Counts take k, M and G; sizes also kB, MB, KiB and MiB; shares are 0..1 or a percentage.',
  ].join('\n'),
  malformed: [
    'Each case is a conversation that a client should not hold: unknown verbs, bad order, addresses and sizes, overlong lines, octets that do not belong, ends of content that are none with another message behind them, commands sent too early. It has a connection of its own; after it a healthy message shows on the same connection whether the session goes on, and on a new one whether the server still serves.',
    'The server is to take mail from \\fB\\-\\-from\\fR to \\fB\\-\\-to\\fR without STARTTLS or AUTH; certificates are not looked at. What it accepts it is given: several dozen short messages.',
    '.PP\nA table gives for each case the section of the RFC, the codes of the answer, and the verdict: right; tolerant, accepted though it need not be; wrong, with a word such as smuggled; closed, it left where it should have answered or gone on; no answer; crashed, it serves nobody any more; not offered, it lacks the extension; not reached, proper commands before it were refused.',
    'In \\fBstampede\\-source\\fR(1) the same cases run beside a load, with \\fB\\-\\-malformed\\fR.',
  ].join('\n'),
  watch: [
    'Whom to watch is a process number, a port (:\\fIport\\fR or \\fIaddress\\fR:\\fIport\\fR), a socket (\\fBunix:\\fR\\fI/path\\fR) or a name on this machine; a number alone is never a port. All descendants of the process belong to it, those that come later too, and so does whoever listens on the port with it.',
    'What ends leaves its share in the sums of CPU, disk and switches; short-lived children are counted when their parent has waited for them.',
    '.PP\nOn Linux the figures are those of /proc: CPU, resident, proportional and virtual memory, threads, descriptors by kind, sockets of the port by state, the accept queue and what it turned away, context switches, disk, the control group and its pressure. Elsewhere there are CPU, memory and processes.',
    'Those of the descriptors, disk and proportional memory need to be the same user as the server, or root.',
    '.PP\nWith \\fB\\-\\-watch\\fR the same is done by \\fBstampede\\-source\\fR(1), \\fBstampede\\-run\\fR(1) and \\fBstampede\\-stress\\fR(1) on the clock of their run.',
  ].join('\n'),
  report: [
    'A recording is made with \\fB\\-\\-out ndjson\\fR by \\fBstampede\\-source\\fR(1), \\fBstampede\\-run\\fR(1) or \\fBstampede\\-stress\\fR(1): lines of JSON, one for each second of the run, written while it goes. All that the run printed can be made from it, and one that was cut off gives what is there.',
    '.PP\nSeveral recordings become one result: of generators that ran side by side, second by second. Sums and histograms are added and percentiles computed anew; the verdict on the generator is that of the one that was worst off.',
  ].join('\n'),
  profile: [
    '\\fIVERB\\fR is source, run, stress or sink. While it does its work, the stacks of the main thread and of every worker are sampled by the JavaScript engine, in the part of the run that is measured: from the end of the warm-up, or a second after the start without one, to the end of the load.',
    '.PP\nThe samples are scaled by what the kernel says of each thread, so that the functions add up to the CPU of the process. They are shown as microseconds a message by function and by module, and as one flame graph in a page that needs nothing but a browser.',
    '.PP\n\\fB\\-\\-perf\\fR adds stacks that reach from JavaScript into the kernel, and \\fB\\-\\-profile\\-target\\fR those of the server; both need \\fBperf\\fR(1).',
  ].join('\n'),
  compare: [
    'Recordings are made with \\fB\\-\\-out ndjson\\fR by \\fBstampede\\-source\\fR(1), \\fBstampede\\-run\\fR(1) or \\fBstampede\\-stress\\fR(1). Of each figure both values are shown, how much B has more or less, between what that difference lies, and a verdict: better, worse, different where neither is, or no difference.',
    '.PP\nHow far chance alone moves a figure is taken from the run itself: it is drawn again 2,000 times from its own seconds, in stretches as long as seconds resemble each other (a circular block bootstrap, block length by Politis and White), with percentiles from the histograms of what was drawn. The warm\\-up and a last second that was cut off are left out. Many figures are looked at, so that each must be the surer: where nothing differs at all, a verdict other than no difference comes up in 5 of 100 comparisons at most (Holm).',
    '.PP\nTwo runs of the same thing may differ by more than their seconds explain. With several runs of a side, that difference is the noise. A maximum is a single message, and has no verdict.',
  ].join('\n'),
  doctor: [
    'Looks at what bounds a load on this machine: descriptors, local ports and TIME_WAIT, listen queues, the clock, CPU and memory and what a container leaves of them, and at what the program itself could load. Each finding says what follows from it, and the command that mends it; nothing is changed.',
    'Then the source sends to a sink of its own on loopback for three seconds in each way of sending: lock\\-step, pipelined, chunked, in TLS, a connection per message. That is as much as this machine can do with both ends on it.',
    '.PP\nWith a target the name is resolved, and the server connected to, greeted, and where it offers STARTTLS spoken to in TLS; no mail is sent.',
  ].join('\n'),
  'go-smtp-source': [
    'Takes the options of the program of that name, written as Go programs have them: \\fB\\-flag\\fR, \\fB\\-\\-flag\\fR, \\fB\\-flag=\\fR\\fIvalue\\fR or \\fB\\-flag\\fR \\fIvalue\\fR; flags without value take \\fB=false\\fR. They end at the first operand.',
    'It says EHLO localhost, sends one command at a time and a message on each connection unless \\fB\\-d\\fR, and is silent when all goes well.',
    '.PP\nUnlike the original it never has more connections than \\fB\\-s\\fR, gives every message an id of its own and the body that \\fB\\-l\\fR asks for, takes IPv6 addresses, gives up on a server that is silent, and exits with 1 when a message was not accepted.',
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

export const EXAMPLES: Readonly<Record<Verb, string>> = {
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
  run: [
    example('A plan, at half its rate:', 'stampede run plan.yaml --rate 1k/s'),
    example('Its schema, for an editor:', 'stampede run --print-schema >plan.schema.json'),
  ].join('\n'),
  sink: example('A sink that ends after 1,000 messages:', 'stampede sink -M 1000 127.0.0.1:2525'),
  stress: [
    example(
      'A minute of up to 200 connections, with slow clients and malformed conversations among them:',
      'stampede stress -d 60 -c 200 --slow-client --malformed --host 127.0.0.1 -p 2525 -o stress.json',
    ),
    example(
      'Encrypted and logged in, with 50 connections for 10 seconds in every minute and 5 between:',
      'STAMPEDE_PASSWORD=secret stampede stress --use-tls --username user -c 50 --min-connections 5 --ramp-up 0 --burst-mode --burst-interval 60 --burst-duration 10',
    ),
  ].join('\n'),
  malformed: [
    example('All cases against a server on this machine:', 'stampede malformed 127.0.0.1:2525'),
    example(
      'Two of them, against one that takes mail for its own users only:',
      'stampede malformed --case smuggle-n.n,smuggle-n.rn --to root@mx.example mx.example',
    ),
  ].join('\n'),
  profile: example(
    'Where the time of a source goes, and that of the server it loads:',
    'stampede profile --profile-target :2525 -- source -s 50 -m 1M 127.0.0.1:2525',
  ),
  watch: [
    example('Whoever listens on port 25, until Ctrl-C:', 'stampede watch :25'),
    example(
      'A process for a minute, each sample written down, and the result as JSON:',
      'stampede watch 1234 --duration 1m --out ndjson=watch.ndjson --json',
    ),
  ].join('\n'),
  report: [
    example(
      'A run recorded, and its summary for a pull request:',
      'stampede source --duration 10s --out ndjson=run.ndjson 127.0.0.1:2525',
      'stampede report run.ndjson --as md',
    ),
    example('Two generators as one:', 'stampede report a.ndjson b.ndjson'),
  ].join('\n'),
  compare: [
    example('Before and after a change:', 'stampede compare before.ndjson after.ndjson'),
    example(
      'Three runs of each, for a pull request, failing when anything is worse:',
      'stampede compare a1.ndjson,a2.ndjson,a3.ndjson b1.ndjson,b2.ndjson,b3.ndjson --as md --strict',
    ),
  ].join('\n'),
  doctor: [
    example('This machine, and its ceiling:', 'stampede doctor'),
    example('Only a look, and what a server allows:', 'stampede doctor --no-load mx.example'),
  ].join('\n'),
  'go-smtp-source': example(
    'A hundred messages, ten at a time, encrypted:',
    'go-smtp-source -s 10 -m 100 -tls 127.0.0.1:10025',
  ),
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
