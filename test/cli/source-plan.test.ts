import assert from 'node:assert/strict'
import { describe, it } from 'node:test'
import { UsageError } from '#src/base/errors.js'
import { againLine } from '#src/cli/again.js'
import { narrate } from '#src/cli/narrate.js'
import { environmentName, takesValue } from '#src/cli/option.js'
import { optionsOf } from '#src/cli/options.js'
import { parse } from '#src/cli/parse.js'
import { sourcePlan } from '#src/cli/plan-of.js'
import { printedPlan } from '#src/cli/print-plan.js'
import type { ArrivalPlan } from '#src/plan/arrivals.js'
import type { SourcePlan } from '#src/plan/plan.js'
import { CERTIFICATE, KEY } from './certificate.js'
import { MACHINE } from './machine.js'

function planOf(args: readonly string[], environment: Readonly<Record<string, string>> = {}): SourcePlan {
  return sourcePlan(parse('source', [...args, '127.0.0.1'], environment), MACHINE)
}

function at(plan: SourcePlan, path: string): unknown {
  return path.split('.').reduce<unknown>((value, key) => (value as Record<string, unknown>)[key], plan)
}

const ARRIVALS: ArrivalPlan = {
  shape: { kind: 'constant', rate: 5000 },
  burst: null,
  process: 'even',
  late: 'queue',
  pace: 'exact',
}

/** Arguments, and where in the plan which value is found then. */
const GOOD: readonly (readonly [args: readonly string[], path: string, value: unknown])[] = [
  [['-s', '50'], 'load.sessions', 50],
  [['--sessions=2k'], 'load.sessions', 2000],
  [['-m', '300k'], 'load.messages', 300_000],
  [['--messages', '1M'], 'load.messages', 1_000_000],
  [['--duration', '30s'], 'load.durationMs', 30_000],
  [['--duration', '30s'], 'load.messages', null],
  [['--duration', '30s', '-m', '5'], 'load.messages', 5],
  [['--rate', '5k/s', '-m', '5'], 'load.arrivals', ARRIVALS],
  [['--rate', '300/m', '--duration', '1m'], 'load.messages', null],
  [
    ['--rate', '0..5k/s:60s', '--rate', '1k..300/m:500ms', '--rate', '0:10s', '--rate', '1.5k:2s'],
    'load.arrivals.shape.stages',
    [
      { from: 0, to: 5000, ms: 60_000 },
      { from: 1000 / 60, to: 5, ms: 500 },
      { from: 0, to: 0, ms: 10_000 },
      { from: 1500, to: 1500, ms: 2000 },
    ],
  ],
  [['--rate', '0..5k/s:60s', '--rate', '5k/s:30s'], 'load.durationMs', 90_000],
  [['--rate', '5k/s:30s', '-m', '9'], 'load.durationMs', 30_000],
  [['--rate', '5k/s:30s', '--duration', '10s'], 'load.durationMs', 10_000],
  [
    ['--rate', 'sine:1k/s,500/s,60s', '-m1'],
    'load.arrivals.shape',
    { kind: 'sine', mean: 1000, amplitude: 500, periodMs: 60_000 },
  ],
  [
    ['--rate', 'file:offsets'],
    'load.arrivals.shape',
    { kind: 'offsets', offsetsMs: Float64Array.of(0, 250, 250, 1500), file: 'offsets' },
  ],
  [['--rate', 'file:offsets'], 'load.messages', 4],
  [['--rate', 'file:offsets', '--duration', '1s'], 'load.messages', null],
  [['--rate', '5', '-m1', '--arrivals', 'poisson'], 'load.arrivals.process', 'poisson'],
  [
    ['--rate', '5', '-m1', '--burst', '2k/s:10s:1s'],
    'load.arrivals.burst',
    { rate: 2000, everyMs: 10_000, forMs: 1000 },
  ],
  [['--rate', '5', '-m1', '--late', 'drop'], 'load.arrivals.late', 'drop'],
  [['--rate', '5', '-m1', '--pace', 'timer'], 'load.arrivals.pace', 'timer'],
  [['--ramp-up', '5s', '-s9', '-m9'], 'load.ramp', { from: 1, upMs: 5000, downMs: 0 }],
  [
    ['--ramp-down', '1s', '--duration', '9s', '-s9', '--min-sessions', '4'],
    'load.ramp',
    { from: 4, upMs: 0, downMs: 1000 },
  ],
  [['--ramp-up', '0s'], 'load.ramp', null],
  [['--warmup', '5s', '--duration', '9s'], 'load.warmupMs', 5000],
  [['--backoff', '1s..1m'], 'load.backoff', { firstMs: 1000, lastMs: 60_000 }],
  [['--backoff', '50ms'], 'load.backoff', { firstMs: 50, lastMs: 50 }],
  [['--exp-delay', '150ms'], 'load.delay', { kind: 'exponential', ms: 150, stepMs: 1 }],
  [['--per-session', '10'], 'load.perSession', 10],
  [['-d'], 'load.perSession', null],
  [['--reuse'], 'load.perSession', null],
  [['--no-reuse'], 'load.perSession', 1],
  [['--no-reuse', '-d'], 'load.perSession', null],
  [['--no-reuse', '--per-session', '1'], 'load.perSession', 1],
  [['-s', '9', '--workers', '3'], 'workers', 3],
  [['-s', '2', '--workers', '3'], 'workers', 2],
  [['-s', '9', '--workers', 'auto'], 'workers', 3],
  [['-s', '9'], 'workers', 3],
  [['--drain', '250ms'], 'load.drainMs', 250],
  [['--drain', '0'], 'load.drainMs', 0],
  [
    ['--slow-client', '5%', '-s20'],
    'mischief',
    [{ kind: 'slow', share: 0.05, where: 'data', octets: 16, everyMs: 100 }],
  ],
  [
    ['--slow-client', '.1:read:1KiB/2s', '-s20'],
    'mischief',
    [{ kind: 'slow', share: 0.1, where: 'read', octets: 1024, everyMs: 2000 }],
  ],
  [['--malformed', '5%', '-s20'], 'mischief', [{ kind: 'malformed', share: 0.05, cases: null }]],
  [
    ['--malformed', '5%:vrfy,smuggle-n.n', '-s20'],
    'mischief',
    [{ kind: 'malformed', share: 0.05, cases: ['vrfy', 'smuggle-n.n'] }],
  ],
  [
    ['--abort', '5%', '--abort', '0.1:mail:close', '-s20'],
    'mischief',
    [
      { kind: 'abort', share: 0.05, stage: 'body', how: 'reset' },
      { kind: 'abort', share: 0.1, stage: 'mail', how: 'close' },
    ],
  ],
  [['--half-open', '5%', '-s20'], 'mischief', [{ kind: 'half-open', share: 0.05, holdMs: 60_000 }]],
  [['--half-open', '5%:2s', '-s20'], 'mischief', [{ kind: 'half-open', share: 0.05, holdMs: 2000 }]],
  [['--connect-flood', '100/s'], 'mischief', [{ kind: 'flood', perSecond: 100, open: 100 }]],
  [['--connect-flood', '6/m:5'], 'mischief', [{ kind: 'flood', perSecond: 0.1, open: 5 }]],
  [['--malformed', '5%', '-s20', '--fault-after', '2s'], 'mischiefAfterMs', 2000],
  [['--seed', '7F3A'], 'seed', '7f3a'],
  [['--threshold', 'failed  == 0', '--thresholds', 'dropped == 0'], 'thresholds.1.text', 'dropped == 0'],
  [['--threshold', 'message.p99 < 1s after 3s abort'], 'thresholds.0.afterMs', 3000],
  [['--tag', 'build=7', '--tag', 'a=b=c', '--tag', 'build=8'], 'tags', { build: '8', a: 'b=c' }],
  [['-w', '2'], 'load.delay', { kind: 'fixed', ms: 2000, stepMs: 1000 }],
  [['--delay', '150ms'], 'load.delay', { kind: 'fixed', ms: 150, stepMs: 1 }],
  [['-R', '3'], 'load.delay', { kind: 'random', ms: 3000, stepMs: 1000 }],
  [['--random-delay', '0.5s'], 'load.delay', { kind: 'random', ms: 500, stepMs: 1 }],
  [['--pipelining', 'require'], 'wire.pipelining', 'require'],
  [['--chunking', 'auto'], 'wire.chunking', 'auto'],
  [['--chunking', 'auto'], 'wire.depth', 16],
  [['--chunking', 'require', '-w', '1'], 'wire.depth', 1],
  [['--chunking', 'require', '--depth', '4'], 'wire.depth', 4],
  [['-L'], 'wire.protocol', 'lmtp'],
  [['--lmtp'], 'wire.protocol', 'lmtp'],
  [['-M', 'h.example'], 'wire.helloName', 'h.example'],
  [['--helo', '[127.0.0.1]'], 'mail.from', 'foo@[127.0.0.1]'],
  [['--myhostname', 'h.example'], 'mail.to', 'foo@h.example'],
  [['-o'], 'wire.hello', 'none'],
  [['--old'], 'mail.headers', false],
  [['--until', 'rcpt'], 'wire.until', 'rcpt'],
  [['--until', 'ehlo', '--hold', '10s'], 'wire.holdMs', 10_000],
  [['-4'], 'wire.family', 4],
  [['--ipv4'], 'wire.family', 4],
  [['-64'], 'wire.family', 4],
  [['-C', '5'], 'wire.connectTries', 5],
  [['--connect-tries', '5'], 'wire.connectTries', 5],
  [['-T', '64KiB'], 'wire.tcpWindow', 65_536],
  [['--tcp-window', '4096'], 'wire.tcpWindow', 4096],
  [
    ['--source-ip', '127.0.0.1-127.0.0.3,127.0.0.9'],
    'wire.sourceIps',
    ['127.0.0.1', '127.0.0.2', '127.0.0.3', '127.0.0.9'],
  ],
  [['--connect-burst', '8'], 'wire.connectBurst', 8],
  [['--connect-timeout', '2s'], 'wire.connectTimeoutMs', 2000],
  [['--timeout', '2s'], 'wire.timeoutMs', 2000],
  [['-f', ''], 'mail.from', ''],
  [['--from=<a@b> SIZE=10'], 'mail.from', '<a@b> SIZE=10'],
  [['--sender', 'a'], 'mail.from', 'a'],
  [['-t', 'x> NOTIFY=NEVER'], 'mail.to', 'x> NOTIFY=NEVER'],
  [['--to', 'a'], 'mail.to', 'a'],
  [['--recipient', 'a'], 'mail.to', 'a'],
  [['-r', '3'], 'mail.recipients', 3],
  [['-r', '1'], 'mail.numbered', true],
  [['--recipients', '3', '--numbering', 'classic'], 'mail.numbered', false],
  [['-N', '--numbering', 'classic'], 'mail.numbered', true],
  [['--number-rcpt'], 'mail.numbered', true],
  [['--numbering', 'newest'], 'mail.numbering', 'newest'],
  [['-l', '10KiB'], 'mail.size', 10_240],
  [['--size', '1'], 'mail.size', 1],
  [['--message-size', '64k'], 'mail.size', 64_000],
  [['--size', '1KiB..64KiB'], 'mail.sizes', { kind: 'uniform', from: 1024, to: 65_536 }],
  [['-l', '1KiB..64KiB'], 'mail.size', null],
  [
    ['--size', 'lognormal:8KiB,1.2'],
    'mail.sizes',
    { kind: 'lognormal', median: 8192, sigma: 1.2, from: 1, to: 104_857_600 },
  ],
  [
    ['--size', 'lognormal:p50=1000,p99=1000000,10..2M'],
    'mail.sizes',
    { kind: 'lognormal', median: 1000, sigma: Math.log(1000) / 2.3263478740408408, from: 10, to: 2_000_000 },
  ],
  [
    ['--size', 'file:sizes.txt'],
    'mail.sizes',
    {
      kind: 'histogram',
      fileName: 'sizes.txt',
      rows: [
        { size: 1024, count: 3 },
        { size: 4096, count: 1.5 },
      ],
    },
  ],
  [['--recipients', '1..25'], 'mail.recipientsMost', 25],
  [['--recipients', '2..25'], 'mail.recipients', 2],
  [['-r', '3'], 'mail.recipientsMost', 3],
  [
    ['--from-pool', '5'],
    'mail.fromPool',
    { kind: 'numbers', count: 5, before: 'foo', after: '@client.example', digits: 1, order: 'random' },
  ],
  [
    ['--rcpt-pool', '1k', '-t', 'u%05d.x%%@ex.example', '--pool-order', 'turn'],
    'mail.toPool',
    { kind: 'numbers', count: 1000, before: 'u', after: '.x%@ex.example', digits: 5, order: 'turn' },
  ],
  [['-t', 'u%d@ex.example'], 'mail.to', 'u%d@ex.example'],
  [['--rcpt-pool', '9', '-r', '3'], 'mail.numbered', false],
  [['--rcpt-file', 'people.txt'], 'mail.toPool.fileName', 'people.txt'],
  [['--rcpt-file', 'people.txt'], 'mail.toPool.starts', Uint32Array.of(0, 15, 30)],
  [['--from-file', 'people.txt', '--pool-order', 'turn'], 'mail.fromPool.order', 'turn'],
  [['--corpus', 'letters'], 'mail.corpus.messages.length', 2],
  [
    ['--corpus', 'box.mbox=3', '--corpus', 'mail.eml'],
    'mail.corpus.sources',
    [
      { path: 'box.mbox', weight: 3 },
      { path: 'mail.eml', weight: 1 },
    ],
  ],
  [['--corpus', 'box.mbox'], 'mail.headers', false],
  [
    ['--mime', 'text:2KiB,pdf:100KiB'],
    'mail.mime.parts',
    [
      { kind: 'text', size: 2048 },
      { kind: 'pdf', size: 102_400 },
    ],
  ],
  [['--header', 'X-A:1', '--header', 'X-B: ä'], 'mail.extraHeaders', ['X-A: 1', 'X-B: =?UTF-8?B?w6Q=?=']],
  [['-S', 'Grüße'], 'mail.subject', '=?UTF-8?B?R3LDvMOfZQ==?='],
  [['--declare-size'], 'mail.declareSize', true],
  [['-F', 'mail.eml'], 'mail.fileName', 'mail.eml'],
  [['-F', 'long.eml'], 'mail.file.length', 2022],
  [['--message-file', 'mail.eml'], 'mail.headers', false],
  [['-S', ''], 'mail.subject', ''],
  [['--subject', 'Load test'], 'mail.subject', 'Load test'],
  [['-A'], 'allowReject', true],
  [['--allow-reject'], 'allowReject', true],
  [['--retry', 'later'], 'retry', 'later'],
  [['--stop-on-error'], 'stopOnError', true],
  [['--no-record'], 'record', false],
  [['--i-own-this-server'], 'publicTarget', true],
  [['-m', '5', '-m', '6'], 'load.messages', 6],
  [['--tls', 'starttls'], 'wire.tls.mode', 'starttls'],
  [['--tls', 'off'], 'wire.tls', null],
  [['--tls', 'implicit'], 'wire.tls.share', 1],
  [['--tls', 'starttls', '--tls-share', '25%'], 'wire.tls.share', 0.25],
  [['--tls', 'starttls', '--tls-resume', '0.5'], 'wire.tls.resume', 0.5],
  [['--tls', 'starttls'], 'wire.tls.resume', null],
  [['--tls', 'starttls', '--tls-min', '1.3'], 'wire.tls.minVersion', 'TLSv1.3'],
  [['--tls', 'starttls', '--tls-max', '1.2'], 'wire.tls.maxVersion', 'TLSv1.2'],
  [['--tls', 'implicit', '--ciphers', 'ECDHE+AESGCM'], 'wire.tls.ciphers', 'ECDHE+AESGCM'],
  [['--tls', 'implicit', '--tls-groups', 'P-256:X25519'], 'wire.tls.groups', 'P-256:X25519'],
  [['--tls', 'starttls', '--ca', 'mx.crt'], 'wire.tls.ca', CERTIFICATE],
  [['--tls', 'starttls', '--cert', 'mx.crt', '--key', 'mx.key'], 'wire.tls.key', KEY],
  [['--tls', 'starttls', '--insecure'], 'wire.tls.verify', false],
  [['--tls', 'starttls', '--tls-name', 'mx.example'], 'wire.tls.serverName', 'mx.example'],
  [['--tls', 'starttls', '--until', 'starttls'], 'wire.until', 'starttls'],
  [['--auth', 'plain:ann:a:b=c '], 'wire.auth.credentials', [{ user: 'ann', secret: 'a:b=c ' }]],
  [['--auth', 'plain:ann:x'], 'wire.auth.mechanism', 'PLAIN'],
  [['--auth', 'Scram-SHA-256:ann:x'], 'wire.auth.mechanism', 'SCRAM-SHA-256'],
  [['--auth', 'auto:ann:x'], 'wire.auth.mechanism', null],
  [['--auth', 'auto:ann:x'], 'wire.auth.order', 'robin'],
  [['--auth', 'auto:ann:x'], 'wire.auth.failureRate', 0],
  [
    ['--auth-file', 'users'],
    'wire.auth.credentials',
    [
      { user: 'ann', secret: 'se:cret' },
      { user: 'jürgen', secret: 'пароль' },
    ],
  ],
  [['--auth-file', 'users'], 'wire.auth.file', 'users'],
  [['--auth-file', 'users', '--auth-mech', 'xoauth2'], 'wire.auth.mechanism', 'XOAUTH2'],
  [['--auth-file', 'users', '--auth-order', 'random'], 'wire.auth.order', 'random'],
  [['--auth-file', 'users', '--auth-failure-rate', '0.25'], 'wire.auth.failureRate', 0.25],
  [['--auth', 'auto:ann:x', '--auth-failure-rate', '2%'], 'wire.auth.failureRate', 0.02],
  [['--auth', 'auto:ann:x', '--auth-in-clear'], 'wire.auth.inClear', true],
]

/** Arguments, and the sentence that refuses them. */
const BAD: readonly (readonly [args: readonly string[], sentence: RegExp])[] = [
  [['-s', '0'], /^-s: 0 is too small; give at least 1\.$/],
  [['--sessions', 'x'], /^--sessions: 'x' is not a count; give a whole number such as/],
  [['-m', '5x'], /^-m: '5x' is not a count/],
  [['-m', '-3'], /^-m: '-3' is not a count/],
  [['-m'], /^-m: '127\.0\.0\.1' is not a count|TARGET is missing/],
  [['--duration', '30'], /^--duration: '30' lacks its unit; give one such as/],
  [['--duration', '0s'], /^--duration: 0s is too small/],
  [['--rate', '5k/s'], /^--rate needs an end; give --duration or --messages with it\.$/],
  [
    ['--rate', '0..5k/s', '-m1'],
    /^--rate: '0\.\.5k\/s' is no stage; give rate and time such as 5k\/s:60s or 0\.\.5k\/s:60s\.$/,
  ],
  [['--rate', '5/s', '--rate', '6/s', '-m1'], /^--rate: '5\/s' is no stage/],
  [['--rate', '5/s:60', '-m1'], /^--rate: '60' lacks its unit/],
  [['--rate', '5/s:0s', '-m1'], /^--rate: 0s is too small/],
  [['--rate', '0:5s', '-m1'], /^--rate: no stage has a rate above 0; give such as/],
  [['--rate', '-5..5/s:5s', '-m1'], /^--rate: '-5\/s' is not a rate/],
  [['--rate', 'sine:1k/s,500/s', '-m1'], /^--rate: 'sine:1k\/s,500\/s' is no sine; give mean, amplitude and period/],
  [['--rate', 'sine:1k/s,2k/s,1s', '-m1'], /^--rate sine: the amplitude is from 0 to the mean/],
  [['--rate', 'sine:1,1,1s', '--rate', '5/s:1s'], /^--rate: 'sine:1,1,1s' stands alone; only stages/],
  [['--rate', 'file:nowhere'], /^--rate: cannot read 'nowhere' \(no such file or directory\)/],
  [['--rate', 'file:mail.eml'], /^--rate: line 1 of 'mail\.eml' is no moment; give one such as 1\.25 or 1250ms\.$/],
  [
    ['--rate', 'file:backwards'],
    /^--rate file: in 'backwards' moment 2 is before the one above it; give them ascending\.$/,
  ],
  [['--rate', 'file:empty'], /^--rate file: 'empty' has no moments; give one in each line\.$/],
  [['--rate', 'file:offsets', '--arrivals', 'poisson'], /^--rate file: says when each message starts; leave out/],
  [['--rate', '5', '-m1', '--arrivals', 'random'], /^--arrivals: 'random' is not known; give even or poisson\.$/],
  [['--arrivals', 'poisson'], /^--arrivals has no meaning without a schedule; give --rate as well\.$/],
  [['--rate', '2M', '-m1', '--arrivals', 'poisson'], /^--arrivals poisson: 2M\/s at the peak is out of range/],
  [['--rate', '1G', '-m1', '--burst', '1:2s:1s'], /^--rate: 1000000001\/s at the peak is out of range/],
  [['--burst', '2k/s:10s:1s'], /^--burst has no meaning without a schedule/],
  [['--rate', '5', '-m1', '--burst', '2k/s:10s'], /^--burst: '2k\/s:10s' is no burst; give RATE:EVERY:FOR/],
  [['--rate', '5', '-m1', '--burst', '2k/s:1s:1s'], /^--burst: a rate above 0 for less than the time between bursts/],
  [['--rate', '5', '-m1', '--late', 'now'], /^--late: 'now' is not known; give queue or drop\.$/],
  [['--pace', 'exact'], /^--pace has no meaning without a schedule/],
  [['--rate', '5', '-m1', '--pace', 'slow'], /^--pace: 'slow' is not known/],
  [['--ramp-up', '5', '-s9'], /^--ramp-up: '5' lacks its unit/],
  [['--ramp-up', '5s', '--duration', '4s'], /^--ramp-up and --ramp-down together are longer than the run/],
  [['--ramp-down', '5s', '-m9'], /^--ramp-down counts back from the end of the run; give --duration with it\.$/],
  [['--min-sessions', '0', '--ramp-up', '1s'], /^--min-sessions: 0 is too small/],
  [['--min-sessions', '2', '--ramp-up', '1s'], /^--min-sessions: 2 is above --sessions \(1\)/],
  [['--min-sessions', '1'], /^--min-sessions has no meaning without a ramp; give --ramp-up or --ramp-down\.$/],
  [['--warmup', '5s', '--duration', '5s'], /^--warmup is as long as the whole run/],
  [['--warmup', '5'], /^--warmup: '5' lacks its unit/],
  [['--backoff', '1s..5ms'], /^--backoff: the last wait is at least as long as the first/],
  [['--backoff', '1s..2s..3s'], /^--backoff: '1s\.\.2s\.\.3s' is no range of waits/],
  [['--backoff', '0..5s'], /^--backoff: 0 is too small/],
  [['--exp-delay', '0s'], /^--exp-delay: 0s is too small/],
  [['--exp-delay', '1s', '-w', '1'], /^-w and --exp-delay exclude each other; give one of them\.$/],
  [['--rate', '0', '-m1'], /^--rate: '0' is not a rate/],
  [['--rate', '5', '-m1', '-w', '1'], /^--rate and --delay, --random-delay or --exp-delay exclude each other/],
  [['--per-session', '0'], /^--per-session: 0 is too small/],
  [['--no-reuse', '--per-session', '2'], /^--no-reuse and --per-session exclude each other; give one of them\.$/],
  [['--workers', '0'], /^--workers: 0 is too small/],
  [['--workers', 'many'], /^--workers: 'many' is not a number of threads; give 1 or more, or auto\.$/],
  [['--workers', '9999'], /^--workers: 9999 is too large/],
  [['--drain', '5'], /^--drain: '5' lacks its unit/],
  [['--slow-client', 'x'], /^--slow-client: 'x' is no share; give a number from 0 to 1, or a percentage such as 2%\.$/],
  [['--slow-client', '0'], /^--slow-client: a share above 0 and below 1 is needed, such as 5% or 0\.05\.$/],
  [
    ['--slow-client', '5%:dat'],
    /^--slow-client: 'dat' is not known; give commands, data or read \(did you mean data\?\)\.$/,
  ],
  [['--slow-client', '5%:data:10'], /^--slow-client: '10' is no pace; give octets and time such as 16\/100ms\.$/],
  [['--slow-client', '5%:data:10/5'], /^--slow-client: '5' lacks its unit/],
  [['--slow-client', '5%:data:1/1s:x'], /^--slow-client: 'x' is one part too many\.$/],
  [
    ['--slow-client', '5%'],
    /^Misbehaving clients would take all of the 1 sessions; give more --sessions or smaller shares\.$/,
  ],
  [['--malformed', '5%:vrfi', '-s20'], /^--malformed: there is no malformed case 'vrfi'; did you mean vrfy\?$/],
  [['--malformed', '5%', '-s20', '-L'], /^--malformed: the catalogue is of SMTP; leave out --lmtp\.$/],
  [['--abort', '5%:end'], /^--abort: 'end' is not known; give connect, greeting, ehlo/],
  [['--abort', '5%:mail:fin'], /^--abort: 'fin' is not known; give reset or close\.$/],
  [['--half-open', '5%:0s'], /^--half-open: 0s is too small/],
  [['--half-open', '100%', '-s20'], /^--half-open: a share above 0 and below 1 is needed/],
  [['--connect-flood', '5%'], /^--connect-flood: '5%' is not a rate/],
  [['--connect-flood', '20k/s'], /^--connect-flood: 20000 is out of range; give up to 10000 connections a second\.$/],
  [['--connect-flood', '1/s:50k'], /^--connect-flood: 50000 is out of range; give a whole number from 1 to 20000\.$/],
  [['--fault-after', '1s'], /^--fault-after needs a fault; give one such as --malformed 5%\.$/],
  [['--fault-after', '1', '--malformed', '5%'], /^--fault-after: '1' lacks its unit/],
  [
    ['--fault-after', '9s', '--malformed', '5%', '-s20', '--duration', '9s'],
    /^--fault-after is not before the end of the run; give less than --duration\.$/,
  ],
  [['--seed', 'xyz'], /^--seed: 'xyz' is no seed; give 1 to 16 hexadecimal digits\.$/],
  [['--seed', '12345678901234567'], /^--seed: .* is no seed/],
  [['--seed', ''], /^--seed: '' is no seed/],
  [['-w', 'x'], /^-w: 'x' is not a time/],
  [['-w', '0'], /^-w: 0 is too small/],
  [['-R', '-1'], /^-R: '-1' is not a time/],
  [['-w', '1', '-R', '1'], /^-w and -R exclude each other; give one of them\.$/],
  [['--random-delay', '1s', '--delay', '1s'], /^--delay and --random-delay exclude each other/],
  [['--pipelining', 'on'], /^--pipelining: 'on' is not known; give auto, off or require\.$/],
  [
    ['--chunking', 'requir'],
    /^--chunking: 'requir' is not known; give off, auto or require \(did you mean require\?\)\.$/,
  ],
  [['--depth', '2'], /^--depth above 1 needs transactions back to back; give --chunking auto or require with it\.$/],
  [['--depth', '0'], /^--depth: 0 is too small/],
  [['--depth', '9999', '--chunking', 'auto'], /^--depth: 9999 is out of range; give a whole number from 1 to 4096\.$/],
  [
    ['--depth', '2', '--chunking', 'auto', '-w', '1'],
    /^--depth above 1 and --delay, --random-delay or --exp-delay exclude each other/,
  ],
  [['-M', '1.2.3.4'], /^-M: bad hostname: 1\.2\.3\.4; give a host name, \[IPv4\] or \[IPv6:address\]\.$/],
  [['--helo', '[x]'], /^--helo: bad address literal: \[x\]; give/],
  [['-o', '--chunking', 'auto'], /^--chunking needs EHLO; leave out --old\.$/],
  [['-o', '--pipelining', 'require'], /^--pipelining require needs EHLO; leave out --old\.$/],
  [['-o', '--until', 'ehlo'], /^--until ehlo needs a hello and --old sends none/],
  [['--until', 'dot'], /^--until: 'dot' is not known; give connect, greeting, ehlo, starttls, auth, mail or rcpt\.$/],
  [['--until', 'rcpt', '--retry', 'later'], /^--retry later needs whole messages and --until stops before/],
  [['--until', 'rcpt', '--per-session', '2'], /^--until makes one handshake on each connection/],
  [['--until', 'starttls'], /^--until starttls needs TLS on every connection; give --tls starttls or/],
  [
    ['--until', 'starttls', '--tls', 'starttls', '--tls-share', '0.5'],
    /^--until starttls needs TLS on every connection/,
  ],
  [['--until', 'ehlo', '--tls', 'starttls'], /^--until ehlo stops before STARTTLS; leave out --tls, or give/],
  [['--tls', 'yes'], /^--tls: 'yes' is not known; give off, starttls or implicit\.$/],
  [['--tls-share', '0.5'], /^--tls-share needs TLS; give --tls starttls or --tls implicit with it\.$/],
  [['--tls', 'off', '--insecure'], /^--insecure needs TLS/],
  [['--tls', 'starttls', '--tls-share', '2'], /^--tls-share: '2' is no share; give a number from 0 to 1/],
  [['--tls', 'starttls', '--tls-resume', 'all'], /^--tls-resume: 'all' is no share/],
  [['--tls', 'implicit', '--tls-share', '0.5'], /^--tls-share leaves some connections plain/],
  [['--tls', 'starttls', '-o'], /^--tls starttls needs EHLO, which offers it; leave out --old/],
  [['--tls', 'starttls', '--tls-min', '1.3', '--tls-max', '1.2'], /^--tls-min is above --tls-max; give a range/],
  [['--tls', 'starttls', '--tls-min', '1.1'], /^--tls-min: '1\.1' is not known; give 1\.2 or 1\.3/],
  [['--tls', 'starttls', '--ciphers', 'NONSENSE'], /^--ciphers: OpenSSL does not take 'NONSENSE' \(no cipher match\)/],
  [
    ['--tls', 'starttls', '--tls-groups', 'nope'],
    /^--tls-groups: OpenSSL does not take 'nope' .*; give groups such as/,
  ],
  [['--tls', 'starttls', '--ca', 'mail.eml'], /^--ca: there is no certificate in it that can be read/],
  [['--tls', 'starttls', '--ca', 'nowhere'], /^--ca: cannot read 'nowhere' \(no such file or directory\)/],
  [['--tls', 'starttls', '--cert', 'mx.crt'], /^--cert needs the other half; give --key with it\.$/],
  [
    ['--tls', 'starttls', '--cert', 'mx.crt', '--key', 'mx.crt'],
    /^--key: the private key cannot be read; give one in PEM/,
  ],
  [['--tls', 'starttls', '--ca', 'mx.crt', '--insecure'], /^--ca and --insecure contradict each other/],
  [['--tls', 'starttls', '--tls-name', 'a b'], /^--tls-name: 'a b' is no host name or address/],
  [['--hold', '1s'], /^--hold waits where --until stops; give --until as well\.$/],
  [['-6'], /^-6: the target 127\.0\.0\.1 is not an IPv6 address; leave out -6 or give another target\.$/],
  [['-C', '0'], /^-C: 0 is too small/],
  [['-T', '0'], /^-T: 0 is too small/],
  [['-T', '-5'], /^-T: '-5' is not a size/],
  [['-T', '4GiB'], /^-T: 4GiB is too large/],
  [['--source-ip', 'localhost'], /^--source-ip: 'localhost' is no address; give addresses such as/],
  [['--source-ip', ''], /^--source-ip: '' is no address/],
  [['--source-ip', '127.0.0.1,'], /^--source-ip: '' is no address/],
  [
    ['--source-ip', '127.0.0.9-127.0.0.1'],
    /^--source-ip: '127\.0\.0\.9-127\.0\.0\.1' is no range; give the lower address first/,
  ],
  [['--source-ip', '127.0.0.1-::1'], /^--source-ip: .* is no range/],
  [['--source-ip', '10.0.0.0-10.255.255.255'], /makes too many addresses; give at most 65536\.$/],
  [['--source-ip', '::1'], /^--source-ip: ::1 cannot reach an IPv4 target; give IPv4 addresses\.$/],
  [['--connect-burst', '0'], /^--connect-burst: 0 is too small/],
  [['--connect-timeout', '0'], /^--connect-timeout: 0 is too small/],
  [['--timeout', '10'], /^--timeout: '10' lacks its unit/],
  [['-f', 'a\nb'], /^--from must be one line/],
  [['-t', 'a\rb'], /^--to must be one line/],
  [['-S', 'a\nb'], /^--subject must be one line/],
  [['-r', '0'], /^-r: 0 is too small/],
  [['--numbering', 'old'], /^--numbering: 'old' is not known; give newest or classic\.$/],
  [['-l', '0'], /^-l: 0 is too small/],
  [['-l', '64KiB..1KiB'], /^-l: 1KiB is too small; give at least 64KiB\.$/],
  [['-l', '1..2..3'], /^-l: '1\.\.2\.\.3' is not a range of sizes; give one such as 1KiB\.\.64KiB\.$/],
  [['-l', 'lognormal:8KiB'], /^-l: 'lognormal:8KiB' is no distribution; give the median and sigma/],
  [['-l', 'lognormal:8KiB,0'], /^-l: 'lognormal:8KiB,0' is no distribution/],
  [['-l', 'lognormal:8KiB,1,9KiB..10KiB'], /^-l: the median 8KiB lies outside of 9KiB\.\.10KiB/],
  [['-l', 'file:nowhere'], /^-l: cannot read 'nowhere'/],
  [
    ['-l', 'file:bad-sizes.txt'],
    /^-l: bad-sizes\.txt:1: a line is a size and how often it comes, such as '4KiB 120'\.$/,
  ],
  [['-l', 'file:blank.txt'], /^-l: 'blank\.txt' says of no size that it comes/],
  [['-r', '0'], /^-r: 0 is too small/],
  [['-r', '5..2'], /^-r: 2 is too small; give at least 5\.$/],
  [['-r', '1..2..3'], /^-r: '1\.\.2\.\.3' is not a range of counts/],
  [['--from-pool', '0'], /^--from-pool: 0 is too small/],
  [['--rcpt-pool', '2G'], /^--rcpt-pool: 2000000000 is too large; give at most 1G\.$/],
  [['--rcpt-pool', '2', '-r', '3'], /^--rcpt-pool: 2 addresses are too few for messages to 3 recipients/],
  [['--rcpt-pool', '2', '-N'], /^-N and --rcpt-pool exclude each other; a pool has addresses of its own\.$/],
  [['--rcpt-pool', '2', '-t', '5%@x'], /^-t: '5%@x' is no pattern; give one %d \(or %05d\) for the number, and %% for/],
  [['--rcpt-pool', '2', '-t', '%d%d'], /^-t: '%d%d' is no pattern/],
  [['--rcpt-pool', '2', '--rcpt-file', 'people.txt'], /^--rcpt-pool and --rcpt-file exclude each other/],
  [['--rcpt-file', 'people.txt', '-t', 'a@b'], /^-t and --rcpt-file exclude each other; the file has the addresses\.$/],
  [['--rcpt-file', 'people.txt', '-r', '1..3'], /^--rcpt-file: 2 addresses are too few for messages to 3 recipients/],
  [['--from-file', 'blank.txt'], /^--from-file: 'blank\.txt' holds no address; give one a line\.$/],
  [['--from-file', 'bell.txt'], /^--from-file: 'bell\.txt' has a control character in "a\\u0007@b"/],
  [['--pool-order', 'turn'], /^--pool-order says how a pool is gone through; give --rcpt-pool or --from-pool\.$/],
  [['--corpus', 'nowhere'], /^--corpus: cannot read 'nowhere'/],
  [['--corpus', 'nothing.eml'], /^--corpus: 'nothing\.eml' is empty; give a message\.$/],
  [['--corpus', 'mail.eml=0'], /^--corpus: the weight of 'mail\.eml' is 0; give one above it\.$/],
  [['--corpus', 'box.mbox', '-l', '5'], /^-l and --corpus exclude each other; give one of them\.$/],
  [['--corpus', 'box.mbox', '--header', 'X: y'], /^--header adds to generated headers and --corpus has its own/],
  [['-F', 'mail.eml', '--header', 'X: y'], /^--header adds to generated headers and --message-file has its own/],
  [['-o', '--header', 'X: y'], /^--header adds to generated headers and --old has none; give one of them\.$/],
  [['--header', 'no colon'], /^--header: 'no colon' is no header field; give one such as 'X-Load: 5'\.$/],
  [['--mime', 'txt:5'], /^--mime: 'txt' is no kind of part; give text, html, .* \(did you mean text\?\)\.$/],
  [['--mime', 'text'], /^--mime: 'text' is no part; give its kind and size, such as text:4KiB\.$/],
  [['--mime', 'text:1,text:2'], /^--mime: a message has one text; give it once\.$/],
  [['--mime', 'text:5', '-o'], /^--mime needs headers and --old has none/],
  [['--declare-size', '-o'], /^--declare-size needs a server that offers SIZE and --old asks for no offers/],
  [['-l', '5', '-F', 'mail.eml'], /^-l and -F exclude each other; the file has its own size\.$/],
  [['-F', 'nowhere'], /^-F: cannot read 'nowhere' \(no such file or directory\); give a readable file\.$/],
  [['--retry', 'now'], /^--retry: 'now' is not known; give off or later\.$/],
  [['--stop-on-error', '-A'], /^--stop-on-error and --allow-reject contradict each other/],
  [['--mesages', '5'], /^--mesages: unknown option; did you mean --messages\?$/],
  [['-Z'], /^-Z: unknown option; 'stampede source --help' lists them\.$/],
  [['--json=1'], /^--json: takes no value; give --json alone\.$/],
  [
    ['--auth', 'ann:secret'],
    /^--auth: that is not MECH:USER:PASSWORD; give auto:USER:PASSWORD, or another of auto, scram-sha-256, cram-md5, xoauth2, plain, login\.$/,
  ],
  [['--auth', 'plain:ann:'], /^--auth: that is not MECH:USER:PASSWORD; give/],
  [['--auth', 'plain::secret'], /^--auth: that is not MECH:USER:PASSWORD; give/],
  [['--auth', 'plan:ann:secret'], /^--auth: the part before the first colon is no mechanism; give/],
  [
    ['--auth', 'plain:ann:a\0secret'],
    /^--auth: user and password cannot have NUL in them, or Control-A with XOAUTH2\.$/,
  ],
  [['--auth', 'xoauth2:ann:a\x01secret'], /^--auth: user and password cannot have NUL in them/],
  [
    ['--auth', `plain:ann:secret${'s'.repeat(9000)}`],
    /^--auth: user and password are too long; give at most 9000 octets together\.$/,
  ],
  [
    ['--auth', 'auto:ann:secret', '--auth-file', 'users'],
    /^--auth and --auth-file exclude each other; give one of them\.$/,
  ],
  [
    ['--auth', 'auto:ann:secret', '--auth-mech', 'plain'],
    /^--auth-mech is about users that are not given; give --auth-file in place of --auth\.$/,
  ],
  [['--auth', 'auto:ann:secret', '--auth-order', 'random'], /^--auth-order is about users that are not given/],
  [
    ['--auth-failure-rate', '0.5'],
    /^--auth-failure-rate is about users that are not given; give --auth or --auth-file with it\.$/,
  ],
  [['--auth-in-clear'], /^--auth-in-clear is about users that are not given/],
  [
    ['--auth-file', 'nowhere'],
    /^--auth-file: cannot read 'nowhere' \(no such file or directory\); give a readable file\.$/,
  ],
  [['--auth-file', 'mail.eml'], /^--auth-file: line 3 is not a user and a password; give user:password\.$/],
  [['--auth-file', 'users', '--auth-mech', 'gssapi'], /^--auth-mech: 'gssapi' is not known; give auto, scram-sha-256/],
  [['--auth-file', 'users', '--auth-order', 'sorted'], /^--auth-order: 'sorted' is not known; give robin or random\.$/],
  [
    ['--auth-file', 'users', '--auth-failure-rate', '1.5'],
    /^--auth-failure-rate: '1\.5' is no share; give a number from 0/,
  ],
  [['--auth', 'auto:ann:secret', '-o'], /^--auth needs EHLO, which offers it; leave out --old\.$/],
  [['extra'], /^'127\.0\.0\.1' is one operand too many; give one TARGET\.$/],
]

describe('stampede source: arguments to plan', () => {
  it('has its defaults', () => {
    assert.deepEqual(planOf([]), {
      target: { kind: 'inet', host: '127.0.0.1', port: 25, text: '127.0.0.1' },
      load: {
        messages: 1,
        durationMs: null,
        arrivals: null,
        sessions: 1,
        ramp: null,
        warmupMs: 0,
        backoff: { firstMs: 10, lastMs: 250 },
        perSession: null,
        delay: null,
        drainMs: 5000,
      },
      wire: {
        protocol: 'smtp',
        hello: 'ehlo',
        helloName: 'client.example',
        pipelining: 'auto',
        chunking: 'off',
        depth: 1,
        until: null,
        holdMs: 0,
        family: 0,
        sourceIps: [],
        connectBurst: 1,
        connectTries: 1,
        connectTimeoutMs: 30_000,
        timeoutMs: null,
        tcpWindow: null,
        tls: null,
        auth: null,
      },
      mail: {
        from: 'foo@client.example',
        to: 'foo@client.example',
        recipients: 1,
        recipientsMost: 1,
        numbering: 'newest',
        numbered: false,
        fromPool: null,
        toPool: null,
        size: null,
        sizes: null,
        file: null,
        fileName: null,
        corpus: null,
        mime: null,
        headers: true,
        subject: null,
        extraHeaders: [],
        declareSize: false,
      },
      mix: [],
      mischief: [],
      thresholds: [],
      tags: {},
      door: null,
      allowReject: false,
      retry: 'off',
      stopOnError: false,
      workers: 1,
      record: true,
      seed: '00c0ffee',
      publicTarget: false,
    })
  })

  for (const [args, path, value] of GOOD) {
    it(`${args.join(' ')} sets ${path}`, () => assert.deepEqual(at(planOf(args), path), value))
  }

  for (const [args, sentence] of BAD) {
    it(`refuses ${args.join(' ')}`, () => {
      assert.throws(
        () => planOf(args),
        (error) => error instanceof UsageError && error.exitStatus === 2 && sentence.test(error.message),
      )
    })
  }

  it('reads or refuses every option of the table in the cases above, by each of its names', () => {
    const elsewhere = [
      'count',
      'verbose',
      'json',
      'quiet',
      'no-progress',
      'print-plan',
      'strict',
      'metrics',
      'baseline',
      'out',
      'watch',
      'leaks',
      'leak-cycles',
      'leak-rest',
      'leak-time',
      'live',
      'no-color',
      'help',
      'version',
      'ipv6',
      // In otlp-options.test.ts.
      'otlp',
      'otlp-header',
      'otlp-interval',
      'otlp-sample',
      'otlp-traces',
    ]
    const words = GOOD.flatMap(([args]) => args).map((word) => word.replace(/=.*/s, ''))
    for (const option of optionsOf('source')) {
      if (elsewhere.includes(option.name)) continue
      if (option.letter !== null)
        assert.ok(
          words.some((word) => /^-[^-]/.test(word) && word.includes(option.letter!)),
          `-${option.letter}`,
        )
      for (const name of [option.name, ...option.aliases]) assert.ok(words.includes(`--${name}`), `--${name}`)
      if (takesValue(option) && option.kind !== 'text' && option.kind !== 'file') {
        assert.ok(
          BAD.some(([args]) => args.includes(`--${option.name}`) || args.includes(`-${option.letter}`)),
          `no bad value for --${option.name}`,
        )
      }
    }
  })

  it('takes no target, or two, or a broken one for what it is', () => {
    const read = (...args: string[]) => sourcePlan(parse('source', args, {}), MACHINE)
    const refused = (sentence: RegExp, ...args: string[]) =>
      assert.throws(
        () => read(...args),
        (error) => error instanceof UsageError && sentence.test(error.message),
      )
    refused(/^TARGET is missing; give host, host:port, \[IPv6\]:port, unix:\/path or smtp:\/\/host:port\.$/)
    refused(/^-m: its value is missing; give -m N\.$/, '-m')
    refused(/^'b' is one operand too many/, 'a', 'b')
    refused(/^TARGET '\[::1': missing "\]"; give host/, '[::1')
    refused(/^TARGET 'h:nosuch': unknown port or service; give host/, 'h:nosuch')
    refused(/^-L: the target says smtp:\/\/; give lmtp:\/\/ or leave out -L\.$/, '-L', 'smtp://h')
    refused(/^--source-ip has no meaning for a unix socket/, '--source-ip', '127.0.0.1', 'unix:/p')
    assert.equal(read('lmtp://h').wire.protocol, 'lmtp')
    assert.equal(read('unix:/p', '-L').wire.protocol, 'lmtp')
    refused(/^TARGET '-h': valid hostname or network address required/, '--', '-h')
    assert.equal(read('[::1]:25', '-6').wire.family, 6)
    assert.deepEqual(read('[::1]', '--source-ip', '::1-::3').wire.sourceIps, ['::1', '::2', '::3'])
    assert.throws(
      () => sourcePlan(parse('source', ['h'], {}), { ...MACHINE, hostname: '-bad' }),
      /^UsageError: --helo: this machine's own name cannot be used: bad hostname: -bad; give/,
    )
  })

  it('does not send a secret unencrypted to another machine', () => {
    const read = (...args: string[]) => sourcePlan(parse('source', args, {}), MACHINE).wire.auth?.mechanism
    for (const word of ['plain', 'login', 'xoauth2']) {
      for (const target of ['10.0.0.1', '[fd00::1]:25', '0.0.0.0']) {
        assert.throws(
          () => read('--auth', `${word}:ann:secret`, target),
          (error) =>
            error instanceof UsageError &&
            /^--auth: [A-Z0-9]+ would send the secret unencrypted to [^ ]+; give --tls starttls, another mechanism, or --auth-in-clear\.$/.test(
              error.message,
            ),
        )
        assert.equal(read('--auth', `${word}:ann:secret`, '--auth-in-clear', target), word.toUpperCase())
      }
      for (const target of ['127.9.9.9', '[::1]', 'unix:/p']) {
        assert.equal(read('--auth', `${word}:ann:secret`, target), word.toUpperCase())
      }
    }
    // Which of these the server offers, and who the name is, shows later.
    assert.equal(read('--auth', 'auto:ann:secret', '10.0.0.1'), null)
    assert.equal(read('--auth', 'cram-md5:ann:secret', '10.0.0.1'), 'CRAM-MD5')
    assert.equal(read('--auth', 'scram-sha-256:ann:secret', '10.0.0.1'), 'SCRAM-SHA-256')
    assert.equal(read('--auth', 'plain:ann:secret', 'h'), 'PLAIN')
  })

  it('shows no secret in what it prints, or says is wrong', () => {
    const plan = planOf(['--auth', 'plain:ann:5ecret'])
    const shown = [printedPlan(plan), againLine(plan, MACHINE), narrate(plan)].join('')
    assert.doesNotMatch(shown, /5ecret/)
    assert.match(printedPlan(plan), /"user": "ann",\s+"secret": "\*\*\*"/)
    assert.match(narrate(plan), /^auth {7}PLAIN; user ann$/m)
    assert.match(
      narrate(planOf(['--auth-file', 'users', '--auth-failure-rate', '2%', '--auth-in-clear'])),
      /^auth {7}the best mechanism offered; 2 users in turn; 0\.02 of the connections with a wrong password first; unencrypted if need be$/m,
    )
    for (const [args] of BAD) {
      if (!args.some((word) => word.includes('secret'))) continue
      assert.throws(
        () => planOf(args),
        (error) => error instanceof UsageError && !error.message.includes('secret'),
      )
    }
    assert.throws(
      () => planOf([], { STAMPEDE_AUTH: 'ann:5ecret' }),
      (error) =>
        error instanceof UsageError && /^STAMPEDE_AUTH: /.test(error.message) && !error.message.includes('5ecret'),
    )
  })

  it('is frozen through and through', () => {
    const plan = planOf(['-F', 'mail.eml', '--source-ip', '127.0.0.1'])
    for (const part of [plan, plan.load, plan.wire, plan.wire.sourceIps, plan.mail, plan.target])
      assert.ok(Object.isFrozen(part))
    assert.equal(Buffer.from(plan.mail.file!).toString(), 'Subject: x\n\nbody\n')
  })

  it('takes the environment where the command line says nothing', () => {
    assert.equal(planOf([], { STAMPEDE_SESSIONS: '7' }).load.sessions, 7)
    assert.equal(planOf(['-s', '3'], { STAMPEDE_SESSIONS: '7' }).load.sessions, 3)
    assert.equal(planOf([], { STAMPEDE_REUSE: '0' }).load.perSession, 1)
    assert.equal(planOf(['--reuse'], { STAMPEDE_REUSE: '0' }).load.perSession, null)
    assert.equal(planOf([], { STAMPEDE_ALLOW_REJECT: 'yes' }).allowReject, true)
    assert.equal(planOf([], { STAMPEDE_FROM: '' }).mail.from, '')
    assert.equal(parse('source', [], { STAMPEDE_VERBOSE: '2' }).counter('verbose'), 2)
    assert.equal(parse('source', ['-v'], { STAMPEDE_VERBOSE: '2' }).counter('verbose'), 1)
    assert.equal(parse('source', [], {}).counter('verbose'), 0)
    assert.throws(() => planOf([], { STAMPEDE_SESSIONS: 'x' }), /^UsageError: STAMPEDE_SESSIONS: 'x' is not a count/)
    assert.throws(
      () => planOf([], { STAMPEDE_STRICT: 'maybe' }),
      /^UsageError: STAMPEDE_STRICT: 'maybe' is neither yes nor no; give 1 or 0\.$/,
    )
    assert.throws(() => planOf([], { STAMPEDE_VERBOSE: 'x' }), /^UsageError: STAMPEDE_VERBOSE: 'x' is not a level/)
    // A rival on the command line silences the environment's; both in the environment stay a contradiction.
    assert.equal(planOf(['-R', '1'], { STAMPEDE_DELAY: '1' }).load.delay?.kind, 'random')
    assert.equal(planOf(['-4'], { STAMPEDE_IPV6: '1' }).wire.family, 4)
    assert.throws(
      () => planOf([], { STAMPEDE_DELAY: '1', STAMPEDE_RANDOM_DELAY: '1' }),
      /STAMPEDE_DELAY and STAMPEDE_RANDOM_DELAY exclude/,
    )
    assert.equal(planOf([], { STAMPEDE_AUTH: 'plain:ann:x' }).wire.auth?.credentials[0]?.secret, 'x')
    assert.equal(planOf(['--auth-file', 'users'], { STAMPEDE_AUTH: 'plain:ann:x' }).wire.auth?.file, 'users')
    assert.equal(planOf(['--auth', 'plain:ann:x'], { STAMPEDE_AUTH_MECH: 'login' }).wire.auth?.mechanism, 'PLAIN')
    assert.equal(planOf([], { STAMPEDE_I_OWN_THIS_SERVER: '1' }).publicTarget, false)
  })

  it('names environment variables without doubles', () => {
    for (const verb of ['source', 'sink'] as const) {
      const names = optionsOf(verb).flatMap((option) => environmentName(option) ?? [])
      assert.equal(new Set(names).size, names.length)
      assert.ok(names.every((name) => /^STAMPEDE_[A-Z0-9_]+$/.test(name)))
    }
  })

  it('has no letter or name twice in a verb', () => {
    for (const verb of ['source', 'sink', 'smtp-source', 'smtp-sink'] as const) {
      const options = optionsOf(verb)
      const words = options.flatMap((option) => [
        ...(option.letter === null ? [] : [option.letter]),
        ...[option.name, ...option.aliases].flatMap((name) => (option.negatable ? [name, `no-${name}`] : [name])),
      ])
      assert.equal(new Set(words).size, words.length, verb)
    }
  })
})
