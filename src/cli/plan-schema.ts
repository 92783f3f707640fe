/** The JSON Schema of plan files (draft 7), made from the table: editors read it, and plan files are checked by it. */
import type { Option } from './option.js'
import { FAULT_KEYS } from './plan-faults.js'
import { loadOptions, mailOptions, optionKeys, planOptions, SESSION_KEYS } from './plan-keys.js'

/** A schema as data. */
export type Schema = { readonly [keyword: string]: unknown }

const COUNT = '^\\d+(\\.\\d+)?[kKMG]?$'
const SIZE = '^\\d+(\\.\\d+)?([kKMG]?|[kKMG]i)B?$'
const COUNTS = '^\\d+(\\.\\d+)?[kKMG]?(\\.\\.\\d+(\\.\\d+)?[kKMG]?)?$'
/** A size, a range of sizes, or a distribution by its name. */
const SIZES = `${SIZE.slice(0, -1)}(\\.\\.\\d+(\\.\\d+)?([kKMG]?|[kKMG]i)B?)?$|^(lognormal|file):`
const DURATION = '^((\\d+(\\.\\d+)?(ms|[smhd]))+|0+(\\.0+)?)$'
const SHARE = '^(\\d+(\\.\\d+)?|\\.\\d+)%?$'

/** The schema that `--print-schema` shows. */
export function planSchema(): Schema {
  const all = optionKeys(planOptions())
  return {
    $schema: 'http://json-schema.org/draft-07/schema#',
    title: 'Plan of stampede run',
    type: 'object',
    ...object({
      $schema: { type: 'string', description: 'This schema, for editors.' },
      target: { type: 'string', description: 'Where mail goes: host, host:port, unix:/path, smtp:// or lmtp:// URL.' },
      ...properties(all),
      sessions: {
        ...valueSchema(all.get('sessions')!),
        type: ['integer', 'string', 'object'],
        ...object(
          Object.fromEntries(Object.entries(SESSION_KEYS).map(([key, name]) => [key, optionSchema(all.get(name)!)])),
        ),
      },
      load: {
        type: ['array', 'object'],
        description: 'Stages, one after the other; or options of the load, with stages among them.',
        ...stages(),
        ...object({ ...properties(optionKeys(loadOptions())), stages: { type: 'array', ...stages() } }),
      },
      mix: {
        type: 'array',
        description: 'Types of mail, each as often as its weight says. What a part does not say stands outside.',
        minItems: 1,
        items: {
          type: 'object',
          ...object({
            weight: { type: 'number', exclusiveMinimum: 0, description: 'How often in relation to the others.' },
            ...properties(optionKeys(mailOptions())),
            ...faultProperties(),
          }),
        },
      },
      tags: {
        type: 'object',
        description: 'Words that go into the result as they are.',
        additionalProperties: { type: ['string', 'number', 'boolean'] },
      },
    }),
  }
}

/** Keys of the parts of a mix that misbehave; which of them go together is seen when they are read. */
function faultProperties(): Schema {
  const keys = new Map<string, string>()
  for (const [fault, usual] of Object.entries(FAULT_KEYS)) {
    for (const [key, text] of Object.entries(usual))
      keys.set(key, `With fault ${fault}${text === '' ? '' : `; ${text} unless given`}.`)
  }
  return {
    fault: { type: 'string', enum: Object.keys(FAULT_KEYS), description: 'A share of the sessions that misbehaves.' },
    ...Object.fromEntries(
      [...keys].map(([key, description]) => [
        key,
        { type: key === 'cases' ? ['string', 'array'] : ['string', 'integer'], description },
      ]),
    ),
  }
}

function stages(): Schema {
  return {
    minItems: 1,
    items: {
      type: 'object',
      ...object({
        rate: {
          type: ['string', 'number'],
          description: 'Messages per second, or from one rate to another in a straight line: 2k/s, 0..2k/s.',
        },
        sessions: {
          type: ['integer', 'string'],
          description:
            'So many sessions, or from one number to another: 50, 10..50. They go up once, stay, and come down once.',
        },
        for: { type: 'string', pattern: DURATION, description: 'How long: 30s, 5m.' },
      }),
      required: ['for'],
    },
  }
}

/** Keywords that hold for objects only, so that other types may stand beside them without a choice of schemas. */
function object(properties: Schema): Schema {
  return { properties, additionalProperties: false }
}

function properties(keys: ReadonlyMap<string, Option>): Schema {
  const seen = new Map<Option, string>()
  const schemas: Record<string, Schema> = {}
  for (const [key, option] of keys) {
    const first = seen.get(option)
    if (first === undefined) seen.set(option, key)
    schemas[key] =
      first === undefined ? optionSchema(option) : { ...optionSchema(option), description: `The same as ${first}.` }
  }
  return schemas
}

/** One value; where the option may be repeated, or is a list, several. */
function optionSchema(option: Option): Schema {
  const one = valueSchema(option)
  const described = { description: option.sentence }
  if (!option.repeatable && option.kind !== 'list') return { ...one, ...described }
  return { ...one, type: [...typesOf(one), 'array'], items: one, ...described }
}

function typesOf({ type }: Schema): readonly unknown[] {
  return Array.isArray(type) ? type : [type]
}

function valueSchema(option: Option): Schema {
  switch (option.kind) {
    case 'flag':
      return { type: 'boolean' }
    case 'counter':
      return { type: ['boolean', 'integer'], minimum: 0, maximum: 9 }
    case 'count':
      return { type: ['integer', 'string'], minimum: option.min, pattern: COUNT }
    case 'size':
      return { type: ['integer', 'string'], minimum: option.min, pattern: SIZE }
    case 'duration':
      return option.bareUnit === null
        ? { type: 'string', pattern: DURATION }
        : { type: ['string', 'number'], minimum: 0, pattern: `${DURATION}|^\\d+(\\.\\d+)?$` }
    case 'share':
      return { type: ['number', 'string'], minimum: 0, maximum: 1, pattern: SHARE }
    case 'choice':
      return { type: 'string', enum: option.choices }
    case 'workers':
      return { type: ['integer', 'string'], minimum: 1, pattern: '^(\\d+|auto)$' }
    case 'counts':
      return { type: ['integer', 'string'], minimum: option.min, pattern: COUNTS }
    case 'sizes':
      return { type: ['integer', 'string'], minimum: option.min, pattern: SIZES }
    case 'rate':
      return { type: ['string', 'number'] }
    case 'text':
    case 'file':
    case 'list':
      return { type: 'string' }
  }
}
