/** Whether a plan document has the shape that the schema says: the first thing wrong, as a sentence that says where. */
import type { Ajv, ErrorObject, ValidateFunction } from 'ajv'
import { UsageError } from '../base/errors.js'
import { onDemand } from '../base/on-demand.js'
import { shown } from '../plan/policy-fields.js'
import { orList } from './given.js'
import { optionsOf } from './options.js'
import { didYouMean, type Path, type PlanDocument } from './plan-file.js'
import { optionKeys } from './plan-keys.js'
import { planSchema } from './plan-schema.js'

/** Said better by whoever reads the value: the readers of the table have a sentence for each kind. */
const LEFT_TO_READERS = new Set(['pattern', 'enum', 'minimum', 'maximum'])

const WORDS: Readonly<Record<string, string>> = {
  array: 'a list',
  boolean: 'true or false',
  integer: 'a whole number',
  number: 'a number',
  object: 'an object',
  string: 'a text',
}

const onlyFlags = optionKeys(optionsOf('run').filter((option) => option.onlyFlag))

const library = onDemand<{ Ajv: new (options: object) => Ajv }>('ajv')

let compiled: ValidateFunction | null = null

/** Loaded and compiled when the first plan comes: that takes longer than all else that is done with it. */
function validator(): ValidateFunction {
  compiled ??= new (library().Ajv)({
    allErrors: true,
    allowUnionTypes: true,
    strictTypes: false,
    verbose: true,
  }).compile(planSchema())
  return compiled
}

/** Throws UsageError. */
export function checkShape(document: PlanDocument): void {
  const validate = validator()
  if (validate(document.value)) return
  const errors = (validate.errors ?? []).filter(({ keyword }) => !LEFT_TO_READERS.has(keyword))
  // In the order of the document, a key that is not known before what is wrong with values.
  const [first] = errors.sort((a, b) => rank(a) - rank(b))
  if (first !== undefined) throw new UsageError(sentence(first, document))
}

function rank({ keyword }: ErrorObject): number {
  return keyword === 'additionalProperties' ? 0 : 1
}

function sentence(error: ErrorObject, document: PlanDocument): string {
  const path = pathOf(error, document.value)
  const { params, data, parentSchema } = error
  switch (error.keyword) {
    case 'additionalProperties': {
      const key = params.additionalProperty as string
      const label = document.label([...path, key])
      if (onlyFlags.has(key)) return `${label} is for the command line alone.`
      const known = Object.keys(parentSchema?.properties ?? {}).filter((name) => !name.startsWith('$'))
      return `${label} is unknown; ${didYouMean(key, known)}`
    }
    case 'required':
      return `${document.label(path)} lacks '${params.missingProperty}'; give ${orList((parentSchema?.required as string[]) ?? [])}.`
    case 'minItems':
      return `${document.label(path)}: the list is empty; give at least one.`
    case 'exclusiveMinimum':
      return `${document.label(path)}: ${shown(data)} is too small; give more than ${params.limit}.`
    default: {
      const types = [params.type].flat().map((type) => WORDS[type as string] ?? String(type))
      const quotes = types.includes('a text') && typeof data === 'number' ? ', in quotes' : ''
      return `${document.label(path)}: ${kindOf(data)} will not do; give ${orList(types)}${quotes}.`
    }
  }
}

/** `/load/1/rate` as keys and indexes. */
function pathOf({ instancePath }: ErrorObject, value: unknown): Path {
  let at = value
  return instancePath
    .split('/')
    .slice(1)
    .map((part) => {
      const key = part.replaceAll('~1', '/').replaceAll('~0', '~')
      const index = Array.isArray(at) ? Number(key) : key
      at = (at as Record<string | number, unknown>)[index]
      return index
    })
}

/** What a value is, without showing what may be inside it. */
function kindOf(value: unknown): string {
  if (Array.isArray(value)) return 'a list'
  return typeof value === 'object' && value !== null ? 'an object' : shown(value)
}
