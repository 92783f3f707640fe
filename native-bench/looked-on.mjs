// npm run bench:looked-on [-- --who pages|view --seconds N --out NAME]
//
// What looking on costs, within one run: three seconds with onlookers, three seconds without, turn about. Where the machine's own speed wanders by more from run
// to run than the cost that is looked for, this is the finer scale; npm run bench:watching is the coarser one, which has the endpoint itself in its difference.
// Beside the throughput stands what the workers' threads themselves used for each message, which the onlookers' own load of the machine touches less. As many phases
// without anybody, halved by turns, tell how much of it is chance. Linux only; nothing else should run on the machine meanwhile.
import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { parseArgs } from 'node:util'
import { buildFloor, here, root } from './build.mjs'
import { follow, Pages } from './looked-on/pages.mjs'
import { childOf, cpuOf } from './looked-on/threads.mjs'
import { View } from './looked-on/view.mjs'
import { describeMachine } from './machine.mjs'
import { startReceiver } from './processes.mjs'
import { median } from './stats.mjs'

const WHO = { pages: Pages, view: View }
/** Seconds of each phase; its first is not counted, in which connections are made or closed. */
const PHASE = 3
const TARGET = 0.02

const { values } = parseArgs({
  options: {
    who: { type: 'string', default: 'pages' },
    seconds: { type: 'string', default: '606' },
    out: { type: 'string' },
  },
})
const Onlookers = WHO[values.who]
if (Onlookers === undefined) {
  console.error(`--who: there is no '${values.who}'; give ${Object.keys(WHO).join(' or ')}.`)
  process.exit(2)
}
const seconds = Number(values.seconds)

buildFloor()
const receiver = await startReceiver('c-sink')
const folder = mkdtempSync(join(tmpdir(), 'stampede-looked-on-'))
const file = join(folder, 'seconds.csv')
const load = ['--workers', '1', '-s', '100', '--pipelining', 'require', '-l', '1024', '--duration', `${seconds}s`]
const shown = Onlookers.terminal ? ['--live', 'full'] : ['--no-progress']
const command = [
  'dist/bin/stampede.js',
  'source',
  ...load,
  '--out',
  `csv=${file}`,
  '--metrics',
  '127.0.0.1:0',
  ...shown,
]
const target = `inet:127.0.0.1:${receiver.port}`
const run = Onlookers.terminal
  ? spawn(
      'script',
      ['-qfec', `stty rows 50 cols 200; exec ${process.execPath} ${command.join(' ')} ${target}`, '/dev/null'],
      { cwd: root, stdio: ['pipe', 'pipe', 'inherit'], env: { ...process.env, TERM: 'xterm-256color', CI: '' } },
    )
  : spawn(process.execPath, [...command, target], { cwd: root, stdio: ['ignore', 'ignore', 'pipe'] })
const over = once(run, 'close')
const WHERE = /metrics on (http\S+?)\/metrics/
let said = ''
const listen = (text) => {
  if (!WHERE.test(said)) said += text
}
;(run.stdout ?? run.stderr).on('data', listen)
while (!WHERE.test(said) && run.exitCode === null) await new Promise((done) => setTimeout(done, 20))
const pid = Onlookers.terminal ? childOf(run.pid, 'node') : run.pid
const url = WHERE.exec(said)[1]
const onlookers = new Onlookers(url, run)

/** Of each whole second: CPU of the first thread and of the others. */
const used = []
let second = -1
let before = cpuOf(pid)
let last = ''
const control = follow(url, (name, id) => {
  if (id !== '') last = id
  if (name !== 'second') return
  second++
  const now = cpuOf(pid)
  used[second] = { main: now.main - before.main, others: now.others - before.others }
  before = now
  if (second === 0) onlookers.leave()
  // The second that begins now belongs to the next phase.
  if ((second + 1) % PHASE !== 0) return
  if (((second + 1) / PHASE) % 2 === 1) onlookers.come(last)
  else onlookers.leave()
})
await over
control.destroy()
onlookers.leave()
await receiver.stop?.()

const [head, ...lines] = readFileSync(file, 'utf8').trim().split('\r\n')
rmSync(folder, { recursive: true })
const columns = head.split(',')
const rows = lines.map((line) => Object.fromEntries(line.split(',').map((value, i) => [columns[i], Number(value)])))
const phases = []
for (const row of rows) {
  const { main, others } = used[row.second] ?? {}
  if (row.second % PHASE === 0 || row.duration_ms <= 900 || main === undefined) continue
  const at = Math.floor(row.second / PHASE)
  phases[at] ??= { rate: [], worker: [], main: [] }
  const phase = phases[at]
  phase.rate.push((row.accepted * 1000) / row.duration_ms)
  phase.worker.push((others * 1e6) / row.accepted)
  phase.main.push((main * 1000) / row.duration_ms)
}
const mean = (of) => of.reduce((sum, one) => sum + one, 0) / of.length
const deviation = (of) => Math.sqrt(of.reduce((sum, one) => sum + (one - mean(of)) ** 2, 0) / (of.length - 1))

/** The phases of one kind against those beside them, so that a wandering speed cancels out. */
function against(values_) {
  const ratios = values_.flatMap((one, i) =>
    i % 2 === 1 && values_[i + 1] !== undefined ? [one / ((values_[i - 1] + values_[i + 1]) / 2) - 1] : [],
  )
  return { median: median(ratios), ...resampled(ratios), phases: ratios.length, ratios }
}

/** Bounds of the median in 95 of 100 resamplings. */
function resampled(ratios) {
  let state = 1
  const next = () => {
    state = (state * 48271) % 2147483647
    return state / 2147483647
  }
  const medians = Array.from({ length: 2000 }, () =>
    median(ratios.map(() => ratios[Math.floor(next() * ratios.length)])),
  ).sort((a, b) => a - b)
  return { low: medians[50], high: medians[1949] }
}

const of = (name) => phases.map((phase) => mean(phase[name]))
const halves = (name) => {
  const all = of(name)
  return [median(all.filter((_, i) => i % 2 === 1)), median(all.filter((_, i) => i % 2 === 0))]
}
const throughput = against(of('rate'))
const worker = against(of('worker'))
// Only phases without onlookers, the first, third, fifth … of them in the place of those with.
const chance = against(of('rate').filter((_, i) => i % 2 === 0))
const percent = (share) => `${(share * 100).toFixed(1)} %`
const interval = ({ median: middle, low, high }) => `${percent(middle)} (${percent(low)} to ${percent(high)})`
const result = {
  date: new Date().toISOString(),
  machine: describeMachine(),
  command: [
    'node',
    ...command.map((word) => (word.startsWith('csv=') ? 'csv=FILE' : word)),
    'inet:127.0.0.1:PORT',
  ].join(' '),
  who: Onlookers.sentence,
  seconds,
  seen: onlookers.seen,
  perSecond: halves('rate'),
  workerMicroseconds: halves('worker'),
  mainThread: halves('main'),
  throughput,
  worker,
  chance,
}
const rows_ = [
  ['messages/s', ...result.perSecond.map((one) => Math.round(one).toLocaleString('en-US'))],
  ['CPU of the worker for a message', ...result.workerMicroseconds.map((one) => `${one.toFixed(2)} µs`)],
  ['main thread, share of a core', ...result.mainThread.map(percent)],
]
const text = `# What looking on costs, within one run: ${values.who}

${result.date.slice(0, 10)}, ${result.machine.cpu ?? ''} ${result.machine.node ?? process.version}. One run of ${seconds} s: \`${result.command}\`${Onlookers.terminal ? ' in a terminal of 200 × 50' : ''} into the receiver in C;
${PHASE} s with ${Onlookers.sentence}, ${PHASE} s without, turn about; the first second of each is left out. Each phase with is held against the mean of the two without beside it.

| median of phases | with | without |
|---|---|---|
${rows_.map((cells) => `| ${cells.join(' | ')} |`).join('\n')}

With against without, median of ${throughput.phases} phases and its 95 % interval (bootstrap): throughput ${interval(throughput)}, CPU of the worker for a message ${interval(worker)}.
Phases without against one another, as if every other one were with: throughput ${interval(chance)}; a single phase scatters by ${percent(deviation(throughput.ratios))}.
${onlookers.seen}. Target: a loss of less than ${percent(TARGET)}.
`
const name = values.out ?? `${result.date.slice(0, 10)}-looked-on-${values.who}`
writeFileSync(join(here, 'results', `${name}.json`), `${JSON.stringify(result, null, 2)}\n`)
writeFileSync(join(here, 'results', `${name}.md`), text)
console.log(text)
process.exit(0)
