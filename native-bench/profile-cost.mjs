// node native-bench/profile-cost.mjs [--pairs N] [--seconds N] [--quick]
//
// What a profile costs: the same load with and without `stampede profile`, in turn, into one sink in a process of its own. Nothing else should run
// on the machine. The figure is messages a second of the profiled time with, divided by those of the same time without.
import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { parseArgs } from 'node:util'
import { here, root } from './build.mjs'
import { describeMachine } from './machine.mjs'
import { pairwise, spread } from './stats.mjs'

const MOST = 0.1
/** The profile begins behind it, and so does what is measured without. */
const WARMUP = '1s'

const { values } = parseArgs({
  options: {
    pairs: { type: 'string', default: '5' },
    seconds: { type: 'string', default: '5' },
    quick: { type: 'boolean', default: false },
  },
})
const pairs = values.quick ? 1 : Number(values.pairs)
const seconds = values.quick ? 2 : Number(values.seconds)
if (!(pairs >= 1 && seconds >= 2)) {
  console.error(
    'usage: node native-bench/profile-cost.mjs [--pairs N (at least 1)] [--seconds N (at least 2)] [--quick]',
  )
  process.exit(2)
}

function stampede(args) {
  return spawn(process.execPath, [join(root, 'dist', 'bin', 'stampede.js'), ...args], {
    cwd: root,
    stdio: ['ignore', 'pipe', 'inherit', 'pipe'],
  })
}

/** Messages a second behind the warm-up, by the run's own document. */
async function perSecond(profiled, mode, address, folder) {
  const out = join(folder, 'run.json')
  const words = [...LOAD, '--duration', `${seconds + 1}s`, ...mode, '--out', `json=${out}`, address]
  const child = stampede(profiled ? ['profile', '--out-dir', join(folder, 'profile'), '--', ...words] : words)
  child.stdout.resume()
  const [status] = await once(child, 'close')
  if (status !== 0) throw new Error(`stampede ${words.join(' ')}: status ${status}`)
  const { default: result } = await import(`${out}?${Math.random()}`, { with: { type: 'json' } })
  return result.messages.perSecond
}

const MODES = {
  glued: ['--pipelining', 'require'],
  'lock-step': ['--pipelining', 'off'],
  bdat16: ['--chunking', 'require', '--depth', '16'],
}
/** The same words with and without; `perSecond` adds where the files go. */
const LOAD = ['source', '--quiet', '--no-progress', '-s', '100', '-l', '1KiB', '--warmup', WARMUP]
const folder = mkdtempSync(join(tmpdir(), 'stampede-profile-cost-'))
const sink = stampede(['sink', '--quiet', '--ready-fd', '3', '127.0.0.1:0'])
try {
  const [line] = await once(sink.stdio[3], 'data')
  const address = String(line).trim()
  const rows = []
  for (const [name, mode] of Object.entries(MODES)) {
    const withIt = []
    const without = []
    for (let pair = 0; pair < pairs; pair++) {
      withIt.push(await perSecond(true, mode, address, folder))
      without.push(await perSecond(false, mode, address, folder))
    }
    rows.push({ name, mode, with: spread(withIt), without: spread(without), ratio: pairwise(withIt, without) })
    console.error(`${name}: ${rows.at(-1).ratio.median.toFixed(3)} of the throughput without`)
  }
  const date = new Date().toISOString().slice(0, 10)
  const machine = describeMachine()
  const shared = [...LOAD, '--duration', `${seconds + 1}s`, 'MODE', 'ADDRESS'].join(' ')
  const commands = [`stampede profile -- ${shared}`, `stampede ${shared}`]
  const figure = ({ median, min, max }, digits) =>
    `${median.toFixed(digits)} (${min.toFixed(digits)} to ${max.toFixed(digits)})`
  const text = `# What a profile costs, ${date}

${pairs} pairs of ${seconds} s, in turn; 100 sessions, 1 KiB, into our sink. Node ${machine.node}, ${machine.cores} cores of ${machine.cpu}. ${values.quick ? 'A quick run: not to be quoted.' : ''}

\`${commands.join('` against `')}\`, the sink by \`stampede sink --quiet 127.0.0.1:0\`.

| conversation | messages/s profiled | without | ratio, pair by pair |
|---|--:|--:|--:|
${rows.map((row) => `| ${row.name}, \`${row.mode.join(' ')}\` | ${figure(row.with, 0)} | ${figure(row.without, 0)} | ${figure(row.ratio, 3)} |`).join('\n')}
`
  console.log(text)
  const results = values.quick ? join(here, 'build', 'results') : join(here, 'results')
  mkdirSync(results, { recursive: true })
  writeFileSync(
    join(results, `${date}-profile-cost.json`),
    `${JSON.stringify({ schemaVersion: 1, date, machine, commands, pairs, seconds, rows }, null, 1)}\n`,
  )
  writeFileSync(join(results, `${date}-profile-cost.md`), text)
  process.exitCode = !values.quick && rows.some(({ ratio }) => ratio.median < 1 - MOST) ? 1 : 0
} finally {
  sink.kill()
  rmSync(folder, { recursive: true, force: true })
}
