// Compiled modules become programs: what `npm` installs, and the workers, each with what it needs in few files, because reading and linking 200 of them is a
// third of a short run's start. What only some runs need stays in chunks of its own. And what runs in a browser: each src/**/browser/main.ts becomes one
// script, to be put into a page as it is. Plain JavaScript, as the rest of the set-up; the compiler's path is the argument.
import { spawnSync } from 'node:child_process'
import { readdirSync, rmSync } from 'node:fs'
import { dirname, join, sep } from 'node:path'
import { fileURLToPath } from 'node:url'
import { build } from 'esbuild'

const root = join(dirname(fileURLToPath(import.meta.url)), '..', '..')
const sources = readdirSync(join(root, 'src'), { recursive: true }).map((name) => name.split(sep).join('/'))
const pages = sources.filter((name) => name.endsWith('/browser/main.ts'))
const programs = [
  'index.ts',
  'worker/source.ts',
  'worker/sink.ts',
  ...sources.filter((name) => /^bin\/.*\.ts$/.test(name)),
]

const checked = spawnSync(process.execPath, [process.argv[2], '-p', join(root, 'src', 'browser.tsconfig.json')], {
  stdio: ['ignore', 2, 2],
})
if (checked.status !== 0) process.exit(checked.status ?? 1)

const entries = (names) => names.map((name) => ({ in: join('src', name), out: name.replace(/\.ts$/, '') }))

for (const old of ['bin', 'chunk', 'worker']) rmSync(join(root, 'dist', old), { recursive: true, force: true })
await build({
  absWorkingDir: root,
  entryPoints: entries(programs),
  outdir: 'dist',
  chunkNames: 'chunk/[name]-[hash]',
  bundle: true,
  splitting: true,
  format: 'esm',
  platform: 'node',
  target: 'node20',
  // Each dependency ships as it is, under its own licence.
  packages: 'external',
  // A profile names the modules by these.
  sourcemap: true,
  sourcesContent: false,
  logLevel: 'warning',
})

await build({
  absWorkingDir: root,
  entryPoints: entries(pages),
  outdir: 'dist/modules',
  bundle: true,
  format: 'iife',
  minify: true,
  target: 'es2022',
  // Style sheets are put into the script as text, so that a page is one file and a script.
  loader: { '.css': 'text' },
  // For a browser it also writes no `</script`, where a script inside a page would end.
  platform: 'browser',
  legalComments: 'inline',
  logLevel: 'warning',
})
