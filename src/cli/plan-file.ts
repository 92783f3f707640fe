/** Plan files: JSON, YAML or a module, and where in them each value stands. */
import { resolve } from 'node:path'
import { pathToFileURL } from 'node:url'
import type * as Yaml from 'yaml'
import { UsageError } from '../base/errors.js'
import { nearest } from '../base/nearest.js'
import { onDemand } from '../base/on-demand.js'
import type { Machine } from './machine.js'
import { readOctets, reasonOf } from './read-file.js'

/** Keys and indexes from the top of a document to one value. */
export type Path = readonly (string | number)[]

/** What a plan file says, before anything of it is understood. */
export interface PlanDocument {
  /** As it was named; files that the plan names are looked for beside it. Null: a plan that was handed over as an object. */
  readonly file: string | null
  /** What sentences begin with. */
  readonly name: string
  readonly value: unknown
  /** What to call a value in a sentence: `plan.yaml:7:11: load[1].rate`. */
  readonly label: (path: Path) => string
}

/** Reads the file; a module is loaded and, where it exports a function, that is called. Throws UsageError. */
export async function readPlanDocument(file: string, machine: Pick<Machine, 'readFile'>): Promise<PlanDocument> {
  if (/\.m?js$/i.test(file)) return objectDocument(await exported(file), file)
  if (/\.(json|ya?ml)$/i.test(file)) return textDocument(file, textOf(file, machine))
  throw new UsageError(`PLAN '${file}' is of no kind that is known; give a file named .json, .yaml, .yml, .mjs or .js.`)
}

/** A plan that is an object already; `file`: the module that it came from. */
export function objectDocument(value: unknown, file: string | null = null): PlanDocument {
  const name = file ?? 'plan'
  return { file, name, value, label: (path) => (path.length === 0 ? name : `${name}: ${pathText(path)}`) }
}

/** `load[1].rate`. */
export function pathText(path: Path): string {
  return path.map((key, i) => (typeof key === 'number' ? `[${key}]` : i === 0 ? key : `.${key}`)).join('')
}

async function exported(file: string): Promise<unknown> {
  let module: { readonly default?: unknown }
  try {
    module = await import(pathToFileURL(resolve(file)).href)
  } catch (error) {
    throw new UsageError(`PLAN '${file}': cannot be loaded (${reasonOf(error)}).`)
  }
  if (module.default === undefined) {
    const others = Object.keys(module).join(', ')
    throw new UsageError(
      `${file}: there is no default export${others === '' ? '' : ` beside ${others}`}; give the plan as one.`,
    )
  }
  return made(module.default, file)
}

/** The plan itself, or what the function that was given in its place makes. Throws UsageError. */
export async function made(plan: unknown, name: string): Promise<unknown> {
  if (typeof plan !== 'function') return plan
  try {
    return await plan()
  } catch (error) {
    throw new UsageError(`${name}: its function failed (${reasonOf(error)}).`)
  }
}

function textOf(file: string, machine: Pick<Machine, 'readFile'>): string {
  const octets = readOctets(file, 'PLAN', machine)
  try {
    return new TextDecoder('utf-8', { fatal: true }).decode(octets)
  } catch {
    throw new UsageError(`PLAN '${file}': is no text in UTF-8.`)
  }
}

const yamlLibrary = onDemand<typeof Yaml>('yaml')

/** YAML 1.2, of which JSON is a part: one reader, so that both have positions. */
function textDocument(file: string, text: string): PlanDocument {
  const yaml = yamlLibrary()
  const lines = new yaml.LineCounter()
  const document = yaml.parseDocument(text, { lineCounter: lines, prettyErrors: false })
  const place = (offset: number) => {
    const { line, col } = lines.linePos(offset)
    return `${file}:${line}:${col}`
  }
  const [problem] = document.errors
  if (problem !== undefined)
    throw new UsageError(`${place(problem.pos[0])}: cannot be read (${plain(problem.message)}).`)
  if (/\.json$/i.test(file)) checkJson(file, text)
  let value: unknown
  try {
    // Aliases are a way to make a small file large; a plan has no use for many.
    value = document.toJS({ maxAliasCount: 100 })
  } catch (error) {
    throw new UsageError(`${file}: cannot be read (${plain(reasonOf(error))}).`)
  }
  return {
    file,
    name: file,
    value,
    label: (path) => {
      const at = offsetOf(yaml, document, path)
      const where = at === null ? file : place(at)
      return path.length === 0 ? where : `${where}: ${pathText(path)}`
    },
  }
}

/** What YAML allows and JSON does not is no JSON file. */
function checkJson(file: string, text: string): void {
  try {
    JSON.parse(text)
  } catch (error) {
    throw new UsageError(`${file}: is no JSON (${plain(reasonOf(error))}).`)
  }
}

/** Where the key of a value stands, or an item itself; null where there is nothing of that path. */
function offsetOf(yaml: typeof Yaml, document: Yaml.Document.Parsed, path: Path): number | null {
  let node: unknown = document.contents
  let at = startOf(node)
  for (const key of path) {
    if (yaml.isAlias(node)) node = node.resolve(document)
    if (yaml.isMap(node)) {
      const pair = node.items.find((item) => yaml.isScalar(item.key) && String(item.key.value) === String(key))
      if (pair === undefined) return at
      at = startOf(pair.key)
      node = pair.value
    } else if (yaml.isSeq(node)) {
      node = node.items[Number(key)]
      at = startOf(node) ?? at
    } else return at
  }
  return at
}

function startOf(node: unknown): number | null {
  return (node as { readonly range?: readonly number[] | null } | null | undefined)?.range?.[0] ?? null
}

/** One line, without a full stop. */
function plain(text: string): string {
  return text.split('\n')[0]!.replace(/[.:]\s*$/, '')
}

/** A name that was probably meant, for the end of a sentence. */
export function didYouMean(word: string, known: readonly string[]): string {
  const meant = nearest(word, known)
  return meant === null ? `known are ${known.join(', ')}.` : `did you mean ${meant}?`
}
