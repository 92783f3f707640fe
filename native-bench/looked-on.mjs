// npm run bench:looked-on [-- --seconds N --out NAME]
//
// What looking on costs, within one run: three seconds with a scrape every 100 ms and twenty live pages, three seconds without, turn about. Where the machine's own
// speed wanders by more from run to run than the cost that is looked for, this is the finer scale; npm run bench:watching is the coarser one, which has the endpoint
// itself in its difference. Linux only; nothing else should run on the machine meanwhile.
import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import http from 'node:http'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { parseArgs } from 'node:util'
import { buildFloor, here, root } from './build.mjs'
import { describeMachine } from './machine.mjs'
import { startReceiver } from './processes.mjs'
import { median } from './stats.mjs'

const CLIENTS = 20
const SCRAPE_EVERY_MS = 100
/** Seconds of each phase; its first is not counted, in which connections are made or closed. */
const PHASE = 3
const TARGET = 0.02

const { values } = parseArgs({ options: { seconds: { type: 'string', default: '126' }, out: { type: 'string' } } })
const seconds = Number(values.seconds)

/** Who looks on while told to. */
class Onlookers {
  #requests = []
  #timer
  scrapes = 0
  events = 0

  constructor(url) {
    this.url = url
    this.agent = new http.Agent({ keepAlive: true })
  }

  come() {
    if (this.#timer !== undefined) return
    this.#requests = Array.from({ length: CLIENTS }, () => follow(this.url, () => this.events++))
    this.#timer = setInterval(() => this.#scrape(), SCRAPE_EVERY_MS)
  }

  leave() {
    clearInterval(this.#timer)
    this.#timer = undefined
    for (const request of this.#requests) request.destroy()
    this.#requests = []
  }

  #scrape() {
    const headers = { accept: 'application/openmetrics-text;version=1.0.0' }
    const done = (response) => response.resume().on('end', () => this.scrapes++)
    http.get(`${this.url}/metrics`, { agent: this.agent, headers }, done).on('error', () => {})
  }
}

/** An `EventSource`, as far as counting goes: calls back with the name of each event. */
function follow(url, told) {
  const request = http.get(`${url}/events`, { agent: false }, (response) => {
    let rest = ''
    response.setEncoding('utf8').on('data', (text) => {
      const blocks = (rest + text).split('\n\n')
      rest = blocks.pop()
      for (const block of blocks) told(/^event: (\w+)$/m.exec(block)?.[1] ?? '')
    })
    response.on('error', () => {})
  })
  return request.on('error', () => {})
}

/** CPU of the program's first thread so far, in seconds: the one that serves, draws and reckons. */
function mainThread(pid) {
  const stat = readFileSync(`/proc/${pid}/task/${pid}/stat`, 'latin1')
  const fields = stat.slice(stat.lastIndexOf(')') + 2).split(' ')
  return (Number(fields[11]) + Number(fields[12])) / 100
}

buildFloor()
const receiver = await startReceiver('c-sink')
const folder = mkdtempSync(join(tmpdir(), 'stampede-looked-on-'))
const file = join(folder, 'seconds.csv')
const load = ['--workers', '1', '-s', '100', '--pipelining', 'require', '-l', '1024', '--duration', `${seconds}s`]
const command = [
  'dist/bin/stampede.js',
  'source',
  ...load,
  '--out',
  `csv=${file}`,
  '--metrics',
  '127.0.0.1:0',
  '--no-progress',
]
const run = spawn(process.execPath, [...command, `inet:127.0.0.1:${receiver.port}`], {
  cwd: root,
  stdio: ['ignore', 'ignore', 'pipe'],
})
let said = ''
run.stderr.setEncoding('utf8').on('data', (text) => {
  said += text
})
while (!/metrics on (\S+)\/metrics/.test(said)) await new Promise((done) => setTimeout(done, 20))
const onlookers = new Onlookers(/metrics on (\S+)\/metrics/.exec(said)[1])
const main = { on: [], off: [] }
let second = -1
let before = mainThread(run.pid)
const control = follow(onlookers.url, (name) => {
  if (name !== 'second') return
  second++
  const on = Math.floor(second / PHASE) % 2 === 1
  const now = mainThread(run.pid)
  // The second that has just ended belongs to the phase that it began in.
  if (second % PHASE > 0) main[on ? 'on' : 'off'].push(now - before)
  before = now
  if ((second + 1) % PHASE !== 0) return
  if (Math.floor((second + 1) / PHASE) % 2 === 1) onlookers.come()
  else onlookers.leave()
})
await once(run, 'close')
control.destroy()
onlookers.leave()
await receiver.stop?.()
const [head, ...lines] = readFileSync(file, 'utf8').trim().split('\r\n')
rmSync(folder, { recursive: true })
const columns = head.split(',')
const rows = lines.map((line) => Object.fromEntries(line.split(',').map((value, i) => [columns[i], Number(value)])))
const phases = []
for (const row of rows) {
  if (row.second % PHASE === 0 || row.duration_ms <= 900) continue
  const phase = Math.floor(row.second / PHASE)
  phases[phase] = [...(phases[phase] ?? []), (row.accepted * 1000) / row.duration_ms]
}
const mean = (of) => of.reduce((sum, one) => sum + one, 0) / of.length
const means = phases.map((of) => mean(of))
// Each phase with onlookers against those without before and after it, so that a wandering speed cancels out.
const ratios = means.flatMap((with_, i) =>
  i % 2 === 1 && means[i + 1] !== undefined ? [with_ / ((means[i - 1] + means[i + 1]) / 2) - 1] : [],
)
const sorted = [...ratios].sort((a, b) => a - b)
const error = Math.sqrt(
  ratios.reduce((sum, one) => sum + (one - mean(ratios)) ** 2, 0) / (ratios.length - 1) / ratios.length,
)
const percent = (share) => `${(share * 100).toFixed(1)} %`
const result = {
  date: new Date().toISOString(),
  machine: describeMachine(),
  command: [
    'node',
    ...command.map((word) => (word.startsWith('csv=') ? 'csv=FILE' : word)),
    'inet:127.0.0.1:PORT',
  ].join(' '),
  seconds,
  clients: CLIENTS,
  scrapes: onlookers.scrapes,
  events: onlookers.events,
  perSecond: {
    with: median(means.filter((_, i) => i % 2 === 1)),
    without: median(means.filter((_, i) => i % 2 === 0)),
  },
  throughput: { median: median(ratios), mean: mean(ratios), error, ratios },
  mainThread: { with: mean(main.on), without: mean(main.off) },
}
const text = `# What looking on costs, within one run

${result.date.slice(0, 10)}, ${result.machine.cpu ?? ''} ${result.machine.node ?? process.version}. One run of ${seconds} s: \`${result.command}\` into the receiver in C;
${PHASE} s with ${CLIENTS} live pages and a scrape every ${SCRAPE_EVERY_MS} ms, ${PHASE} s without, turn about; the first second of each is left out. Each phase with is held against
the mean of the two without beside it.

| | with | without |
|---|---|---|
| messages/s (median of phases) | ${Math.round(result.perSecond.with).toLocaleString('en-US')} | ${Math.round(result.perSecond.without).toLocaleString('en-US')} |
| main thread, share of a core | ${percent(result.mainThread.with)} | ${percent(result.mainThread.without)} |

Throughput with against without: median ${percent(result.throughput.median)}, mean ${percent(result.throughput.mean)} ± ${percent(1.96 * error)} (95 %), of ${ratios.length} phases
(${percent(sorted[0])} to ${percent(sorted.at(-1))}); ${onlookers.scrapes} scrapes and ${onlookers.events} events were read. Target: a loss of less than ${percent(TARGET)}.
`
const name = values.out ?? `${result.date.slice(0, 10)}-looked-on`
writeFileSync(join(here, 'results', `${name}.json`), `${JSON.stringify(result, null, 2)}\n`)
writeFileSync(join(here, 'results', `${name}.md`), text)
console.log(text)
process.exit(0)
