// npm run bench [-- --suite NAME --only PATTERN --runs N --seconds N --quick --list --skip-missing --out NAME]
//
// Paired comparisons of whole processes: ours against the native tools, the bare C floor, and ourselves. Linux only: the
// floor is epoll and the accounting is /proc. Nothing else should run on the machine meanwhile; each row says if it did.
import { mkdirSync, renameSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { parseArgs } from 'node:util'
import { buildFloor, here } from './build.mjs'
import { cases, suites } from './cases.mjs'
import { compare } from './compare.mjs'
import { describeMachine } from './machine.mjs'
import { lineOf, renderResult } from './render.mjs'
import { lacking } from './tools.mjs'

const HELP = `usage: npm run bench -- [options]
  --suite NAME     one of ${suites.join(', ')}; without it every case
  --only PATTERN   cases whose name matches this regular expression
  --runs N         pairs a case (5)
  --seconds N      length of a run (3)
  --quick          two pairs of 0.3 s: shows that everything works, is not to be quoted, writes below native-bench/build
  --list           print the cases, and what is missing for them
  --skip-missing   leave out cases that need a program this machine lacks
  --out NAME       name of the result files instead of the date and the suite`

function stop(sentence) {
  console.error(sentence)
  process.exit(2)
}

function options() {
  let values
  try {
    ;({ values } = parseArgs({
      options: {
        suite: { type: 'string' },
        only: { type: 'string' },
        runs: { type: 'string' },
        seconds: { type: 'string' },
        quick: { type: 'boolean', default: false },
        list: { type: 'boolean', default: false },
        'skip-missing': { type: 'boolean', default: false },
        out: { type: 'string' },
        help: { type: 'boolean', short: 'h', default: false },
      },
    }))
  } catch (error) {
    stop(`${error.message}\n${HELP}`)
  }
  if (values.help) {
    console.log(HELP)
    process.exit(0)
  }
  if (values.suite && !suites.includes(values.suite)) stop(`--suite ${values.suite}: there are ${suites.join(', ')}`)
  if (values.out && !/^[\w.-]+$/.test(values.out)) stop(`--out ${values.out}: a file name without folder is needed`)
  const number = (name, fallback, least) => {
    if (values[name] === undefined) return fallback
    const value = Number(values[name])
    if (!(value >= least)) stop(`--${name} ${values[name]}: a number of at least ${least} is needed`)
    return value
  }
  let only
  try {
    only = new RegExp(values.only ?? '')
  } catch {
    stop(`--only ${values.only}: not a regular expression`)
  }
  return {
    ...values,
    only,
    selection: cases.filter((entry) => (!values.suite || entry.suites.includes(values.suite)) && only.test(entry.name)),
    runs: Math.round(number('runs', values.quick ? 2 : 5, 1)),
    seconds: number('seconds', values.quick ? 0.3 : 3, 0.1),
    narrowed: values.only !== undefined,
  }
}

function list(selection) {
  for (const entry of selection) {
    const reasons = lacking(entry)
    console.log(
      `${entry.name}${entry.target ? '  [target]' : ''}${reasons.length > 0 ? `  (skipped: ${reasons.join('; ')})` : ''}`,
    )
  }
  console.log(`${selection.length} cases`)
}

/** Through a second name, so that an interrupted benchmark leaves whole files. */
function write(file, text) {
  writeFileSync(`${file}.part`, text)
  renameSync(`${file}.part`, file)
}

async function main() {
  const given = options()
  let { selection } = given
  if (selection.length === 0) stop('no case matches; --list shows them')
  if (given.list) {
    list(selection)
    return
  }
  if (process.platform !== 'linux')
    stop('npm run bench needs Linux: the floor uses epoll and the accounting reads /proc')

  const without = new Set(selection.flatMap(lacking))
  if (without.size > 0 && !given['skip-missing']) {
    stop(`${[...without].join('\n')}\n(--skip-missing leaves those cases out, --list shows them)`)
  }
  const left = selection.filter((entry) => lacking(entry).length > 0)
  for (const entry of left) console.error(`left out: ${entry.name}: ${lacking(entry).join('; ')}`)
  selection = selection.filter((entry) => !left.includes(entry))
  if (selection.length === 0) stop('nothing is left to run')
  buildFloor()

  const date = new Date().toISOString().slice(0, 10)
  const suite = given.suite ?? (given.narrowed ? 'selection' : 'all')
  const folder = given.quick ? join(here, 'build', 'results') : join(here, 'results')
  mkdirSync(folder, { recursive: true })
  const file = join(folder, given.out ?? `${date}-${suite}`)
  const result = {
    schemaVersion: 1,
    date,
    suite,
    quick: given.quick,
    options: { runs: given.runs, seconds: given.seconds },
    machine: describeMachine(),
    rows: [],
  }

  for (const [index, entry] of selection.entries()) {
    console.error(`[${index + 1}/${selection.length}] ${entry.name}`)
    const row = await compare(entry, { runs: given.runs, seconds: given.seconds, startups: given.quick ? 1 : 3 })
    result.rows.push(row)
    console.error(lineOf(row))
    write(`${file}.json`, `${JSON.stringify(result, null, 1)}\n`)
    write(`${file}.md`, renderResult(result))
  }
  console.log(renderResult(result))
  console.error(
    `wrote ${[`${file}.json`, `${file}.md`].map((path) => path.slice(here.length - 'native-bench'.length)).join(' and ')}`,
  )
  process.exitCode = result.rows.some((row) => row.error) ? 1 : 0
}

await main()
