// npm run bench:watching [-- --case NAME --pairs N --seconds N --quick --out NAME]
//
// What looking on costs a run: pairs of the same run with and without somebody who looks, turn about. Linux only, as the rest here; nothing else should
// run on the machine meanwhile.
import { spawn, spawnSync } from 'node:child_process'
import { once } from 'node:events'
import { existsSync, mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import net from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { parseArgs } from 'node:util'
import { buildFloor, here, root } from './build.mjs'
import { describeMachine, machineCpu } from './machine.mjs'
import { measure, startReceiver } from './processes.mjs'
import { median, pairwise, spread } from './stats.mjs'

const STAMPEDE = 'dist/bin/stampede.js'
/** Throughput may fall by this share. */
const TARGET = 0.02
const LEAST_PAIRS = 5
/** What a program says to a terminal that it wants to have to itself (xterm's alternate screen). */
const OWN_SCREEN = '\x1b[?1049h'

const CASES = {
  endpoint: {
    what: 'a scrape every 100 ms and 20 live pages, against no endpoint at all',
    with: watched,
    without: (run) => plain(run, ['--no-progress']),
  },
  terminal: {
    what: 'the live view on a terminal of 200×50, against the same terminal without it',
    with: (run) => onTerminal(run, 'full'),
    without: (run) => onTerminal(run, 'off'),
    lacks: () => {
      if (spawnSync('script', ['--version']).error) return 'script is missing: install the package bsdutils'
      const help = spawnSync(process.execPath, [STAMPEDE, 'source', '--help'], { cwd: root, encoding: 'utf8' })
      return help.stdout.includes('--live') ? null : 'this build has no --live'
    },
  },
}

/** The words of a run: one worker, pipelined, as fast as it goes. `file` gets the result as JSON. */
function words({ seconds, receiver, file }, more) {
  const load = ['--workers', '1', '-s', '100', '--pipelining', 'require', '-l', '1024', '--duration', `${seconds}s`]
  return ['node', STAMPEDE, 'source', '--out', `json=${file}`, ...load, ...more, `inet:127.0.0.1:${receiver.port}`]
}

async function plain(run, more) {
  return { ...(await measure([...words(run, more), '--quiet'])), watchers: null }
}

async function watched(run) {
  const port = await freePort()
  const url = `http://127.0.0.1:${port}`
  const watchers = spawn(process.execPath, [join(here, 'watchers.mjs'), url], { stdio: ['ignore', 'pipe', 'inherit'] })
  let printed = ''
  watchers.stdout.setEncoding('utf8').on('data', (text) => {
    printed += text
  })
  const closed = once(watchers, 'close')
  try {
    const done = await measure(words(run, ['--no-progress', '--quiet', '--metrics', `127.0.0.1:${port}`]))
    const late = setTimeout(() => watchers.kill('SIGKILL'), 5000)
    await closed
    clearTimeout(late)
    return { ...done, watchers: checked(JSON.parse(printed), run.seconds) }
  } finally {
    watchers.kill('SIGKILL')
  }
}

/** Nobody looked on, or somebody was dropped: then the pair shows nothing. */
function checked(got, seconds) {
  if (got.farewells !== got.clients)
    throw new Error(`${got.farewells} of ${got.clients} live pages were told of the end`)
  if (got.events < got.clients * Math.floor(seconds - 1))
    throw new Error(`the live pages had only ${got.events} events`)
  if (got.scrapes < seconds * 5) throw new Error(`there were only ${got.scrapes} scrapes in ${seconds} s`)
  return got
}

/** Under a terminal of its own; what it draws is thrown away by the one who reads. */
async function onTerminal(run, live) {
  const command = words(run, ['--live', live]).map((word) => (word === 'node' ? process.execPath : word))
  const line = `stty rows 50 cols 200; exec ${command.map((word) => `'${word}'`).join(' ')}`
  // A terminal whose other end hears nothing: were it at its end, the program would be told so.
  const shell = `tail -f /dev/null --pid=$$ | TERM=xterm-256color exec script -qec "$1" /dev/null`
  const done = await measure(['sh', '-c', shell, 'sh', line])
  if (done.stdout.includes(OWN_SCREEN) !== (live === 'full'))
    throw new Error(`--live ${live} drew what it should not, or nothing`)
  return { ...done, watchers: null }
}

async function freePort() {
  const server = net.createServer().listen(0, '127.0.0.1')
  await once(server, 'listening')
  const { port } = server.address()
  await new Promise((done) => server.close(done))
  return port
}

/** One run of a side: its figures, checked against what arrived. */
async function side(start, seconds, receiver, folder) {
  const file = join(folder, 'result.json')
  const before = await receiver.messages()
  const machineBefore = machineCpu()
  const receiverBefore = receiver.cpuSeconds()
  const done = await start({ seconds, receiver, file })
  const receiverSeconds = receiver.cpuSeconds() - receiverBefore
  const machineAfter = machineCpu()
  const result = JSON.parse(readFileSync(file, 'utf8'))
  rmSync(file)
  const { accepted } = result.messages
  const arrived = (await receiver.messages()) - before
  if (arrived < accepted) throw new Error(`${accepted} accepted, ${arrived} arrived`)
  const cpu = done.userSeconds + done.systemSeconds
  return {
    messages: accepted,
    perSecond: result.messages.perSecond,
    cpuUs: (cpu * 1e6) / accepted,
    maxRssKiB: done.maxRssKiB,
    watchers: done.watchers,
    // Whoever looks on is among them.
    elsewhere: Math.max(0, (machineAfter.busy - machineBefore.busy - cpu - receiverSeconds) / done.wallSeconds),
    stolen: (machineAfter.stolen - machineBefore.stolen) / done.wallSeconds,
  }
}

async function compare(name, { pairs, seconds }) {
  const entry = CASES[name]
  const row = { name, what: entry.what, pairs, seconds, with: [], without: [] }
  const receiver = await startReceiver('c-sink')
  const folder = mkdtempSync(join(tmpdir(), 'stampede-watching-'))
  try {
    // Each once for nothing: files are read, code is compiled.
    for (const start of [entry.with, entry.without]) await side(start, Math.min(seconds, 2), receiver, folder)
    for (let pair = 0; pair < pairs; pair++) {
      const order = pair % 2 === 0 ? ['with', 'without'] : ['without', 'with']
      for (const which of order) row[which].push(await side(entry[which], seconds, receiver, folder))
      console.error(
        `${name}: pair ${pair + 1} of ${pairs}: ${percent(row.with.at(-1).perSecond / row.without.at(-1).perSecond)}`,
      )
    }
    const ratio = (figure) =>
      pairwise(
        row.with.map((run) => run[figure]),
        row.without.map((run) => run[figure]),
      )
    row.throughput = ratio('perSecond')
    row.cpu = ratio('cpuUs')
    row.reached = row.throughput.median >= 1 - TARGET
  } catch (error) {
    row.error = error.message
  } finally {
    await receiver.stop()
    rmSync(folder, { recursive: true, force: true })
  }
  return row
}

const percent = (ratio) => `${((ratio - 1) * 100).toFixed(1)} %`
const count = (value) => Math.round(value).toLocaleString('en-US')

/** What else was seen. */
function notes(row) {
  const elsewhere = (runs) => median(runs.map((run) => run.elsewhere)).toFixed(2)
  const busy = `${row.name}: elsewhere ${elsewhere(row.without)} cores were busy without, ${elsewhere(row.with)} with (who looks on is among them).`
  const watchers = row.with.map((run) => run.watchers).filter(Boolean)
  if (watchers.length === 0) return [busy]
  const scrapes = median(watchers.map((one) => one.scrapes))
  const octets = median(watchers.map((one) => one.scrapeOctets / one.scrapes))
  const events = median(watchers.map((one) => one.events))
  return [
    `${busy} In a run ${count(scrapes)} scrapes of ${count(octets)} octets and ${count(events)} events were read.`,
  ]
}

function render({ date, quick, machine, rows }) {
  const lines = [
    `# What looking on costs, ${date}${quick ? ' (quick: not to be quoted)' : ''}`,
    '',
    `${machine.cpu}, ${machine.cores} cores, ${machine.memoryGiB} GiB, ${machine.kernel}, Node ${machine.node}.`,
    'The source has one worker, 100 sessions, 1 KiB messages, pipelined, against the receiver in C. Differences are taken pair by pair; their median, and the least and the greatest.',
    '',
    '| with | pairs | messages/s with | without | throughput | CPU per message | within 2 % |',
    '|---|---|---|---|---|---|---|',
  ]
  for (const row of rows) {
    if (row.error) {
      lines.push(`| ${row.what} | ${row.pairs} × ${row.seconds} s | ${row.error} | | | | – |`)
      continue
    }
    const range = (s) => `${percent(s.median)} (${percent(s.min)} to ${percent(s.max)})`
    const rate = (runs) => count(spread(runs.map((run) => run.perSecond)).median)
    lines.push(
      `| ${row.what} | ${row.pairs} × ${row.seconds} s | ${rate(row.with)} | ${rate(row.without)} | ${range(row.throughput)} | ${range(row.cpu)} | ${row.reached ? 'yes' : 'no'} |`,
    )
  }
  for (const row of rows.filter(({ error }) => !error)) lines.push('', ...notes(row))
  return `${lines.join('\n').trimEnd()}\n`
}

function stop(sentence) {
  console.error(sentence)
  process.exit(2)
}

async function main() {
  const { values } = parseArgs({
    options: {
      case: { type: 'string', multiple: true },
      pairs: { type: 'string' },
      seconds: { type: 'string' },
      quick: { type: 'boolean', default: false },
      out: { type: 'string' },
    },
  })
  const names = values.case ?? Object.keys(CASES)
  for (const name of names) if (!(name in CASES)) stop(`--case ${name}: there are ${Object.keys(CASES).join(' and ')}`)
  const pairs = Number(values.pairs ?? (values.quick ? 1 : 7))
  const seconds = Number(values.seconds ?? (values.quick ? 2 : 10))
  if (!(pairs >= (values.quick ? 1 : LEAST_PAIRS))) stop(`--pairs ${values.pairs}: at least ${LEAST_PAIRS} are needed`)
  if (!(seconds >= 2)) stop(`--seconds ${values.seconds}: at least 2 are needed`)
  if (process.platform !== 'linux') stop('npm run bench:watching needs Linux: the accounting reads /proc')
  if (!existsSync(join(root, STAMPEDE))) stop(`${STAMPEDE} is missing: npm run build`)
  buildFloor()

  const date = new Date().toISOString().slice(0, 10)
  const folder = values.quick ? join(here, 'build', 'results') : join(here, 'results')
  mkdirSync(folder, { recursive: true })
  const file = join(folder, values.out ?? `${date}-watching`)
  const result = { schemaVersion: 1, date, quick: values.quick, target: TARGET, machine: describeMachine(), rows: [] }
  for (const name of names) {
    const lack = CASES[name].lacks?.() ?? null
    if (lack !== null) {
      console.error(`${name}: ${lack}`)
      result.rows.push({ name, what: CASES[name].what, pairs, seconds, error: lack })
    } else result.rows.push(await compare(name, { pairs, seconds }))
    writeFileSync(`${file}.json`, `${JSON.stringify(result, null, 1)}\n`)
    writeFileSync(`${file}.md`, render(result))
  }
  console.log(render(result))
  process.exitCode = result.rows.some((row) => row.error) ? 1 : 0
}

await main()
