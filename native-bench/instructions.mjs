// npm run instructions [-- --only PATTERN --runs N --gate 3% --update --prove --quick --list]
//
// User instructions per message: the figure that repeats on a noisy machine. Counted by the processor where it shows its counter, else under valgrind's
// callgrind, and held against the last committed figures (results/instructions.json). Ends with 1 when one of ours rose by more than the gate.
import { spawnSync } from 'node:child_process'
import { cpSync, existsSync, mkdirSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { parseArgs } from 'node:util'
import { here, root } from './build.mjs'
import { Callgrind } from './instructions/callgrind.mjs'
import { CASES } from './instructions/cases.mjs'
import { count } from './instructions/count.mjs'
import { compareRows, parseGate, settle, table } from './instructions/gate.mjs'
import { hasCounter, PerfCounter } from './instructions/perf-counter.mjs'
import { describeMachine, environment } from './machine.mjs'
import { missing } from './tools.mjs'

const HELP = `usage: npm run instructions -- [options]
  --only PATTERN   cases whose name matches this regular expression
  --runs N         how often each is counted; the median is taken (1)
  --gate SHARE     by how much a figure of ours may rise (3%)
  --update         write the figures to native-bench/results/, as what is compared with from now on
  --prove          show that the gate sees one copy more in the message path: source/glued as it is and with the copy
  --quick          a tenth of the messages: shows that everything works, is not to be quoted and judged by nothing
  --list           print the cases`
const COMMITTED = join(here, 'results', 'instructions.json')
/** Where the copy is planted: each buffer is copied before it is handed to the kernel. */
const PLANT = ['handle.writeBuffer(request, buffer)', 'handle.writeBuffer(request, Buffer.from(buffer))']
const PROOF = 'source/glued'
const QUICK = 0.1

function stop(sentence) {
  console.error(sentence)
  process.exit(2)
}

function options() {
  let values
  try {
    ;({ values } = parseArgs({
      options: {
        only: { type: 'string', default: '' },
        runs: { type: 'string', default: '1' },
        gate: { type: 'string', default: '3%' },
        update: { type: 'boolean', default: false },
        prove: { type: 'boolean', default: false },
        quick: { type: 'boolean', default: false },
        list: { type: 'boolean', default: false },
        help: { type: 'boolean', short: 'h', default: false },
      },
    }))
  } catch (error) {
    stop(`${error.message}\n${HELP}`)
  }
  const gate = parseGate(values.gate)
  if (gate === null) stop(`--gate ${values.gate}: no share; give one such as 3% or 0.03`)
  const runs = Number(values.runs)
  if (!Number.isInteger(runs) || runs < 1) stop(`--runs ${values.runs}: a whole number of at least 1 is needed`)
  if (values.quick && values.update) stop('--update: a quick count is not to be kept; leave one of them out')
  let only
  try {
    only = new RegExp(values.only)
  } catch {
    stop(`--only ${values.only}: not a regular expression`)
  }
  return { ...values, gate, runs, cases: CASES.filter(({ name }) => only.test(name)) }
}

/** Which counter this machine has, and what it is called. */
function counterOf() {
  if (process.platform !== 'linux') stop('npm run instructions needs Linux: perf or valgrind')
  if (hasCounter()) return { Counter: PerfCounter, how: 'perf stat -e instructions:u' }
  const valgrind = spawnSync('valgrind', ['--version'], { encoding: 'utf8', env: environment })
  if (valgrind.error)
    stop(
      'This machine shows no instruction counter (perf stat -e instructions:u) and has no valgrind; install the package valgrind.',
    )
  return { Counter: Callgrind, how: `${valgrind.stdout.trim()}, callgrind` }
}

/** Counts a case `runs` times. */
async function rowOf(entry, Counter, { runs, ...more }) {
  const counted = []
  for (let run = 0; run < runs; run++) {
    const began = Date.now()
    const one = await count(entry, Counter, more)
    counted.push(one)
    console.error(
      `${entry.name}: ${Math.round(one.perMessage)} a message (${((Date.now() - began) / 1000).toFixed(0)} s)`,
    )
  }
  const { median, spread } = settle(counted.map(({ perMessage }) => perMessage))
  const { median: allocator } = settle(counted.map(({ allocator }) => allocator))
  return {
    name: entry.name,
    ours: entry.ours,
    median,
    spread,
    allocator,
    byClock: Math.max(...counted.map(({ byClock }) => byClock)),
    runs: counted.map(({ perMessage }) => Math.round(perMessage)),
  }
}

/** Our own program with the copy planted; the path of its entry. */
function planted() {
  const folder = join(here, 'build', 'planted')
  rmSync(folder, { recursive: true, force: true })
  mkdirSync(folder, { recursive: true })
  cpSync(join(root, 'dist'), join(folder, 'dist'), { recursive: true })
  cpSync(join(root, 'package.json'), join(folder, 'package.json'))
  const [before, after] = PLANT
  // Which of the bundled files has it is the bundler's affair; the source's writer and the sink's may stand in one.
  const hits = ['chunk', 'worker']
    .flatMap((name) => readdirSync(join(folder, 'dist', name)).map((file) => join(folder, 'dist', name, file)))
    .filter((path) => path.endsWith('.js') && readFileSync(path, 'utf8').includes(before))
  const [path = '', ...more] = hits
  if (path === '' || more.length > 0)
    throw new Error(`the program has changed: '${before}' stands in ${hits.length} files, not in one`)
  writeFileSync(path, readFileSync(path, 'utf8').replaceAll(before, after))
  return join(folder, 'dist', 'bin', 'stampede.js')
}

/** Whether the gate sees the copy; the exit status. */
async function prove(Counter, given) {
  const entry = CASES.find(({ name }) => name === PROOF)
  const scale = given.quick ? QUICK : 1
  const clean = await rowOf(entry, Counter, { runs: given.runs, scale })
  const worse = await rowOf(entry, Counter, { runs: given.runs, scale, dist: planted() })
  const [row] = compareRows([{ ...worse, name: clean.name }], { rows: [clean] }, given.gate)
  console.log(table([row]))
  console.log(row.rose ? 'The gate sees the planted copy.' : 'The gate does NOT see the planted copy.')
  return row.rose ? 0 : 1
}

async function main() {
  const given = options()
  if (given.help) return console.log(HELP)
  if (given.cases.length === 0) stop('no case matches; --list shows them')
  if (given.list) return console.log(given.cases.map(({ name }) => name).join('\n'))
  const { Counter, how } = counterOf()
  console.error(`counted by ${how}`)
  if (given.prove) {
    process.exitCode = await prove(Counter, given)
    return
  }
  const rows = []
  let failed = false
  for (const entry of given.cases) {
    const lack = entry.ours ? null : missing(entry.name.split('/')[0])
    if (lack !== null) {
      console.error(`left out: ${entry.name}: ${lack}`)
      continue
    }
    try {
      rows.push(await rowOf(entry, Counter, { runs: given.runs, scale: given.quick ? QUICK : 1 }))
    } catch (error) {
      failed = true
      console.error(`${entry.name}: ${error.message}`)
    }
  }
  const committed = existsSync(COMMITTED) ? JSON.parse(readFileSync(COMMITTED, 'utf8')) : null
  // Another way of counting, or another compiler of the code, gives other figures.
  const comparable =
    !given.quick && committed !== null && committed.how === how && committed.machine.node === process.version
  if (committed !== null && !comparable && !given.quick)
    console.error(`not compared: the committed figures are of ${committed.how}, Node ${committed.machine.node}`)
  const compared = compareRows(rows, comparable ? committed : null, given.gate)
  console.log(table(compared))
  if (given.update) keep(rows, committed, how)
  const rose = compared.filter((row) => row.rose)
  for (const { name, change } of rose)
    console.error(`${name} rose by ${(change * 100).toFixed(1)} %, more than --gate ${given.gate * 100} %`)
  process.exitCode = rose.length > 0 || failed ? 1 : 0
}

/** Cases that were not counted keep the figures they had. */
function keep(rows, committed, how) {
  const date = new Date().toISOString().slice(0, 10)
  const machine = describeMachine()
  const kept = (committed?.rows ?? []).filter(({ name }) => !rows.some((row) => row.name === name))
  const all = CASES.flatMap(({ name }) => [...rows, ...kept].filter((row) => row.name === name))
  writeFileSync(COMMITTED, `${JSON.stringify({ schemaVersion: 1, date, how, machine, rows: all }, null, 1)}\n`)
  const text = `# Instructions per message, ${date}

Counted by ${how}; Node ${process.version}, ${machine.cpu}, ${machine.kernel}. One session, one thread, 1 KiB messages.

${table(compareRows(all, null, 1))}
`
  writeFileSync(join(here, 'results', `${date}-instructions.md`), text)
}

await main()
process.exit()
