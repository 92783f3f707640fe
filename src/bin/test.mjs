// Runs the compiled tests: `npm test` all but test/system, `npm run test:system` only those. Paths or parts of names given as arguments narrow it
// down, words that begin with `--test` go to Node. Plain JavaScript, because it decides about what has been compiled.
import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { existsSync, readdirSync } from 'node:fs'
import { dirname, join, relative, sep } from 'node:path'
import { fileURLToPath } from 'node:url'

const SIGNALS = ['SIGINT', 'SIGTERM']
const root = join(dirname(fileURLToPath(import.meta.url)), '..', '..')
const words = process.argv.slice(2)
const system = words.includes('--system')
const passed = words.filter((word) => word.startsWith('--test'))
const wanted = words
  .filter((word) => word !== '--system' && !word.startsWith('--test'))
  .map((word) => word.replace(/^(\.\/)?test\//, '').replace(/\.ts$/, ''))

// Node 20's own search knows no patterns, and a compiled test without its source is a leftover.
const compiled = join(root, 'test-dist')
const found = (existsSync(compiled) ? readdirSync(compiled, { recursive: true }) : [])
  .map((name) => name.split(sep).join('/'))
  .filter((name) => name.endsWith('.test.js') && existsSync(join(root, 'test', name.replace(/\.js$/, '.ts'))))
  .filter((name) => name.startsWith('system/') === system)
  .filter(
    (name) =>
      wanted.length === 0 ||
      wanted.some((part) => name.includes(part.replace(/^test-dist\//, '').replace(/\.js$/, ''))),
  )
  .sort()
if (found.length === 0) {
  console.error(
    `No test ${wanted.length === 0 ? 'was found' : `fits ${wanted.join(', ')}`} in ${relative(process.cwd(), compiled) || '.'}.`,
  )
  process.exit(2)
}

// System suites that compare words or mails mostly wait, so that three of them go side by side; those that look at a machine at work (screens, scrapes,
// processes) go in pairs, and those that load all of it and count what it can hold one at a time.
const alone = /\/(arrivals|prometheus|sessions|sink-idle|watch-postfix)\.test\.js$/
const pairs = /\/(flame|killed-server|leaks|live-view|page|perf)\.test\.js$/
// Those that take minutes go first, so that at the end none is left alone with a core idle beside it.
const long = /\/(matrix|postfix|sink-relay)\.test\.js$/
const longFirst = (names) => [...names].sort((a, b) => Number(long.test(b)) - Number(long.test(a)))
const rounds = system
  ? [
      { concurrency: 3, names: longFirst(found.filter((name) => !alone.test(name) && !pairs.test(name))) },
      { concurrency: 2, names: found.filter((name) => pairs.test(name)) },
      { concurrency: 1, names: found.filter((name) => alone.test(name)) },
    ]
  : [{ concurrency: 3, names: found }]
const reporter = passed.some((word) => word.startsWith('--test-reporter')) ? [] : ['--test-reporter=spec']

/** Runs a round; its exit status, or the signal that ended it. */
async function run({ concurrency, names }) {
  const args = ['--test', `--test-concurrency=${concurrency}`, ...reporter, ...passed]
  const child = spawn(process.execPath, [...args, ...names.map((name) => join('test-dist', name))], {
    cwd: root,
    stdio: 'inherit',
  })
  const pass = (signal) => child.kill(signal)
  for (const signal of SIGNALS) process.on(signal, pass)
  try {
    const [code, signal] = await once(child, 'close')
    return signal ?? code
  } finally {
    for (const signal of SIGNALS) process.off(signal, pass)
  }
}

const began = Date.now()
let end = 0
for (const round of rounds) {
  if (round.names.length === 0 || typeof end === 'string') continue
  const status = await run(round)
  if (status !== 0) end = status
}
const seconds = ((Date.now() - began) / 1000).toFixed(1)
const verdict = end === 0 ? 'all passed' : typeof end === 'string' ? `ended by ${end}` : 'FAILED'
console.log(`${system ? 'system tests' : 'tests'}: ${found.length} files, ${seconds} s, ${verdict}`)
process.exitCode = end === 0 ? 0 : 1
