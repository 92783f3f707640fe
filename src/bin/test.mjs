// Runs the compiled tests: `npm test` all but test/system, `npm run test:system` only those. Paths or parts of names given as arguments narrow it
// down, words that begin with `--test` go to Node. Plain JavaScript, because it decides about what has been compiled.
import { spawn } from 'node:child_process'
import { existsSync, readdirSync } from 'node:fs'
import { dirname, join, relative, sep } from 'node:path'
import { fileURLToPath } from 'node:url'

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

// System suites load the whole machine and count what it can hold: one at a time.
const concurrency = system ? 1 : 2
const reporter = passed.some((word) => word.startsWith('--test-reporter')) ? [] : ['--test-reporter=spec']
const args = [
  '--test',
  `--test-concurrency=${concurrency}`,
  ...reporter,
  ...passed,
  ...found.map((name) => join('test-dist', name)),
]
const began = Date.now()
const child = spawn(process.execPath, args, { cwd: root, stdio: 'inherit' })
for (const signal of ['SIGINT', 'SIGTERM']) process.on(signal, () => child.kill(signal))
child.on('error', (error) => {
  console.error(error.message)
  process.exit(1)
})
child.on('close', (code, signal) => {
  const seconds = ((Date.now() - began) / 1000).toFixed(1)
  const end = signal ? `ended by ${signal}` : code === 0 ? 'all passed' : 'FAILED'
  console.log(`${system ? 'system tests' : 'tests'}: ${found.length} files, ${seconds} s, ${end}`)
  process.exitCode = code ?? 1
})
