// What runs in a browser: each src/**/browser/main.ts becomes one script beside the compiled code, to be put into a page as it is.
// Plain JavaScript, as the rest of the set-up; the compiler's path is the argument.
import { spawnSync } from 'node:child_process'
import { readdirSync } from 'node:fs'
import { dirname, join, sep } from 'node:path'
import { fileURLToPath } from 'node:url'
import { build } from 'esbuild'

const root = join(dirname(fileURLToPath(import.meta.url)), '..', '..')
const entries = readdirSync(join(root, 'src'), { recursive: true })
  .map((name) => name.split(sep).join('/'))
  .filter((name) => name.endsWith('/browser/main.ts'))

if (entries.length === 0) process.exit(0)
const checked = spawnSync(process.execPath, [process.argv[2], '-p', join(root, 'src', 'browser.tsconfig.json')], {
  stdio: ['ignore', 2, 2],
})
if (checked.status !== 0) process.exit(checked.status ?? 1)

await build({
  absWorkingDir: root,
  entryPoints: entries.map((name) => ({ in: join('src', name), out: name.replace(/\.ts$/, '') })),
  outdir: 'dist',
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
