// Whose instructions are counted, in which conversation. `from` and `to`: the messages between which it is counted; by the first one everything that is
// called often has been compiled. One session and one thread: what is read in one turn then does not depend on chance.

const STAMPEDE = 'dist/bin/stampede.js'
/** V8 compiles and collects on the thread itself, at moments that follow from what was executed, and hashes alike each time. */
const NODE = ['--single-threaded', '--hash-seed=1', '--random-seed=1']
/**
 * Room for all garbage of a count. What makes next to none is collected once between two messages, or not: chance, and most of a per cent. What makes much
 * is collected so often that it evens out, and goes without.
 */
const ROOM = ['--min-semi-space-size=64', '--max-semi-space-size=64']
const PATIENCE = ['--timeout', '1h', '--connect-timeout', '1h']

const source =
  (more, node = ROOM) =>
  (port, { dist = STAMPEDE } = {}) => [
    process.execPath,
    ...NODE,
    ...node,
    dist,
    'source',
    '--quiet',
    '--no-progress',
    '--seed',
    'c0ffee00',
    ...['--workers', '1', '-s', '1', '-m', '1M', '-l', '1024'],
    ...PATIENCE,
    ...more,
    `inet:127.0.0.1:${port}`,
  ]
const smtpSource = (more) => (port) => [
  'smtp-source',
  ...more,
  '-s',
  '1',
  '-m',
  '1000000',
  '-l',
  '1024',
  `inet:127.0.0.1:${port}`,
]
const sink =
  (more, node = ROOM) =>
  (port, { dist = STAMPEDE } = {}) => [
    process.execPath,
    ...NODE,
    ...node,
    dist,
    'sink',
    '--quiet',
    ...['--workers', '1', '--timeout', '1h'],
    ...more,
    `inet:127.0.0.1:${port}`,
  ]
// As another user valgrind could not be spoken to any more.
const smtpSink = (port) => [
  'smtp-sink',
  ...(process.getuid() === 0 ? ['-u', 'root'] : []),
  ...['-t', '3600', `127.0.0.1:${port}`, '10'],
]

/** `role`: source (a receiver of ours stops it) or sink (a sender of ours does). `ours`: judged by the gate. */
export const CASES = [
  {
    name: 'source/lock-step',
    ours: true,
    role: 'source',
    argv: source(['--pipelining', 'off']),
    from: 4000,
    to: 12_000,
  },
  {
    name: 'source/glued',
    ours: true,
    role: 'source',
    argv: source(['--pipelining', 'require']),
    from: 8000,
    to: 24_000,
  },
  {
    name: 'source/bdat16',
    ours: true,
    role: 'source',
    argv: source(['--chunking', 'require', '--depth', '16']),
    from: 16_000,
    to: 64_000,
  },
  {
    name: 'source/tls',
    ours: true,
    role: 'source',
    tls: true,
    argv: source(['--pipelining', 'require', '--tls', 'starttls', '--insecure']),
    from: 6000,
    to: 18_000,
  },
  {
    name: 'source/per-message',
    ours: true,
    role: 'source',
    argv: source(['--no-reuse', '--pipelining', 'require'], []),
    from: 2000,
    to: 6000,
  },
  { name: 'smtp-source/lock-step', ours: false, role: 'source', argv: smtpSource(['-d']), from: 500, to: 4500 },
  { name: 'smtp-source/per-message', ours: false, role: 'source', argv: smtpSource([]), from: 500, to: 2500 },
  { name: 'sink/lock-step', ours: true, role: 'sink', mode: 'lock-step', argv: sink([]), from: 8000, to: 20_000 },
  { name: 'sink/glued', ours: true, role: 'sink', mode: 'glued', argv: sink([]), from: 16_000, to: 64_000 },
  { name: 'sink/bdat16', ours: true, role: 'sink', mode: 'bdat', argv: sink([]), from: 16_000, to: 64_000 },
  {
    name: 'sink/tls',
    ours: true,
    role: 'sink',
    mode: 'glued',
    tls: true,
    argv: sink(['--tls', 'starttls'], []),
    from: 6000,
    to: 18_000,
  },
  { name: 'sink/per-message', ours: true, role: 'sink', mode: 'per-message', argv: sink([], []), from: 2000, to: 6000 },
  { name: 'smtp-sink/lock-step', ours: false, role: 'sink', mode: 'lock-step', argv: smtpSink, from: 500, to: 4500 },
  { name: 'smtp-sink/glued', ours: false, role: 'sink', mode: 'glued', argv: smtpSink, from: 500, to: 4500 },
  {
    name: 'smtp-sink/per-message',
    ours: false,
    role: 'sink',
    mode: 'per-message',
    argv: smtpSink,
    from: 500,
    to: 2500,
  },
]
