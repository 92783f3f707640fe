import assert from 'node:assert/strict'
import { readdirSync, readFileSync, statSync } from 'node:fs'
import { dirname, join, relative, sep } from 'node:path'
import { test } from 'node:test'
import { fileURLToPath } from 'node:url'

/** From the top down: an import may only go down, or stay in its folder. */
const ORDER = 'index bin cli fleet run profile watch pool worker net report serve smtp message measure plan base'.split(
  ' ',
)

/** Folders that touch no socket, thread, file or clock. */
const PURE = ['smtp', 'message', 'measure', 'plan']
const PURE_MODULES = ['node:buffer', 'node:util']
const CLOCKS = /\bperformance\b|\bDate\.now\b|\bnew Date\(\)|\bhrtime\b|\bsetTimeout\b|\bsetInterval\b|\bsetImmediate\b/

interface Import {
  readonly from: string
  readonly line: number
  readonly module: string
}

const SRC = findSources()

/** The sources, from the compiled test's place. */
function findSources(): string {
  for (let at = dirname(fileURLToPath(import.meta.url)); ; at = dirname(at)) {
    const src = join(at, 'src', 'index.ts')
    if (statSync(src, { throwIfNoEntry: false })?.isFile()) return dirname(src)
    assert.notEqual(at, dirname(at), 'no src/index.ts above this test')
  }
}

const FILES = readdirSync(SRC, { recursive: true, encoding: 'utf8' })
  // Style sheets are imported by what runs in a browser.
  .filter((file) => file.endsWith('.ts') || file.endsWith('.mts') || file.endsWith('.css'))
  .map((file) => file.split(sep).join('/'))
  .sort()

function folderOf(file: string): string {
  return file.includes('/') ? file.slice(0, file.indexOf('/')) : file.replace(/\.ts$/, '')
}

/** The code without comments and the insides of strings, line by line as before. */
function codeOf(text: string): string {
  const blank = (found: string) => found.replace(/[^\n]/g, ' ')
  return text.replace(/\/\*[\s\S]*?\*\/|(?<![:'"`\\/])\/\/[^\n]*/g, blank)
}

function importsOf(file: string): Import[] {
  const code = codeOf(readFileSync(join(SRC, file), 'utf8'))
  const found = code.matchAll(/(?:^|\s|\()(?:from|import)\s*\(?\s*'([^'\n]+)'/g)
  return [...found].map((match) => ({
    from: file,
    line: code.slice(0, match.index).split('\n').length,
    module: match[1]!,
  }))
}

/** The source file that a relative import means. */
function targetOf({ from, module }: Import): string {
  return relative(SRC, join(SRC, dirname(from), module))
    .split(sep)
    .join('/')
    .replace(/\.js$/, '.ts')
    .replace(/\.mjs$/, '.mts')
}

const IMPORTS = FILES.flatMap(importsOf)
const OURS = IMPORTS.filter(({ module }) => module.startsWith('.'))

function shown({ from, line, module }: Import): string {
  return `src/${from}:${line} imports ${module}`
}

test('the sources are found, and imports in them', () => {
  assert.ok(FILES.length > 50, `${FILES.length} files`)
  assert.ok(OURS.length > 100, `${OURS.length} imports`)
  assert.deepEqual(
    FILES.map(folderOf).filter((folder) => !ORDER.includes(folder)),
    [],
  )
})

test('every import of ours names a source', () => {
  assert.deepEqual(OURS.filter((one) => !FILES.includes(targetOf(one))).map(shown), [])
})

test('imports go down only', () => {
  const up = OURS.filter((one) => ORDER.indexOf(folderOf(targetOf(one))) < ORDER.indexOf(folderOf(one.from)))
  assert.deepEqual(up.map(shown), [])
})

test('no file imports itself, by whatever way round', () => {
  const graph = new Map(FILES.map((file) => [file, OURS.filter((one) => one.from === file).map(targetOf)]))
  const done = new Set<string>()
  const cycles: string[] = []
  const visit = (file: string, path: readonly string[]) => {
    if (path.includes(file)) cycles.push([...path.slice(path.indexOf(file)), file].join(' -> '))
    if (path.includes(file) || done.has(file)) return
    for (const next of graph.get(file) ?? []) visit(next, [...path, file])
    done.add(file)
  }
  for (const file of FILES) visit(file, [])
  assert.deepEqual(cycles, [])
})

test('the pure folders import nothing that reaches outside', () => {
  const outside = IMPORTS.filter(
    ({ from, module }) => PURE.includes(folderOf(from)) && module.startsWith('node:') && !PURE_MODULES.includes(module),
  )
  assert.deepEqual(outside.map(shown), [])
})

test('the pure folders look at no clock and set no timer', () => {
  const found = FILES.filter((file) => PURE.includes(folderOf(file))).flatMap((file) =>
    codeOf(readFileSync(join(SRC, file), 'utf8'))
      .split('\n')
      .flatMap((line, i) => (CLOCKS.test(line) ? [`src/${file}:${i + 1} ${line.trim()}`] : [])),
  )
  assert.deepEqual(found, [])
})
