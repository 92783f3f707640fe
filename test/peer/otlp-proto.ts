/**
 * Requests of OTLP/HTTP in JSON, decoded strictly: every field must be one of opentelemetry-proto v1 (trace, metrics, resource and common), with the type
 * that the JSON mapping of proto3 gives it and OTLP's own exceptions from that (ids are hexadecimal, enumerations are numbers).
 * https://opentelemetry.io/docs/specs/otlp/#json-protobuf-encoding
 */
import assert from 'node:assert/strict'

export type Json = { readonly [key: string]: unknown }

/** A field: how its value is read, and whether there are many. */
type Read<T> = (value: unknown, path: string) => T

function fail(path: string, what: string, value: unknown): never {
  assert.fail(`${path}: ${what}, not ${JSON.stringify(value)}`)
}

const text: Read<string> = (value, path) => (typeof value === 'string' ? value : fail(path, 'a string', value))
const bool: Read<boolean> = (value, path) => (typeof value === 'boolean' ? value : fail(path, 'true or false', value))
const double: Read<number> = (value, path) =>
  typeof value === 'number' && Number.isFinite(value) ? value : fail(path, 'a number', value)
const whole =
  (least: bigint, most: bigint): Read<bigint> =>
  (value, path) => {
    const fits =
      (typeof value === 'number' && Number.isSafeInteger(value)) || (typeof value === 'string' && /^-?\d+$/.test(value))
    if (!fits) fail(path, 'a whole number', value)
    const number = BigInt(value as string | number)
    return number >= least && number <= most ? number : fail(path, 'a number in its range', value)
  }
const uint32: Read<number> = (value, path) => Number(whole(0n, 2n ** 32n - 1n)(value, path))
const int64 = whole(-(2n ** 63n), 2n ** 63n - 1n)
const uint64 = whole(0n, 2n ** 64n - 1n)
/** Nanoseconds since 1970: a double could not hold them, so they must be written as a text. */
const nanos: Read<bigint> = (value, path) =>
  typeof value === 'string' && /^\d{19}$/.test(value) ? uint64(value, path) : fail(path, '19 digits in a text', value)
const hex =
  (length: number): Read<string> =>
  (value, path) =>
    typeof value === 'string' && /^[0-9a-f]+$/.test(value) && value.length === length && !/^0+$/.test(value)
      ? value
      : fail(path, `${length} hexadecimal digits that are not all 0`, value)
const oneOf =
  (most: number): Read<number> =>
  (value, path) =>
    typeof value === 'number' && Number.isInteger(value) && value >= 0 && value <= most
      ? value
      : fail(path, `a number of an enumeration, 0 to ${most}`, value)
const many =
  <T>(one: Read<T>): Read<T[]> =>
  (value, path) =>
    Array.isArray(value) ? value.map((item, i) => one(item, `${path}[${i}]`)) : fail(path, 'an array', value)

type Fields = { readonly [name: string]: Read<unknown> }
type Message<F extends Fields> = { readonly [K in keyof F]?: F[K] extends Read<infer T> ? T : never }

/** A message with these fields and no others; `needed` ones must be there. */
function message<F extends Fields>(fields: F, needed: readonly (keyof F & string)[] = []): Read<Message<F>> {
  return (value, path) => {
    if (typeof value !== 'object' || value === null || Array.isArray(value)) fail(path, 'an object', value)
    for (const name of needed) assert.ok(Object.hasOwn(value, name), `${path}.${name} is missing`)
    return Object.fromEntries(
      Object.entries(value).map(([name, inner]) => {
        const read = fields[name]
        assert.ok(read !== undefined && Object.hasOwn(fields, name), `${path}.${name} is no field of this message`)
        return [name, read(inner, `${path}.${name}`)]
      }),
    ) as Message<F>
  }
}

/** One of several fields, and only one. */
function choice<F extends Fields>(fields: F): Read<Message<F>> {
  const read = message(fields)
  return (value, path) => {
    const chosen = read(value, path)
    assert.equal(Object.keys(chosen).length, 1, `${path} has one of ${Object.keys(fields)}`)
    return chosen
  }
}

export type Value = string | number | boolean

/** Arrays, lists and octets exist too; nobody here sends any. */
const anyValue: Read<Value> = (value, path) => {
  const chosen = choice({ stringValue: text, boolValue: bool, intValue: int64, doubleValue: double })(value, path)
  const [inner] = Object.values(chosen)
  return typeof inner === 'bigint' ? Number(inner) : inner!
}

/** Attributes as an object; a key must not stand twice. */
const attributes: Read<{ readonly [key: string]: Value }> = (value, path) => {
  const pairs = many(message({ key: text, value: anyValue }, ['key', 'value']))(value, path)
  const keys = pairs.map(({ key }) => key!)
  assert.equal(new Set(keys).size, keys.length, `${path}: a key stands twice in ${keys}`)
  return Object.fromEntries(pairs.map((pair) => [pair.key!, pair.value!]))
}

const resource = message({ attributes, droppedAttributesCount: uint32 }, ['attributes'])
const scope = message({ name: text, version: text, attributes, droppedAttributesCount: uint32 }, ['name'])

const event = message({ timeUnixNano: nanos, name: text, attributes, droppedAttributesCount: uint32 }, [
  'timeUnixNano',
  'name',
])
const link = message(
  {
    traceId: hex(32),
    spanId: hex(16),
    traceState: text,
    attributes,
    droppedAttributesCount: uint32,
    flags: uint32,
  },
  ['traceId', 'spanId'],
)
const span = message(
  {
    traceId: hex(32),
    spanId: hex(16),
    traceState: text,
    parentSpanId: hex(16),
    flags: uint32,
    name: text,
    kind: oneOf(5),
    startTimeUnixNano: nanos,
    endTimeUnixNano: nanos,
    attributes,
    droppedAttributesCount: uint32,
    events: many(event),
    droppedEventsCount: uint32,
    links: many(link),
    droppedLinksCount: uint32,
    status: message({ message: text, code: oneOf(2) }),
  },
  ['traceId', 'spanId', 'name', 'kind', 'startTimeUnixNano', 'endTimeUnixNano'],
)
const traces = message(
  {
    resourceSpans: many(
      message(
        {
          resource,
          scopeSpans: many(message({ scope, spans: many(span), schemaUrl: text }, ['scope', 'spans'])),
          schemaUrl: text,
        },
        ['resource', 'scopeSpans'],
      ),
    ),
  },
  ['resourceSpans'],
)

const point = { attributes, startTimeUnixNano: nanos, timeUnixNano: nanos, flags: uint32 }
const number = message({ ...point, asDouble: double, asInt: int64 }, ['timeUnixNano', 'startTimeUnixNano'])
const distribution = message(
  {
    ...point,
    count: uint64,
    sum: double,
    bucketCounts: many(uint64),
    explicitBounds: many(double),
    min: double,
    max: double,
  },
  ['timeUnixNano', 'startTimeUnixNano', 'count', 'bucketCounts', 'explicitBounds'],
)
const metric = message(
  {
    name: text,
    description: text,
    unit: text,
    sum: message({ dataPoints: many(number), aggregationTemporality: oneOf(2), isMonotonic: bool }, [
      'dataPoints',
      'aggregationTemporality',
      'isMonotonic',
    ]),
    gauge: message({ dataPoints: many(number) }, ['dataPoints']),
    histogram: message({ dataPoints: many(distribution), aggregationTemporality: oneOf(2) }, [
      'dataPoints',
      'aggregationTemporality',
    ]),
  },
  ['name', 'unit'],
)
const metrics = message(
  {
    resourceMetrics: many(
      message(
        {
          resource,
          scopeMetrics: many(message({ scope, metrics: many(metric), schemaUrl: text }, ['scope', 'metrics'])),
          schemaUrl: text,
        },
        ['resource', 'scopeMetrics'],
      ),
    ),
  },
  ['resourceMetrics'],
)

type Attributes = { readonly [key: string]: Value }

/** A span with the resource that it came with. */
export interface ReceivedSpan {
  readonly traceId: string
  readonly spanId: string
  readonly parentSpanId: string | null
  readonly name: string
  readonly kind: number
  readonly start: bigint
  readonly end: bigint
  readonly attributes: Attributes
  readonly events: readonly { readonly name: string; readonly at: bigint; readonly attributes: Attributes }[]
  readonly droppedEvents: number
  /** 0 unset, 2 error. */
  readonly status: number
  readonly statusMessage: string
  readonly resource: Attributes
}

/** Throws AssertionError for what is no such request. */
export function decodeTraces(json: unknown): ReceivedSpan[] {
  return traces(json, 'traces').resourceSpans!.flatMap((group) =>
    group.scopeSpans!.flatMap(({ spans }) =>
      spans!.map((one) => ({
        traceId: one.traceId!,
        spanId: one.spanId!,
        parentSpanId: one.parentSpanId ?? null,
        name: one.name!,
        kind: one.kind!,
        start: one.startTimeUnixNano!,
        end: one.endTimeUnixNano!,
        attributes: one.attributes ?? {},
        events: (one.events ?? []).map(({ name, timeUnixNano, attributes = {} }) => ({
          name: name!,
          at: timeUnixNano!,
          attributes,
        })),
        droppedEvents: one.droppedEventsCount ?? 0,
        status: one.status?.code ?? 0,
        statusMessage: one.status?.message ?? '',
        resource: group.resource!.attributes!,
      })),
    ),
  )
}

/** One series: a metric and the attributes of a point. */
export interface ReceivedPoint {
  readonly name: string
  readonly unit: string
  readonly kind: 'sum' | 'gauge' | 'histogram'
  readonly attributes: Attributes
  readonly start: bigint
  readonly at: bigint
  /** Of a histogram its count. */
  readonly value: number
  readonly sum: number
  readonly counts: readonly number[]
  readonly bounds: readonly number[]
  readonly resource: Attributes
}

/** Throws AssertionError for what is no such request. */
export function decodeMetrics(json: unknown): ReceivedPoint[] {
  return metrics(json, 'metrics').resourceMetrics!.flatMap((group) =>
    group.scopeMetrics!.flatMap((scoped) =>
      scoped.metrics!.flatMap((one): ReceivedPoint[] => {
        const common = { name: one.name!, unit: one.unit!, resource: group.resource!.attributes! }
        const kinds = (['sum', 'gauge', 'histogram'] as const).filter((kind) => one[kind] !== undefined)
        assert.equal(kinds.length, 1, `${one.name} is of one kind`)
        if (one.sum !== undefined || one.histogram !== undefined)
          assert.equal((one.sum ?? one.histogram)!.aggregationTemporality, 2, `${one.name} is cumulative`)
        if (one.histogram !== undefined) return one.histogram.dataPoints!.map((p) => distributionPoint(p, common))
        return (one.sum ?? one.gauge)!.dataPoints!.map((p) => {
          const values = [p.asInt, p.asDouble].filter((value) => value !== undefined)
          assert.equal(values.length, 1, `${one.name} has one value`)
          const empty = { sum: 0, counts: [], bounds: [] }
          return { ...common, ...empty, ...placed(p), kind: kinds[0]!, value: Number(values[0]) }
        })
      }),
    ),
  )
}

type Common = Pick<ReceivedPoint, 'name' | 'unit' | 'resource'>

function distributionPoint(p: ReturnType<typeof distribution>, common: Common): ReceivedPoint {
  const counts = p.bucketCounts!.map(Number)
  const bounds = p.explicitBounds!
  assert.equal(counts.length, bounds.length + 1, `${common.name}: a bucket more than bounds`)
  assert.ok(
    bounds.every((bound, i) => i === 0 || bound > bounds[i - 1]!),
    `${common.name}: bounds rise`,
  )
  assert.equal(
    counts.reduce((sum, count) => sum + count, 0),
    Number(p.count),
    `${common.name}: the buckets add up`,
  )
  return { ...common, ...placed(p), kind: 'histogram', value: Number(p.count), sum: p.sum ?? 0, counts, bounds }
}

function placed(p: {
  readonly attributes?: Attributes
  readonly startTimeUnixNano?: bigint
  readonly timeUnixNano?: bigint
}): Pick<ReceivedPoint, 'attributes' | 'start' | 'at'> {
  assert.ok(p.startTimeUnixNano! <= p.timeUnixNano!, 'a point lies behind its start')
  return { attributes: p.attributes ?? {}, start: p.startTimeUnixNano!, at: p.timeUnixNano! }
}
