// Installs and builds what is missing, and nothing else: the first thing that `npm run quickstart` and `npm test` do.
// Plain JavaScript without dependencies, because it runs before there are any.
import { spawnSync } from 'node:child_process'
import { createHash } from 'node:crypto'
import { chmodSync, existsSync, readdirSync, readFileSync, statSync, writeFileSync } from 'node:fs'
import { dirname, join } from 'node:path'
import { fileURLToPath } from 'node:url'

const root = join(dirname(fileURLToPath(import.meta.url)), '..', '..')
const force = process.argv.includes('--force')

const [major = 0, minor = 0] = process.versions.node.split('.').map(Number)
if (major < 20 || (major === 20 && minor < 12)) {
  console.error(`Stampede needs Node 20.12 or newer; this is ${process.version}.`)
  process.exit(2)
}

function run(command, args) {
  const done = spawnSync(command, args, { cwd: root, stdio: ['ignore', 2, 2] })
  if (done.status !== 0) {
    console.error(`${command} ${args.join(' ')} failed${done.error ? `: ${done.error.message}` : ''}`)
    process.exit(done.status ?? 1)
  }
}

function newest(path) {
  if (!existsSync(path)) return 0
  const stat = statSync(path)
  if (!stat.isDirectory()) return stat.mtimeMs
  return readdirSync(path).reduce((latest, name) => Math.max(latest, newest(join(path, name))), stat.mtimeMs)
}

// The lock file's hash, not its time: a fresh clone gives every file today's date.
const installStamp = join(root, 'node_modules', '.stampede-installed')
const wanted = createHash('sha256')
  .update(readFileSync(join(root, 'package-lock.json')))
  .digest('hex')
if (!existsSync(installStamp) || readFileSync(installStamp, 'utf8') !== wanted) {
  console.error('Installing dependencies (once) …')
  run(process.platform === 'win32' ? 'npm.cmd' : 'npm', [
    // Not `ci`: the lock file need not list the binaries of every platform for this one to install.
    'install',
    '--no-save',
    '--ignore-scripts',
    '--no-audit',
    '--no-fund',
    '--loglevel=error',
  ])
  writeFileSync(installStamp, wanted)
}

const tsc = join(root, 'node_modules', 'typescript', 'bin', 'tsc')
function build(project, sources, output) {
  const stamp = join(root, output, '.built')
  if (
    !force &&
    existsSync(stamp) &&
    statSync(stamp).mtimeMs > newest(join(root, sources)) &&
    statSync(stamp).mtimeMs > newest(join(root, 'tsconfig.json'))
  )
    return
  console.error(`Building ${output} …`)
  run(process.execPath, [tsc, '-p', join(root, project)])
  if (sources === 'src') run(process.execPath, [join(root, 'src', 'bin', 'bundle.mjs'), tsc])
  writeFileSync(stamp, '')
  // tsc writes no execute bits, and a link named smtp-source should just work.
  const bin = join(root, output, 'bin')
  for (const name of existsSync(bin) ? readdirSync(bin) : [])
    if (name.endsWith('.js')) chmodSync(join(bin, name), 0o755)
}
build('tsconfig.json', 'src', 'dist')
if (process.env.npm_lifecycle_event !== 'quickstart' && existsSync(join(root, 'test', 'tsconfig.json'))) {
  build('test/tsconfig.json', 'test', 'test-dist')
}
