/** Policy files: JSON and YAML by their names. */
import { UsageError } from '../base/errors.js'
import { onDemand } from '../base/on-demand.js'
import { fileLayer, type PolicyLayer } from '../plan/policy-read.js'
import type { Machine } from './machine.js'
import { reasonOf } from './read-file.js'

/**
 * Reads and parses `path`; `label` is the option that named it.
 * @throws UsageError
 */
export function policyFile(path: string, label: string, machine: Machine): PolicyLayer {
  const parse = parserOf(path, label)
  return fileLayer(
    path,
    parsed(() => parse(contents(path, label, machine)), path),
  )
}

function contents(path: string, label: string, machine: Machine): string {
  try {
    return new TextDecoder('utf-8', { fatal: true }).decode(machine.readFile(path))
  } catch (error) {
    throw new UsageError(`${label}: cannot read '${path}' (${reasonOf(error)}); give a readable file.`)
  }
}

function parserOf(path: string, label: string): (text: string) => unknown {
  if (/\.json$/i.test(path)) return JSON.parse
  if (/\.ya?ml$/i.test(path)) return yamlParse()
  throw new UsageError(`${label}: '${path}' is of no kind that is known; give a file named .json, .yaml or .yml.`)
}

const yaml = onDemand<typeof import('yaml')>('yaml')

function yamlParse(): (text: string) => unknown {
  const { parse } = yaml()
  // Aliases are a way to make a small file large; a policy has no use for many.
  return (text) => parse(text, { maxAliasCount: 100 })
}

function parsed(parse: () => unknown, path: string): unknown {
  try {
    return parse()
  } catch (error) {
    if (error instanceof UsageError) throw error
    const text = error instanceof Error ? error.message : String(error)
    throw new UsageError(`${path}: cannot be parsed (${text.split('\n')[0]!.replace(/:$/, '')}).`)
  }
}
