// Servers with planted faults, judged by `stampede source --leaks`, each so many times with other seeds: how often the verdict is right, and how far slopes
// are from the truth. Writes native-bench/results/NAME.json and .md after every search, so that --resume goes on where a run was stopped.
//
//   node native-bench/leak-verdicts.mjs [--seeds N] [--from N] [--only KIND,...] [--parallel N] [--name NAME] [--resume] [--no-write] [--cycles FILE]
//
// --cycles appends every search with all of its cycles to FILE, a JSON document a line: what a changed rule would have said can be asked of them.
//
// Exit 1 when a verdict was wrong, a slope was off by more than 15 %, or a run took two minutes.
import { appendFileSync, existsSync, mkdirSync, readFileSync, writeFileSync } from 'node:fs'
import { dirname, join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { parseArgs } from 'node:util'
import { describeMachine } from './machine.mjs'

const root = join(dirname(fileURLToPath(import.meta.url)), '..')
const { FAULTS } = await import(join(root, 'test-dist', 'peer', 'leaky-faults.js'))
const { judgeFault } = await import(join(root, 'test-dist', 'peer', 'leaky-trial.js'))

const { values } = parseArgs({
  options: {
    seeds: { type: 'string', default: '20' },
    from: { type: 'string', default: '1' },
    only: { type: 'string', default: Object.keys(FAULTS).join(',') },
    parallel: { type: 'string', default: '1' },
    name: { type: 'string', default: `${new Date().toISOString().slice(0, 10)}-leak-verdicts` },
    resume: { type: 'boolean', default: false },
    'no-write': { type: 'boolean', default: false },
    cycles: { type: 'string', default: '' },
  },
})
const kinds = values.only.split(',')
const unknown = kinds.find((kind) => !Object.hasOwn(FAULTS, kind))
if (unknown !== undefined) {
  console.error(`--only: there is no fault '${unknown}'; give some of ${Object.keys(FAULTS).join(', ')}.`)
  process.exit(2)
}
const file = join(root, 'native-bench', 'results', values.name)
if (values.resume && !existsSync(`${file}.json`)) {
  console.error(`--resume: there is no ${file}.json to go on from.`)
  process.exit(2)
}
const trials = values.resume ? JSON.parse(readFileSync(`${file}.json`, 'utf8')).trials : []
const first = Number(values.from)
// Seed by seed, so that a run that is stopped early has seen all kinds.
const jobs = Array.from({ length: Number(values.seeds) }, (_, i) => kinds.map((kind) => ({ kind, seed: first + i })))
  .flat()
  .filter(({ kind, seed }) => !trials.some((trial) => trial.kind === kind && trial.seed === seed))
const machine = describeMachine()

/** Takes jobs until there are none. */
async function work() {
  for (let job = jobs.shift(); job !== undefined; job = jobs.shift()) {
    const trial = await judgeFault(job.kind, job.seed)
    trials.push(kept(trial))
    if (values.cycles !== '') appendFileSync(values.cycles, `${JSON.stringify(trial)}\n`)
    const off = trial.error === null ? '' : `   slope off by ${(trial.error * 100).toFixed(1)} %`
    console.log(
      `${job.kind.padEnd(11)} seed ${String(job.seed).padStart(2)}   ${trial.right ? 'right' : 'WRONG'}   ${trial.words}   ${(trial.elapsedMs / 1000).toFixed(0)} s${off}${trial.right ? '' : `   ${trial.why}`}`,
    )
    if (!values['no-write']) write()
  }
}

/** What is written of a trial: every cycle only where the verdict was wrong. */
function kept({ finding, ...trial }) {
  if (!trial.right) return { ...trial, finding }
  return { ...trial, verdicts: finding.verdicts.map(({ levels, ...verdict }) => ({ ...verdict, to: levels.at(-1) })) }
}

function quantile(sorted, share) {
  return sorted.length === 0 ? null : sorted[Math.min(sorted.length - 1, Math.ceil(share * sorted.length) - 1)]
}
const percent = (share) => (share === null ? '-' : `${(share * 100).toFixed(1)} %`)

/** A row for each kind that was judged. */
function summed() {
  return Object.keys(FAULTS).flatMap((kind) => {
    const own = trials.filter((trial) => trial.kind === kind)
    if (own.length === 0) return []
    const errors = own.flatMap(({ error }) => (error === null ? [] : [error])).sort((a, b) => a - b)
    const seconds = own.map(({ elapsedMs }) => elapsedMs / 1000).sort((a, b) => a - b)
    return {
      kind,
      runs: own.length,
      right: own.filter(({ right }) => right).length,
      errorP50: quantile(errors, 0.5),
      errorP95: quantile(errors, 0.95),
      errorMax: quantile(errors, 1),
      secondsP50: quantile(seconds, 0.5),
      secondsMax: quantile(seconds, 1),
    }
  })
}

function tableOf(rows) {
  return [
    '| server | has to be judged | right | slope off by p50 | p95 | max | seconds p50 | max |',
    '|---|---|--:|--:|--:|--:|--:|--:|',
    ...rows.map((row) => {
      const { word, leaks, plan } = FAULTS[row.kind]
      const what = leaks === null ? `${word} (${plan})` : `${leaks.resource} ${word} per ${leaks.driver} (${plan})`
      return `| ${row.kind} | ${what} | ${row.right} of ${row.runs} | ${percent(row.errorP50)} | ${percent(row.errorP95)} | ${percent(row.errorMax)} | ${row.secondsP50.toFixed(0)} | ${row.secondsMax.toFixed(0)} |`
    }),
  ].join('\n')
}

function write() {
  const rows = summed()
  mkdirSync(dirname(file), { recursive: true })
  writeFileSync(`${file}.json`, `${JSON.stringify({ machine, rows, trials }, null, 2)}\n`)
  writeFileSync(
    `${file}.md`,
    `# Verdicts on servers with planted faults\n\n\`node native-bench/leak-verdicts.mjs --seeds ${values.seeds}\` on ${typeof machine === 'string' ? machine : Object.values(machine).join(', ')}\n\n${tableOf(rows)}\n`,
  )
}

await Promise.all(Array.from({ length: Number(values.parallel) }, work))
const rows = summed()
console.log(`\n${tableOf(rows)}`)
if (!values['no-write']) console.log(`wrote ${file}.{json,md}`)
const bad = rows.some(
  ({ right, runs, errorMax, secondsMax }) => right < runs || (errorMax ?? 0) > 0.15 || secondsMax >= 120,
)
process.exitCode = bad ? 1 : 0
